"""Reads commits, refs and files of one local bare repository. Changes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from naru.edge.git_command import GitCommand
from naru.errors import Malformed, Missing

MAX_FILE = 32 * 1024 * 1024
"""Bytes of a file that is read at once; a larger one is refused before it is read."""

_LOG_FORMAT = "--format=%H%x00%P%x00%T%x00%an%x00%ae%x00%ct%x00%s%x01"
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,250}", re.ASCII)
OBJECT_ID = re.compile(r"[0-9a-f]{40}", re.ASCII)


@dataclass(frozen=True)
class CommitInfo:
    """One commit."""

    commit: str
    parents: tuple[str, ...]
    tree: str
    author: str
    """`Name <mail>`."""
    commit_time: int
    """Committer date, seconds since the epoch."""
    subject: str


@dataclass(frozen=True)
class TagInfo:
    """One tag: `object` is the tag object (or the commit, if lightweight), `commit` what it leads to."""

    name: str
    object: str
    commit: str


@dataclass(frozen=True)
class TreeEntry:
    """One entry of a tree: `mode` as git writes it (100644, 100755, 120000 link, 160000 submodule)."""

    path: str
    mode: str
    oid: str


def checked_ref(name: str) -> str:
    """A full or short ref name without anything that git reads as an operator; raises Malformed."""
    ok = _REF.fullmatch(name) and ".." not in name and "//" not in name and "/." not in name
    if not ok or name.endswith((".", "/", ".lock")):
        raise Malformed(f"'{name[:80]}' is not an allowed ref name.", hint="Letters, digits and _ . / - only.")
    return name


class GitReader:
    """Reading side of a repository; every revision is a ref name or a full object id."""

    def __init__(self, git: GitCommand) -> None:
        self.git = git

    @property
    def where(self) -> str:
        """How messages call this repository."""
        return self.git.where

    def find(self, ref: str) -> str | None:
        """The commit that a branch, tag or object id leads to, or None."""
        checked_ref(ref)
        for name in (f"refs/heads/{ref}", f"refs/tags/{ref}", ref):
            answer = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", check=False)
            if answer.code == 0:
                return answer.text
        return None

    def resolve(self, ref: str) -> str:
        """The commit; raises Missing where there is none."""
        found = self.find(ref)
        if found is None:
            raise Missing(f"{self.where} has no commit '{ref}'.", hint="Check the name, and that it was pushed.")
        return found

    def resolve_prefix(self, prefix: str) -> str:
        """The one commit whose id begins with `prefix` (4 to 40 digits); raises Malformed, Missing."""
        if re.fullmatch(r"[0-9a-f]{4,40}", prefix, re.ASCII) is None:
            raise Malformed(f"'{prefix[:80]}' is not a commit id.", hint="4 to 40 hexadecimal digits, lower case.")
        answer = self.git("rev-parse", "--verify", "--end-of-options", f"{prefix}^{{commit}}", check=False)
        if "ambiguous" in answer.err:
            raise Missing(f"Several objects of {self.where} begin with '{prefix}'.", hint="Give more digits.")
        if answer.code != 0:
            raise Missing(f"{self.where} has no commit '{prefix}'.", hint="Check the id, and that it was pushed.")
        return answer.text

    def object_of(self, ref: str) -> str | None:
        """The object that the full ref name points at itself (a tag object stays one), or None."""
        answer = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", checked_ref(ref), check=False)
        return answer.text if answer.code == 0 else None

    def commit_info(self, commit: str) -> CommitInfo:
        """What the commit says."""
        return _commits(self.git("log", "-1", _LOG_FORMAT, "--end-of-options", checked_ref(commit), "--").text)[0]

    def log_between(self, old: str | None, new: str, *, limit: int = 1000) -> tuple[CommitInfo, ...]:
        """Commits that `new` has and `old` has not (all of them where `old` is None), newest first, at most `limit`."""
        without = [f"^{checked_ref(old)}"] if old else []
        answer = self.git("log", f"--max-count={limit}", _LOG_FORMAT, "--end-of-options", checked_ref(new), *without, "--")
        return tuple(_commits(answer.text))

    def history(self, commit: str, *, limit: int = 200_000) -> tuple[str, ...]:
        """Commit ids from `commit` back, newest first, none before its children."""
        words = ("rev-list", "--date-order", f"--max-count={limit}", "--end-of-options", checked_ref(commit), "--")
        return tuple(self.git(*words).text.splitlines())

    def is_ancestor(self, old: str, new: str) -> bool:
        """True if `new` contains `old` (or is it)."""
        answer = self.git("merge-base", "--is-ancestor", checked_ref(old), checked_ref(new), check=False)
        if answer.code not in {0, 1}:
            raise Missing(f"{self.where} does not have both '{old}' and '{new}'.")
        return answer.code == 0

    def branches(self) -> dict[str, str]:
        """Branch → commit, of the local copy."""
        lines = self.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/").text.splitlines()
        return dict(map(_pair, lines))

    def tags(self) -> tuple[TagInfo, ...]:
        """All tags that lead to commits, newest tagged commit first."""
        form = "--format=%(refname:lstrip=2) %(objectname) %(objecttype) %(*objectname) %(*objecttype)"
        lines = self.git("for-each-ref", "--sort=-creatordate", form, "refs/tags/").text.splitlines()
        return tuple(tag for tag in map(_tag, lines) if tag is not None)

    def entries(self, rev: str, folder: str = "") -> tuple[TreeEntry, ...]:
        """Every file below `folder` at `rev`; empty where the folder is not there."""
        path = [checked_path(folder)] if folder else []
        out = self.git("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", checked_ref(rev), *path).out
        return tuple(_entry(row) for row in out.decode("utf-8", "surrogateescape").split("\0") if row)

    def list_files(self, rev: str, folder: str = "") -> tuple[str, ...]:
        """Paths of the files below `folder` at `rev`."""
        return tuple(entry.path for entry in self.entries(rev, folder))

    def find_file(self, rev: str, path: str) -> bytes | None:
        """The bytes of one file at `rev`, or None; raises Missing where it is larger than MAX_FILE."""
        found = [entry for entry in self.entries(rev, path) if entry.path == path]
        if not found:
            return None
        size = int(self.git("cat-file", "-s", found[0].oid).text)
        if size > MAX_FILE:
            raise Missing(f"{path} in {self.where} has {size} bytes, more than the limit of {MAX_FILE}.")
        return self.git("cat-file", "blob", found[0].oid).out

    def find_files(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """(revision, path) → bytes of each of these files that is there, in two calls of git; those over MAX_FILE are left out."""
        names = {f"{checked_ref(rev)}:{_one_line(checked_path(path))}": (rev, path) for rev, path in wanted}
        sizes = self._batch("--batch-check", list(names)).splitlines()
        small = [name for name, row in zip(names, sizes, strict=True) if _is_small_file(row)]
        out, found = self._batch("--batch", small), {}
        for name in small:
            head, _, out = out.partition(b"\n")
            size = int(head.rsplit(b" ", 1)[1])
            found[names[name]], out = out[:size], out[size + 1 :]
        return found

    def _batch(self, how: str, names: Sequence[str]) -> bytes:
        return self.git("cat-file", how, stdin="".join(f"{name}\n" for name in names).encode()).out if names else b""

    def read_file(self, rev: str, path: str) -> bytes:
        """The bytes of one file at `rev`; raises Missing."""
        data = self.find_file(rev, path)
        if data is None:
            raise Missing(f"{self.where} has no file {path} at {rev[:12]}.")
        return data


def checked_path(path: str) -> str:
    """A path inside the repository, without a last slash; raises Malformed."""
    if path.startswith(("/", "-", ":")) or "\0" in path or ".." in path.split("/"):
        raise Malformed(f"'{path[:80]}' is not a path inside the repository.")
    return path.rstrip("/")


def _one_line(path: str) -> str:
    if "\n" in path:
        raise Malformed(f"'{path[:80]!r}' is not a path of one line.")
    return path


def _is_small_file(row: bytes) -> bool:
    words = row.rsplit(b" ", 2)
    return len(words) == 3 and words[1] == b"blob" and int(words[2]) <= MAX_FILE


def _commits(text: str) -> list[CommitInfo]:
    rows = (row.lstrip("\n").split("\0") for row in text.split("\1"))
    return [CommitInfo(r[0], tuple(r[1].split()), r[2], f"{r[3]} <{r[4]}>", int(r[5]), r[6]) for r in rows if len(r) == 7]


def _tag(line: str) -> TagInfo | None:
    words = line.split(" ")
    if words[2] == "commit":
        return TagInfo(words[0], words[1], words[1])
    if words[2] == "tag" and words[4:] == ["commit"]:
        return TagInfo(words[0], words[1], words[3])
    return None


def _entry(row: str) -> TreeEntry:
    head, path = row.split("\t", 1)
    mode, _, oid = head.split(" ")
    return TreeEntry(path, mode, oid)


def _pair(line: str) -> tuple[str, str]:
    name, _, oid = line.rpartition(" ")
    return name, oid
