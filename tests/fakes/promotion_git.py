"""The config and source repositories of a promotion in memory: objects, refs, and a compare-and-swap."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading

from naru.errors import Conflict, Judged, OutsideDown


@dataclasses.dataclass(frozen=True)
class FakeCommit:
    commit: str
    parents: tuple[str, ...]
    tree: dict[str, bytes]
    author: str
    commit_time: int
    subject: str
    message: str


class FakeRemote:
    """A bare repository: objects, refs, and a compare-and-swap under a lock; `on_push` may decline, lose the answer or interfere."""

    def __init__(self):
        self.objects: dict[str, FakeCommit] = {}
        self.refs: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.lock = threading.Lock()
        self.on_push = lambda ref, new, old: None
        self.after_push = lambda ref, new, old: None
        self.pushes: list[tuple[str, str | None, str | None]] = []

    def swap(self, ref, new, old):
        self.on_push(ref, new, old)
        with self.lock:
            found = self.refs.get(ref)
            if found == new:
                return False
            if found != old:
                raise Conflict(f"{ref} is {found}", found=found)
            self.refs[ref] = new
            self.pushes.append((ref, new, old))
        self.after_push(ref, new, old)
        return True


class FakeRepo:
    """A private copy; sees the remote as of its last fetch."""

    def __init__(self, remote: FakeRemote):
        self.remote = remote
        self.local: dict[str, str] = {}
        self.down = False
        self.fetch()

    def fetch(self):
        if getattr(self, "down", False):
            raise OutsideDown("The config repository did not answer.")
        self.local = dict(self.remote.refs)

    def find(self, ref):
        found = self.local.get(f"refs/heads/{ref}") or self.local.get(ref)
        return found or (ref if ref in self.remote.objects else None)

    def ls_remote(self, *patterns):
        return {ref: oid for ref, oid in self.remote.tags.items() if any(ref.removesuffix("^{}") == pattern for pattern in patterns)}

    def find_file(self, rev, path):
        return self.remote.objects[self.local.get(f"refs/heads/{rev}", rev)].tree.get(path)

    def branches(self):
        return {ref.removeprefix("refs/heads/"): oid for ref, oid in self.local.items() if ref.startswith("refs/heads/")}

    def find_files(self, wanted):
        found = {(rev, path): self.find_file(rev, path) for rev, path in wanted}
        return {pair: data for pair, data in found.items() if data is not None}

    def list_files(self, rev, folder=""):
        tree = self.remote.objects[rev].tree
        return tuple(path for path in tree if path.startswith(folder))

    def is_ancestor(self, old, new):
        return old == new or any(self.is_ancestor(old, parent) for parent in self.remote.objects[new].parents)

    def commit_info(self, commit):
        return self.remote.objects[commit]

    def log_between(self, old, new, *, limit=1000):
        found, todo = [], [new]
        while todo and len(found) < limit:
            commit = todo.pop()
            if commit == old:
                continue
            found.append(self.remote.objects[commit])
            todo += self.remote.objects[commit].parents
        return found

    def write_commit(self, parents, changes, message, *, when, executable=(), tree_of=None, author="Naru <naru@naru.invalid>"):
        start = tree_of or (parents[0] if parents else None)
        tree = dict(self.remote.objects[start].tree) if start else {}
        for path, data in changes.items():
            tree.pop(path, None) if data is None else tree.update({path: data})
        return self._keep(tree, parents, message, when, author)

    def _keep(self, tree, parents, message, when, author):
        text = json.dumps([sorted((path, hashlib.sha256(data).hexdigest()) for path, data in tree.items()), parents, message, when, author])
        oid = hashlib.sha1(text.encode()).hexdigest()
        self.remote.objects[oid] = FakeCommit(oid, tuple(parents), tree, author, when, message.splitlines()[0], message)
        return oid

    def merged_tree(self, ours, theirs):
        left, right = self.remote.objects[ours].tree, self.remote.objects[theirs].tree
        for path in left.keys() & right.keys():
            if path.startswith("conflict") and left[path] != right[path]:
                return None
        return json.dumps({path: data.decode("latin-1") for path, data in {**left, **right}.items()})

    def commit_tree(self, tree, parents, message, *, when):
        plain = {path: text.encode("latin-1") for path, text in json.loads(tree).items()}
        return self._keep(plain, parents, message, when, "Naru <naru@naru.invalid>")

    def push_compare_and_swap(self, ref, new, expected_old):
        return self.remote.swap(ref, new, expected_old)


def refuse(message="pre-receive hook declined"):
    def on_push(ref, new, old):
        raise Judged(f"The server declined {ref}: {message}.")

    return on_push
