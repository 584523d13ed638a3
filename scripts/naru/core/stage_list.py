"""The main job as a list: stages in order, each with the words that its command gets. Jenkins holds the same list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One call of one command; `name` tells calls of the same command apart (`verify-scaling naver`)."""

    name: str
    command: str
    words: tuple[str, ...]
    always: bool = False
    """True for what runs even after a stage said no: the report tells why."""
    clouds: tuple[str, ...] = ()
    """Clouds that are a step further once it went well."""
    timed: bool = True
    """False for what stands before the job itself: not in timings.json."""


def main_job(clouds: tuple[str, ...], work: str, first_words: tuple[str, ...]) -> tuple[Stage, ...]:
    """All stages of one release; `first_words` are the product's parameters or the pushed tag."""
    here = ("--work", work)
    return (
        Stage("tag-release", "tag-release", (*first_words, *here)),
        Stage("build-images", "build-images", here),
        Stage("publish-release", "publish-release", here),
        Stage("patch-overlays", "patch-overlays", here),
        Stage("verify-rollout", "verify-rollout", ("--all", "--reuse", *here), clouds=clouds),
        *(Stage(f"verify-scaling {cloud}", "verify-scaling", ("--cloud", cloud, "--reuse", *here), clouds=(cloud,)) for cloud in clouds),
        Stage("verify-failover", "verify-failover", ("--reuse", *here), clouds=clouds),
        Stage("promote", "promote", ("--all", *here), clouds=clouds),
        Stage("report", "report", ("--notify", *here), always=True),
    )
