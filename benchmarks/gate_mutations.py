"""Mutation score of the gate: each small change of its code must be noticed by a test of the fast tier.

    .venv/bin/python benchmarks/gate_mutations.py [--part 0/1]

Mutants: comparisons and booleans turned round, `and`/`or` swapped, conditions negated, numbers moved by one, `yield`
taken out. Each runs in a forked process that has everything loaded but the mutated module. `--part 2/4` does a quarter.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import pytest  # noqa: E402 (the package is not installed)

MODULES = ("gate", "gate_evidence", "gate_release", "gate_people", "approvals", "change_state", "windows")
TESTS = [f"tests/core/{name}.py" for name in ("test_gate", "test_gate_attacks", "test_windows")]
LIMIT = 0.85
SECONDS = 120
"""A mutant that has not ended by then is noticed: it hangs."""
SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}


def mutants(tree: ast.Module) -> Iterator[tuple[ast.Module, str]]:
    """(tree with one change, what was changed where)."""
    frozen = {id(part) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for word in node.decorator_list for part in ast.walk(word)}
    for number, node in enumerate(ast.walk(tree)):
        for kind in changes(node) if id(node) not in frozen else ():
            mutant = copy.deepcopy(tree)
            place = next(item for count, item in enumerate(ast.walk(mutant)) if count == number)
            apply(place, kind)
            yield ast.fix_missing_locations(mutant), f"{kind} at line {getattr(node, 'lineno', 0)}"


def changes(node: ast.AST) -> list[str]:
    """What can be changed about this node."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        return ["turn comparison"]
    if isinstance(node, ast.BoolOp):
        return ["swap and/or"]
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return ["negate condition"]
    if isinstance(node, ast.Constant) and type(node.value) in {int, bool}:
        return ["move constant"]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
        return ["take yield out"]
    return []


def apply(node: ast.AST, kind: str) -> None:
    """Change the node in place."""
    if isinstance(node, ast.Compare):
        node.ops[0] = SWAPPED[type(node.ops[0])]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Constant):
        node.value = (not node.value) if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.Expr):
        node.value = ast.Constant(None) if isinstance(node.value, ast.Yield) else ast.YieldFrom(ast.Tuple([], ast.Load()))
    assert kind


def noticed(module: str, tree: ast.Module) -> bool:
    """Run the tests with this mutant in a forked process; True if any fails, the import included."""
    pid = os.fork()
    if pid == 0:
        os._exit(_run(module, tree))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0


def _run(module: str, tree: ast.Module) -> int:
    signal.alarm(SECONDS)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        name = f"naru.core.{module}"
        for loaded in [key for key in sys.modules if key.startswith("naru.core.") and key.split(".")[-1] in MODULES]:
            del sys.modules[loaded]
        made = type(sys)(name)
        made.__file__, made.__package__ = f"{module}.py", "naru.core"
        sys.modules[name] = made
        exec(compile(tree, f"{module}.py", "exec"), made.__dict__)  # noqa: S102 (our own code, one operator changed)
        return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--no-header", *TESTS]))
    except BaseException:  # noqa: BLE001 (whatever the mutant raises, it was noticed)
        return 1


def main() -> int:
    """Measure, print survivors, write benchmarks/results/gate_mutations.json."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--part", default="0/1", help="k/n: every n-th mutant, beginning with the k-th")
    first, every = (int(word) for word in words.parse_args().part.split("/"))
    os.chdir(ROOT)
    for module in MODULES:
        importlib.import_module(f"naru.core.{module}")
    survivors, count = [], 0
    for module in MODULES:
        tree = ast.parse((ROOT / "scripts" / "naru" / "core" / f"{module}.py").read_text())
        for number, (mutant, what) in enumerate(mutants(tree)):
            if number % every != first:
                continue
            count += 1
            if not noticed(module, mutant):
                survivors.append(f"{module}.py: {what}")
                print("survived:", survivors[-1], flush=True)
    score = round(1 - len(survivors) / count, 3)
    result = {"what": "mutation score of the gate", "mutants": count, "noticed": count - len(survivors), "score": score, "limit": LIMIT,
              "within_limit": score >= LIMIT, "part": f"{first}/{every}", "survivors": survivors, "made": datetime.now(UTC).date().isoformat()}
    print(json.dumps(result, indent=2))
    (ROOT / "benchmarks" / "results" / "gate_mutations.json").write_text(json.dumps(result, indent=2) + "\n")
    return 0 if result["within_limit"] else 1


if __name__ == "__main__":
    sys.exit(main())
