"""A rollout's recording as lines of JSON, and back; the files beside the evidence."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from naru.core.rollout_record import Recording
from naru.core.rollout_story import Turn
from naru.errors import Missing
from naru.model.load import Row
from naru.model.logs import ContainerLog
from naru.model.probe import PageAnswer
from naru.model.samples import Sample

SAMPLES, LOGS, STORY, REQUESTS = "samples.jsonl.gz", "logs.jsonl.gz", "story.jsonl.gz", "requests.jsonl.gz"

Lines = list[dict[str, Any]]


def story_lines(recording: Recording) -> Lines:
    """What the judge was told besides samples and logs."""
    facts = {"begun": recording.begun, "until": recording.until, "confirmed": recording.confirmed, "refused": recording.refused,
             "baseline": recording.baseline,
             "pods": {app: list(pods) for app, pods in recording.pods.items()}, "listed": recording.listed}
    return [{"facts": facts}, *({"turn": turn.plain()} for turn in recording.turns), *({"answer": a.plain()} for a in recording.answers)]


def request_lines(recording: Recording) -> Lines:
    """One line a request."""
    return [{**row._asdict(), "sent": None if math.isnan(row.sent) else row.sent} for row in recording.requests]


def recording_of(files: Mapping[str, bytes]) -> Recording:
    """The recording from its unpacked files by their last name; raises Missing where it is not whole."""
    try:
        story = _lines(files[STORY])
        facts = next(line["facts"] for line in story if "facts" in line)
        return Recording(
            begun=float(facts["begun"]), until=float(facts["until"]), confirmed=facts["confirmed"] is True, refused=str(facts["refused"]),
            baseline=str(facts.get("baseline") or ""),
            pods={app: tuple(pods) for app, pods in facts["pods"].items()}, listed=facts["listed"],
            samples=[Sample.from_plain(line) for line in _lines(files[SAMPLES])],
            turns=[Turn.from_plain(line["turn"]) for line in story if "turn" in line],
            logs=[ContainerLog.model_validate(line) for line in _lines(files[LOGS])],
            answers=[PageAnswer.model_validate(line["answer"]) for line in story if "answer" in line],
            requests=[Row(**{**line, "sent": math.nan if line["sent"] is None else line["sent"]}) for line in _lines(files.get(REQUESTS, b""))],
        )
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise Missing(f"The recording of the rollout is not whole: {type(error).__name__} {str(error)[:120]}") from None


def _lines(data: bytes) -> Lines:
    return [json.loads(line) for line in data.decode().splitlines() if line]
