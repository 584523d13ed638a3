"""Stage 1: which commit, which version, which tag object, and what changed since the release before.

The tag object is made in the private copy only (fixed tagger, date of the commit: the same object each time);
publish_release sends it out. A tag that is on the remote already rules: it is never moved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from naru.core.release_names import Names, tag_message
from naru.core.release_notes import (
    FIRST_NOTES,
    MAX_NOTES,
    KnownTag,
    line_tags,
    notes_of,
    notes_text,
    previous_release,
)
from naru.errors import Conflict, Missing
from naru.model.product import Product
from naru.model.release import PreviousRelease, Release
from naru.steps.outcome import Outcome
from naru.steps.ports import Folder

FILE = "release.json"
NOTES = "notes.md"


class SourceRepo(Protocol):
    """The source repository, as of now."""

    @property
    def where(self) -> str: ...

    def branches(self) -> dict[str, str]: ...

    def tags(self) -> tuple[Any, ...]: ...

    def object_of(self, ref: str) -> str | None: ...

    def find(self, ref: str) -> str | None: ...

    def resolve_prefix(self, prefix: str) -> str: ...

    def is_ancestor(self, old: str, new: str) -> bool: ...

    def commit_info(self, commit: str) -> Any: ...

    def history(self, commit: str) -> Sequence[str]: ...

    def log_between(self, old: str | None, new: str, *, limit: int = 1000) -> tuple[Any, ...]: ...

    def make_tag(self, name: str, commit: str, message: str, *, when: int) -> str: ...


@dataclass(frozen=True)
class TagRequest:
    """What was asked for; `commit` an object id or its beginning, empty for the tip of the line's branch."""

    product: Product
    names: Names
    commit: str = ""
    from_tag: bool = False
    """True where a pushed tag began this release: it must be there."""


def tag_release(request: TagRequest, repo: SourceRepo, folder: Folder) -> Outcome:
    """Write release.json and the notes; raises Conflict where the tag is on another commit."""
    release = plan_release(request, repo, folder)
    changed = folder.write(release, FILE)
    folder.write_raw(NOTES, notes_text(release, request.product.title["en"]).encode())
    return Outcome(changed, _sentence(request, repo, release, changed=changed), release.plain())


def plan_release(request: TagRequest, repo: SourceRepo, folder: Folder) -> Release:
    """The release as it will be written; changes nothing outside the private copy."""
    recorded = folder.find(Release, FILE)
    _check_folder(request, recorded)
    tagged = _tag_on_remote(request, repo)
    commit = _commit(request, repo, tagged, recorded)
    _check_on_branch(request, repo, commit)
    when = repo.commit_info(commit).commit_time
    names, message = request.names, tag_message(request.product, request.names.version)
    made = tagged[0] if tagged else repo.make_tag(names.tag, commit, message, when=when)
    previous, notes, omitted = _notes(request, repo, commit)
    return Release(
        product=request.product.name, line=names.line.name, version=names.version, tag=names.tag, tag_object=made,
        commit=commit, commit_time=when, parameters=names.parameters, previous=previous, rollback=names.line.rollback,
        notes=notes_of(notes, request.product.issues), notes_omitted=omitted,
    )


def _check_folder(request: TagRequest, recorded: Release | None) -> None:
    if recorded and (recorded.product, recorded.version) != (request.product.name, request.names.version):
        raise Missing(
            f"The release folder belongs to {recorded.product} {recorded.version}, not to {request.names.version}.",
            hint="Give another folder with --work.",
        )


def _tag_on_remote(request: TagRequest, repo: SourceRepo) -> tuple[str, str] | None:
    """(object, commit) of the tag where it is there already."""
    tag = request.names.tag
    made = repo.object_of(f"refs/tags/{tag}")
    if made is None:
        if request.from_tag:
            raise Missing(f"{repo.where} has no tag {tag}.", hint="Push it first.")
        return None
    commit = repo.find(tag)
    if commit is None or all(known.name != tag for known in repo.tags()):
        raise Missing(f"The tag {tag} of {repo.where} does not lead to a commit.", hint="Take the next number.")
    return made, commit


def _commit(request: TagRequest, repo: SourceRepo, tagged: tuple[str, str] | None, recorded: Release | None) -> str:
    """The one commit of this release: that of the tag, else the one asked for, else the one recorded, else the tip."""
    asked = repo.resolve_prefix(request.commit) if request.commit else ""
    if tagged:
        if asked and asked != tagged[1]:
            raise Conflict(
                f"The tag {request.names.tag} is on {tagged[1][:12]} and not on {asked[:12]}; a tag is never moved.",
                found=tagged[1], hint="Take the next number, or leave --commit out to go on with the tag as it is.",
            )
        return tagged[1]
    if asked:
        return asked
    if recorded:
        return repo.resolve_prefix(recorded.commit)
    return _tip(request, repo)


def _tip(request: TagRequest, repo: SourceRepo) -> str:
    branches = repo.branches()
    if not branches:
        raise Missing(f"{repo.where} is empty.", hint="Push the source first.")
    branch = _branch(request)
    if branch not in branches:
        raise Missing(f"{repo.where} has no branch {branch}.", hint="Check source.branch in the product file.")
    return branches[branch]


def _check_on_branch(request: TagRequest, repo: SourceRepo, commit: str) -> None:
    branches, branch = repo.branches(), _branch(request)
    patterns = request.product.source.maintenance_branches
    allowed = [branch, *(name for name in branches if any(re.fullmatch(p, name, re.ASCII) for p in patterns))]
    if any(name in branches and repo.is_ancestor(commit, branches[name]) for name in allowed):
        return
    raise Missing(
        f"Commit {commit[:12]} is not on the branch {branch} of {repo.where}, nor on a maintenance branch.",
        hint="Merge it there, or enter its branch under source.maintenance_branches.",
    )


def _branch(request: TagRequest) -> str:
    return request.names.line.branch or request.product.source.branch


def _notes(
    request: TagRequest, repo: SourceRepo, commit: str
) -> tuple[PreviousRelease | None, list[tuple[str, str]], int]:
    known = (KnownTag(tag.name, tag.commit) for tag in repo.tags())  # the history tells which of them came before
    released = line_tags(request.product, request.names.line.name, known, before=request.names.version)
    history = repo.history(commit) if released else ()
    previous = previous_release(released, history)
    limit = MAX_NOTES if previous else FIRST_NOTES
    infos = repo.log_between(previous.commit if previous else None, commit, limit=limit + 10_000)
    listed = [(info.commit, info.subject) for info in infos[:limit]]
    return previous, listed, len(infos) - len(listed)


def _sentence(request: TagRequest, repo: SourceRepo, release: Release, *, changed: bool) -> str:
    there = repo.object_of(f"refs/tags/{release.tag}") is not None
    tip = repo.branches().get(_branch(request))
    behind = f" The branch {_branch(request)} has gone on since; that is not in this release." if tip != release.commit else ""
    state = "is on the remote" if there else "is made"
    if not changed:
        return f"Nothing to do: {release.version} is tag {release.tag} on commit {release.commit[:12]}.{behind}"
    return f"{release.version}: tag {release.tag} {state}, on commit {release.commit[:12]}.{behind}"
