"""Makes objects in one local bare repository: commits without a work tree, tag objects, clean exports.

Resting state: no ref of the repository is moved by anything here; indexes are temporary files that are gone again.
"""

from __future__ import annotations

import os
import posixpath
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from naru.edge.git_reading import GitReader, TreeEntry, checked_path, checked_ref
from naru.errors import Malformed, Missing

AUTHOR = "Naru <naru@naru.invalid>"
"""Author, committer and tagger of everything that Naru makes."""

LINK, SUBMODULE = "120000", "160000"


class GitWriter(GitReader):
    """Writing side: objects only, never refs."""

    def write_commit(
        self,
        parents: tuple[str, ...],
        changes: Mapping[str, bytes | None],
        message: str,
        *,
        when: int,
        author: str = AUTHOR,
        executable: Collection[str] = (),
        tree_of: str | None = None,
    ) -> str:
        """A commit on the first parent's tree (or that of `tree_of`) with `changes` (None deletes); `when` in epoch seconds.

        The same values give the same commit id on every machine. No ref is moved: push the id.
        """
        start = tree_of or (parents[0] if parents else None)
        with self._index() as index:
            if start is not None:
                self.git("read-tree", "--end-of-options", checked_ref(start), env=index)
            modes = {entry.path: entry.mode for entry in self.entries(start)} if start else {}
            rows = b"".join(self._row(path, data, modes, executable) for path, data in changes.items())
            self.git("update-index", "-z", "--index-info", stdin=rows, env=index, doing="Writing")
            tree = self.git("write-tree", env=index, doing="Writing").text
        return self.commit_tree(tree, parents, message, when=when, author=author)

    def commit_tree(self, tree: str, parents: tuple[str, ...], message: str, *, when: int, author: str = AUTHOR) -> str:
        """A commit of a tree that is there already."""
        words = [word for parent in parents for word in ("-p", checked_ref(parent))]
        env = _identity("AUTHOR", author, when) | _identity("COMMITTER", AUTHOR, when)
        return self.git("commit-tree", tree, *words, stdin=_text(message), env=env, doing="Writing").text

    def merged_tree(self, ours: str, theirs: str) -> str | None:
        """The tree of a clean three-way merge, or None where it conflicts."""
        answer = self.git("merge-tree", "--write-tree", checked_ref(ours), checked_ref(theirs), check=False, doing="Merging")
        if answer.code not in {0, 1}:
            raise Missing(f"{ours[:12]} and {theirs[:12]} of {self.where} could not be merged: {answer.err.strip()[:200]}")
        return answer.text.splitlines()[0] if answer.code == 0 else None

    def make_tag(self, name: str, commit: str, message: str, *, when: int, tagger: str = AUTHOR) -> str:
        """Id of the annotated tag object; the same values give the same id. Written to the object store, no ref made."""
        checked_ref(name)
        head = f"object {commit}\ntype commit\ntag {name}\ntagger {tagger} {when} +0000\n\n"
        return self.git("mktag", "--strict", stdin=head.encode() + _text(message), doing="Writing").text

    def export(self, commit: str, folder: Path, *, only: str = "") -> None:
        """Write the commit's files (below `only`) into the empty or absent `folder`, dated with the commit's date.

        Nothing of the working tree, no hook, filter or submodule takes part. Raises Missing for submodules and for
        links that lead out of the tree.
        """
        entries = self.entries(commit, only)
        self._refuse_traps(entries)
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Missing(f"{folder} is not empty.", hint="Export into a new folder.")
        rows = b"".join(f"{e.mode} {e.oid}\t{e.path}\0".encode("utf-8", "surrogateescape") for e in entries)
        with self._index() as index:
            self.git("update-index", "-z", "--index-info", stdin=rows, env=index)
            more = index | {"GIT_WORK_TREE": str(folder)}
            self.git("checkout-index", "--all", f"--prefix={folder}/", env=more, doing="Exporting", timeout=300)
        when = self.commit_info(commit).commit_time
        for path in (folder, *folder.rglob("*")):
            os.utime(path, (when, when), follow_symlinks=False)

    def _refuse_traps(self, entries: tuple[TreeEntry, ...]) -> None:
        for entry in entries:
            if entry.mode == SUBMODULE or entry.path == ".gitmodules":
                raise Missing(f"{self.where} has a submodule ({entry.path}), which Naru does not follow.")
            if entry.mode == LINK:
                target = self.git("cat-file", "blob", entry.oid).out.decode("utf-8", "replace")
                ends = posixpath.normpath(posixpath.join(posixpath.dirname(entry.path), target))
                if target.startswith("/") or ends.startswith(".."):
                    raise Missing(f"{self.where}: the link {entry.path} leads out of the repository ({target[:80]}).")

    def _row(self, path: str, data: bytes | None, modes: Mapping[str, str], executable: Collection[str]) -> bytes:
        if not checked_path(path):
            raise Malformed("A file of a commit needs a path.")
        if data is None:
            return f"0 {'0' * 40}\t{path}\0".encode()
        mode = "100755" if path in executable else modes.get(path, "100644")
        oid = self.git("hash-object", "-w", "--stdin", stdin=data, doing="Writing").text
        return f"{mode} {oid}\t{path}\0".encode()

    @contextmanager
    def _index(self) -> Iterator[dict[str, str]]:
        with tempfile.TemporaryDirectory(prefix="naru-index-") as folder:
            yield {"GIT_INDEX_FILE": str(Path(folder) / "index")}


def _identity(role: str, person: str, when: int) -> dict[str, str]:
    name, _, mail = person.partition(" <")
    return {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": mail.rstrip(">"), f"GIT_{role}_DATE": f"@{when} +0000"}


def _text(message: str) -> bytes:
    return message.strip().encode() + b"\n"
