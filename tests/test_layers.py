"""The layers of the package, read from its own imports and calls."""

import ast
import functools
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "scripts" / "naru"
ALLOWED = {
    "model": {"errors", "model"},
    "core": {"errors", "model", "core"},
    "edge": {"errors", "model", "edge"},
    "steps": {"errors", "model", "core", "steps"},
    "wiring": {"errors", "model", "core", "edge", "steps", "wiring", "__init__"},
    "commands": {"errors", "model", "core", "edge", "steps", "wiring", "commands", "__init__", "cli"},
}
CORE_STDLIB = {
    "__future__", "bisect", "base64", "collections", "colorsys", "dataclasses", "datetime", "decimal", "difflib", "enum",
    "fnmatch", "fractions", "functools", "hashlib", "hmac", "heapq", "html", "ipaddress", "itertools", "json", "math",
    "operator", "random", "re", "statistics", "string", "textwrap", "typing", "unicodedata", "urllib", "xml", "zoneinfo", "abc", "types",
}
FILES = sorted(PACKAGE.rglob("*.py"))


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@functools.cache
def imports(path: Path) -> list[tuple[str, int]]:
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            found.append((node.module or "", node.lineno))
    return found


def layer_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_each_module_imports_only_from_the_layers_below_it(path):
    layer = layer_of(path)
    allowed = ALLOWED.get(layer)
    if allowed is None:
        return
    for name, line in imports(path):
        if name == "naru" or name.startswith("naru."):
            target = [*name.split("."), "__init__"][1]
            assert target in allowed, f"{path}:{line}: {layer} may not import {name}"


@pytest.mark.parametrize(("module", "owner"), [("subprocess", "edge/command.py"), ("time", "edge/clock.py")])
def test_only_one_module_knows_programs_and_only_one_knows_the_time(module, owner):
    users = {str(p.relative_to(PACKAGE)) for p in FILES for name, _ in imports(p) if name.split(".")[0] == module}
    assert users == {owner}


@pytest.mark.parametrize("path", [p for p in FILES if layer_of(p) in {"core", "model"}], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_core_and_model_import_no_io(path):
    for name, line in imports(path):
        top = name.split(".")[0]
        if top in sys.stdlib_module_names:
            assert top in CORE_STDLIB, f"{path}:{line}: {layer_of(path)} may not import {name}"


def test_core_reads_no_clock():
    for path in FILES:
        if layer_of(path) != "core":
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"now", "utcnow", "today"}:
                raise AssertionError(f"{path}:{node.lineno}: core reads the clock")


def effect_names() -> set[str]:
    names = set()
    for path in (PACKAGE / "steps").rglob("*.py"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef) and (ast.get_docstring(node) or "").startswith("Effect:"):
                names.add(node.name)
    return names


def test_steps_change_the_outside_only_through_perform():
    names = effect_names()
    for path in (PACKAGE / "steps").rglob("*.py"):
        tree = tree_of(path)
        inside = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "perform":
                inside |= {id(part) for argument in node.args for part in ast.walk(argument)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
                assert id(node) in inside, f"{path}:{node.lineno}: {node.func.attr} is an effect outside Effects.perform"


def test_no_shell_is_ever_used():
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.keyword) and node.arg == "shell" and getattr(node.value, "value", True) is not False:
                raise AssertionError(f"{path}: shell= is used")
            if isinstance(node, ast.Attribute) and node.attr in {"system", "popen"} and getattr(node.value, "id", "") == "os":
                raise AssertionError(f"{path}:{node.lineno}: os.{node.attr}")


def test_no_file_in_scripts_hides_a_library():
    libraries = {"requests", "git", "kubernetes", "jenkins", "typer", "rich", "pydantic", "yaml", "pytest"}
    for path in PACKAGE.parent.glob("*.py"):
        assert path.stem not in libraries | set(sys.stdlib_module_names), path
