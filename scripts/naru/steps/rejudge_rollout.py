"""Judges a recorded rollout again, offline: for the gate and for `./naru evidence rejudge`."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from naru.core.rollout_files import recording_of
from naru.core.rollout_record import Judgement, Terms, judge_recording
from naru.errors import Missing
from naru.model.cloud import RolloutLimits
from naru.model.evidence import Evidence
from naru.model.words import Verdict

MAX_UNPACKED = 1 << 30


def rejudge_rollout(evidence: Evidence, raw: Mapping[str, bytes], limits: RolloutLimits | None = None) -> Judgement:
    """The judgement from the raw files alone, with the evidence's own limits or others."""
    plain = dict(evidence.limits)
    if limits is not None:
        plain = {**limits.plain(), "judge": plain["judge"]}
    return judge_recording(recording_of(unpacked(raw)), Terms.from_plain(plain))


def rollout_verdict(evidence: Evidence, raw: Mapping[str, bytes]) -> Verdict:
    """The verdict that the raw files lead to: what the gate compares with the signed one."""
    return rejudge_rollout(evidence, raw).verdict


def unpacked(raw: Mapping[str, bytes]) -> dict[str, bytes]:
    """Raw files by their last name, gunzipped; raises Missing for what is torn or too large."""
    return {path.rpartition("/")[2]: _gunzip(data, path) if path.endswith(".gz") else data for path, data in raw.items()}


def _gunzip(data: bytes, path: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(data, MAX_UNPACKED)
    except zlib.error:
        raise Missing(f"{path} is not whole gzip data.") from None
    if not unpacker.eof:
        raise Missing(f"{path} is torn, or larger than {MAX_UNPACKED} bytes.")
    return text
