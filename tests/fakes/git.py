"""An in-memory Git: remotes with refs, private copies as of their last fetch. Same surface and answers as edge/git_repo.py."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from naru.edge.git_reading import CommitInfo, TagInfo, TreeEntry, checked_ref
from naru.edge.git_repo import PEELED
from naru.edge.git_writing import AUTHOR
from naru.errors import Conflict, Judged, Malformed, Missing


@dataclass
class Objects:
    commits: dict = field(default_factory=dict)  # id -> (CommitInfo, {path: (data, executable)})
    tags: dict = field(default_factory=dict)  # tag object id -> commit id
    trees: dict = field(default_factory=dict)  # tree id -> files


class FakeRemote:
    """A repository that others see; `before_push` is called with the ref before each push (to race, or to fail)."""

    def __init__(self, url="/fake/repo.git"):
        self.url = url
        self.objects = Objects()
        self.refs = {}
        self.before_push = lambda ref: None
        self.before_read = lambda: None
        self.declined = {}  # ref -> the hook's words


class FakeRepo:
    """A private copy of a FakeRemote; `own=True` for a copy that is its own remote, as GitRepo.create gives."""

    def __init__(self, remote, *, own=False):
        self.remote, self.url, self.where, self._own = remote, remote.url, remote.url, own
        self._refs = {}
        self.fetch()

    @property
    def refs(self):
        return self.remote.refs if self._own else self._refs

    @property
    def objects(self):
        return self.remote.objects

    def fetch(self):
        self.remote.before_read()
        self._refs = dict(self.remote.refs)

    # reading

    def find(self, ref):
        checked_ref(ref)
        for name in (f"refs/heads/{ref}", f"refs/tags/{ref}", ref):
            oid = self.refs.get(name, name)
            oid = self.objects.tags.get(oid, oid)
            if oid in self.objects.commits:
                return oid
        return None

    def resolve(self, ref):
        found = self.find(ref)
        if found is None:
            raise Missing(f"{self.where} has no commit '{ref}'.")
        return found

    def resolve_prefix(self, prefix):
        if re.fullmatch(r"[0-9a-f]{4,40}", prefix) is None:
            raise Malformed(f"'{prefix}' is not a commit id.")
        found = [oid for oid in self.objects.commits if oid.startswith(prefix)]
        if len(found) != 1:
            raise Missing(f"{self.where} has no one commit '{prefix}'.")
        return found[0]

    def object_of(self, ref):
        return self.refs.get(checked_ref(ref))

    def commit_info(self, commit):
        return self.objects.commits[self.resolve(commit)][0]

    def history(self, commit, *, limit=200_000):
        seen, open_ = [], [self.resolve(commit)]
        while open_:
            open_.sort(key=lambda oid: self.objects.commits[oid][0].commit_time)
            oid = open_.pop()
            if oid not in seen:
                seen.append(oid)
                open_ += self.objects.commits[oid][0].parents
        return tuple(seen[:limit])

    def log_between(self, old, new, *, limit=1000):
        without = set(self.history(old)) if old else set()
        return tuple(self.objects.commits[oid][0] for oid in self.history(new) if oid not in without)[:limit]

    def is_ancestor(self, old, new):
        return self.resolve(old) in self.history(new)

    def branches(self):
        return {ref.removeprefix("refs/heads/"): oid for ref, oid in sorted(self.refs.items()) if ref.startswith("refs/heads/")}

    def tags(self):
        found = [TagInfo(r.removeprefix("refs/tags/"), o, self.objects.tags.get(o, o)) for r, o in self.refs.items() if r.startswith("refs/tags/")]
        return tuple(sorted(found, key=lambda tag: -self.objects.commits[tag.commit][0].commit_time))

    def files(self, rev):
        return self.objects.commits[self.resolve(rev)][1]

    def entries(self, rev, folder=""):
        inside = [p for p in sorted(self.files(rev)) if not folder or p == folder or p.startswith(folder.rstrip("/") + "/")]
        return tuple(TreeEntry(p, "100755" if self.files(rev)[p][1] else "100644", blob(self.files(rev)[p][0])) for p in inside)

    def list_files(self, rev, folder=""):
        return tuple(entry.path for entry in self.entries(rev, folder))

    def find_file(self, rev, path):
        return self.files(rev).get(path, (None,))[0]

    def find_files(self, wanted):
        found = {(rev, path): self.find_file(rev, path) for rev, path in wanted if self.find(rev)}
        return {pair: data for pair, data in found.items() if data is not None}

    def read_file(self, rev, path):
        data = self.find_file(rev, path)
        if data is None:
            raise Missing(f"{self.where} has no file {path} at {rev[:12]}.")
        return data

    # writing

    def write_commit(self, parents, changes, message, *, when, author=AUTHOR, executable=(), tree_of=None):
        start = tree_of or (parents[0] if parents else None)
        files = dict(self.files(start)) if start else {}
        for path, data in changes.items():
            if data is None:
                files.pop(path, None)
            else:
                files[path] = (data, path in executable or files.get(path, (b"", False))[1])
        return self.commit_tree(self._tree(files), parents, message, when=when, author=author)

    def commit_tree(self, tree, parents, message, *, when, author=AUTHOR):
        oid = name_of(["commit", tree, list(parents), message.strip(), when, author])
        info = CommitInfo(oid, tuple(self.resolve(p) for p in parents), tree, author, when, message.strip().splitlines()[0])
        self.objects.commits[oid] = (info, self.objects.trees[tree])
        return oid

    def merged_tree(self, ours, theirs):
        base = next((oid for oid in self.history(ours) if oid in set(self.history(theirs))), None)
        before, mine, other = self.files(base) if base else {}, self.files(ours), self.files(theirs)
        merged = {}
        for path in {*before, *mine, *other}:
            b, m, o = before.get(path), mine.get(path), other.get(path)
            if m != o and b not in {m, o}:
                return None
            kept = o if m == b else m
            if kept is not None:
                merged[path] = kept
        return self._tree(merged)

    def make_tag(self, name, commit, message, *, when, tagger=AUTHOR):
        checked_ref(name)
        oid = name_of(["tag", name, commit, message.strip(), when, tagger])
        self.objects.tags[oid] = commit
        return oid

    def export(self, commit, folder: Path, *, only=""):
        for entry in self.entries(commit, only):
            path = folder / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.read_file(commit, entry.path))

    def _tree(self, files):
        oid = name_of(["tree", sorted((path, blob(data), x) for path, (data, x) in files.items())])
        self.objects.trees[oid] = files
        return oid

    # the remote

    def ls_remote(self, *patterns):
        self.remote.before_read()
        rows = {}
        for ref, oid in self.remote.refs.items():
            rows[ref] = oid
            if oid in self.objects.tags:
                rows[ref + PEELED] = self.objects.tags[oid]
        return {ref: oid for ref, oid in rows.items() if not patterns or any(fits(ref, p) for p in patterns)}

    def push_create_only(self, ref, oid):
        return self.push_compare_and_swap(ref, oid, None)

    def push_compare_and_swap(self, ref, new, expected_old):
        if not checked_ref(ref).startswith(("refs/heads/", "refs/tags/")):
            raise Malformed(f"'{ref}' is not a full branch or tag name.")
        self.remote.before_push(ref)
        found = self.remote.refs.get(ref)
        if found == new:
            return False
        if found != expected_old:
            raise Conflict(f"{ref} of {self.url} is {found} and not {expected_old}.", found=found)
        if ref in self.remote.declined:
            raise Judged(f"{self.url} declined {ref}: {self.remote.declined[ref]}.")
        if new is None:
            del self.remote.refs[ref]
        else:
            self.remote.refs[ref] = new
        return True


def fits(ref, pattern):
    return ref.startswith(pattern[:-1]) if pattern.endswith("*") else ref in {pattern, pattern + PEELED}


def blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def name_of(value):
    return hashlib.sha1(json.dumps(value).encode()).hexdigest()
