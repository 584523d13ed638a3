"""May this overlay be rendered? Read from its files alone, before kustomize sees them.

Allowed is what stays inside the given tree and runs nothing: no address as a base, no path out of the tree, no Helm,
no plugins, no generated Secrets. Every file on the way must be plain YAML (see yaml_nodes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from naru.core.tree_paths import joined
from naru.core.yaml_nodes import Node, decode, read_nodes
from naru.errors import Missing

KUSTOMIZATION = "kustomization.yaml"
OTHER_NAMES = ("kustomization.yml", "Kustomization")
MAX_FILES = 2000

ALLOWED = frozenset({
    "apiVersion", "kind", "metadata", "namespace", "namePrefix", "nameSuffix", "resources", "components", "labels",
    "commonLabels", "commonAnnotations", "images", "replicas", "patches", "patchesStrategicMerge", "patchesJson6902",
    "configMapGenerator", "generatorOptions", "replacements", "configurations", "crds", "openapi", "buildMetadata", "sortOptions",
})
REFUSED = {
    "helmCharts": "Helm charts are fetched and run; render them once and commit the result",
    "helmGlobals": "Helm charts are fetched and run; render them once and commit the result",
    "helmChartInflationGenerator": "Helm charts are fetched and run; render them once and commit the result",
    "generators": "generators can run programs",
    "transformers": "transformers can run programs",
    "validators": "validators can run programs",
    "secretGenerator": "a Secret's values do not belong into Git; the cloud's administrator makes it",
    "bases": "write its entries under resources",
    "vars": "write replacements instead",
}
_ADDRESS = re.compile(r"\A[a-zA-Z][a-zA-Z0-9+.-]*:|\Agit@|//|[?]ref=|[?]timeout=|\Agithub\.com[/:]|\.git(/|\Z)")


def lint_overlay(tree: Mapping[str, bytes], folder: str) -> frozenset[str]:
    """Files that rendering `folder` reads; raises Missing with file and line for the first thing that is not allowed."""
    walk = _Walk(tree)
    walk.folder(folder, f"the overlay {folder}", ())
    return frozenset(walk.read)


class _Walk:
    """Follows every reference once."""

    def __init__(self, tree: Mapping[str, bytes]) -> None:
        self.tree = tree
        self.read: set[str] = set()

    def folder(self, folder: str, named_by: str, above: tuple[str, ...]) -> None:
        """One kustomization and all that it names."""
        if folder in above:
            raise Missing(f"{named_by} leads back to {folder}, which leads to it: a circle.")
        file = f"{folder}/{KUSTOMIZATION}"
        if file not in self.tree:
            other = next((name for name in OTHER_NAMES if f"{folder}/{name}" in self.tree), None)
            hint = f"Rename {other} to {KUSTOMIZATION}." if other else ""
            raise Missing(f"{named_by}: there is no {file}.", hint=hint)
        root = self._nodes(file, named_by)[0]
        if root.kind != "map":
            raise Missing(f"{file} line {root.line}: a kustomization is a map of fields.")
        for key in root.keys:
            _check_field(key, file)
        for node in _references(root):
            self._follow(node, file, folder, (*above, folder))

    def _follow(self, node: Node, file: str, folder: str, above: tuple[str, ...]) -> None:
        where = f"{file} line {node.line}"
        path = _inside(node.text, folder, where)
        if path in self.tree:
            self._nodes(path, where)
        elif any(name.startswith(path + "/") for name in self.tree):
            self.folder(path, where, above)
        else:
            raise Missing(f"{where}: there is no {path}.", hint="Commit the file, or mend the path.")

    def _nodes(self, path: str, named_by: str) -> list[Node]:
        self.read.add(path)
        if len(self.read) > MAX_FILES:
            raise Missing(f"{named_by}: rendering would read more than {MAX_FILES} files.")
        text = decode(self.tree[path], path)
        if not path.endswith((".yaml", ".yml", ".json")):
            return [Node("scalar", 0, 0, 1)]  # plain data of a ConfigMap
        documents = read_nodes(text, path)
        if not documents and path.endswith(KUSTOMIZATION):
            raise Missing(f"{path} is empty.")
        return documents


def _check_field(key: Node, file: str) -> None:
    if key.text in REFUSED:
        raise Missing(f"{file} line {key.line}: '{key.text}' is not allowed: {REFUSED[key.text]}.")
    if key.text not in ALLOWED:
        raise Missing(f"{file} line {key.line}: '{key.text[:60]}' is not a field that Naru renders.", hint=f"Known: {', '.join(sorted(ALLOWED))}.")


def _inside(reference: str, folder: str, where: str) -> str:
    if _ADDRESS.search(reference):
        raise Missing(f"{where}: '{reference[:120]}' is an address; bases are committed, never fetched.", hint="Copy the base into overlays/.")
    if reference.startswith("/") or "\\" in reference or not reference.isprintable():
        raise Missing(f"{where}: '{reference[:120]}' is not a path relative to its file.")
    path = joined(folder, reference)
    if path is None:
        raise Missing(f"{where}: '{reference[:120]}' leads out of the repository.")
    return path


def _references(root: Node) -> Iterator[Node]:
    """Every scalar of a kustomization that names a file or folder."""
    for key in ("resources", "components", "crds", "configurations", "patchesStrategicMerge"):
        yield from (node for node in _items(root, key) if key != "patchesStrategicMerge" or _is_path(node))
    for key in ("patches", "patchesJson6902", "replacements"):
        yield from _scalars(_items(root, key), "path")
    if (schema := root.get("openapi")) is not None:
        yield from _scalars([schema], "path")
    for generator in _items(root, "configMapGenerator"):
        for field in ("files", "envs"):
            yield from (_after_key(node) for node in _items(generator, field))
        yield from _scalars([generator], "env")


def _items(node: Node, key: str) -> list[Node]:
    found = node.get(key) if node.kind == "map" else None
    if found is None or (found.kind == "scalar" and not found.text):
        return []
    return found.items if found.kind == "list" else [found]


def _scalars(nodes: list[Node], key: str) -> Iterator[Node]:
    for node in nodes:
        found = node.get(key) if node.kind == "map" else None
        if found is not None:
            yield found


def _is_path(node: Node) -> bool:
    return node.kind == "scalar" and "\n" not in node.text


def _after_key(node: Node) -> Node:
    """`KEY=path` of a generator's file list as the path alone."""
    key, equals, path = node.text.partition("=")
    return Node("scalar", node.start, node.end, node.line, text=path if equals else key)
