"""Going back: hold the bad release, put the cloud's branch back to its last verified release by a new commit, make the cluster follow.

The hold is written first: whatever dies afterwards, the same release is not promoted again, and the next run finishes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from naru.core.change_state import ROBOT, ChangeState
from naru.core.release_record import back_record, rollback_message
from naru.errors import Judged, Missing, OutsideDown
from naru.model.change_state import EVERY_CLOUD, Hold
from naru.model.promotion import CloudRecord
from naru.model.words import Verdict
from naru.steps.cloud_branch import Tip, earlier, move, read_tip, wanted_at
from naru.steps.effects import Effects
from naru.steps.ports import Clock, Progress
from naru.steps.promotion_ports import ConfigRepository, RolloutSeen, TargetCluster, Wanted
from naru.steps.state_branch import add_file, automatic_file

FOLLOWS = 5
"""Bound of looking again."""


@dataclass(frozen=True)
class BackPorts:
    """The outside of going back."""

    config: ConfigRepository
    target: TargetCluster
    clock: Clock
    effects: Effects
    progress: Progress


@dataclass(frozen=True)
class WentBack:
    """What going back came to; `stuck` where the cluster does not run what the branch says."""

    commit: str
    version: str
    stuck: str = ""


def go_back(ports: BackPorts, bad: Tip, state: ChangeState, *, because: str, by: str, hold: bool = True) -> WentBack:
    """Hold the tip's release, commit the last verified one, roll it out; raises Judged where there is none that may run."""
    assert bad.record is not None
    if hold:
        hold_bad(ports, bad, because)
    good = last_verified(ports.config, bad, state)
    commit = _commit_back(ports, bad, good, because, by)
    ports.progress.line(f"{bad.record.cloud}: back to {good.version or 'nothing'} ({commit[:12]})")
    return follow(ports, read_tip(ports.config, bad.record.cloud))


def hold_bad(ports: BackPorts, bad: Tip, because: str) -> None:
    """The automatic hold on the release that broke, on every cloud; the clouds that run it already are left alone."""
    assert bad.record is not None
    assert bad.commit is not None
    record = bad.record
    hold = Hold(
        product=record.product, by=ROBOT, at=_when(ports.clock).isoformat(), reason=f"broke on {record.cloud}: {because}"[:500],
        cloud=EVERY_CLOUD, version=record.version, automatic=True, broke_on=record.cloud,
    )
    path, data = automatic_file(hold, bad.commit)
    add_file(ports.config, ports.effects, ports.clock, {path: data}, f"hold {record.version}: it broke on {record.cloud}")


def last_verified(repo: ConfigRepository, bad: Tip, state: ChangeState) -> Tip:
    """The newest earlier state of the branch with another release that nobody holds; nothing before the first release."""
    assert bad.record is not None
    assert bad.commit is not None
    for candidate in earlier(repo, bad):
        if candidate.record is None or candidate.commit is None:
            continue
        if candidate.version == bad.record.version or _stopped(state, candidate.record):
            continue
        if candidate.version and not candidate.record.proofs:
            raise Judged(f"{candidate.version} on {bad.record.cloud} bears no proof, so that nothing goes back to it.",
                         hint="Promote a proven release.")
        wanted_at(repo, candidate.commit, candidate.record)
        return candidate
    return Tip(None, None)


def follow(ports: BackPorts, tip: Tip) -> WentBack:
    """Make the cluster run what the branch says; looks again afterwards, since another run may have moved it meanwhile."""
    assert tip.record is not None
    back = _follow(ports, tip)
    for _ in range(FOLLOWS):
        ports.config.fetch()
        now = read_tip(ports.config, tip.record.cloud)
        if now.commit == back.commit or now.record is None:
            break
        back = _follow(ports, now)
    return back


def _follow(ports: BackPorts, tip: Tip) -> WentBack:
    assert tip.record is not None
    assert tip.commit is not None
    wanted = wanted_at(ports.config, tip.commit, tip.record)
    try:
        seen = _clear(ports, tip) if wanted is None else roll_out(ports, tip.record.cloud, wanted)
    except (Judged, Missing, OutsideDown) as error:
        return WentBack(tip.commit, tip.version, stuck=error.message)
    return WentBack(tip.commit, tip.version, stuck="" if seen.verdict is Verdict.passed else seen.sentence)


def roll_out(ports: BackPorts, cloud: str, wanted: Wanted) -> RolloutSeen:
    """Apply and watch; what was inconclusive is measured once more."""
    seen = ports.effects.perform("roll-out", cloud, lambda: ports.target.roll_out(wanted), version=wanted.version)
    if seen.verdict is not Verdict.inconclusive:
        return seen
    ports.progress.line(f"{cloud}: {seen.sentence} Measured once more.")
    return ports.effects.perform("roll-out", cloud, lambda: ports.target.roll_out(wanted), version=wanted.version)


def _clear(ports: BackPorts, tip: Tip) -> RolloutSeen:
    """The first release goes back to nothing: take away what it brought."""
    assert tip.record is not None
    cloud = tip.record.cloud
    for before in earlier(ports.config, tip):
        if before.record is None or before.commit is None or not before.version:
            continue
        wanted = wanted_at(ports.config, before.commit, before.record)
        if wanted is not None:
            ports.effects.perform("clear-cloud", cloud, partial(ports.target.clear_cloud, wanted.rendered), version=before.version)
            break
    return RolloutSeen(Verdict.passed, f"{cloud} runs nothing of this product.")


def _commit_back(ports: BackPorts, bad: Tip, good: Tip, because: str, by: str) -> str:
    assert bad.record is not None
    assert bad.commit is not None
    moment = _when(ports.clock)
    record = back_record(bad.record, good.record, good_commit=good.commit, because=because, at=moment.isoformat(), by=by)
    changes = _tree(ports.config, bad, good, record)
    commit = ports.config.write_commit(
        (bad.commit,), changes, rollback_message(record), when=int(moment.timestamp()), tree_of=good.commit or bad.commit
    )
    move(ports.config, ports.effects, bad.record.cloud, commit, bad.commit)
    ports.config.fetch()
    return commit


def _tree(repo: ConfigRepository, bad: Tip, good: Tip, record: CloudRecord) -> dict[str, bytes | None]:
    """The good commit's tree with a cloud.json of its own; for nothing, cloud.json alone."""
    text: dict[str, bytes | None] = {"cloud.json": record.model_dump_json(indent=2, exclude_none=True).encode() + b"\n"}
    if good.commit is not None:
        return text
    assert bad.commit is not None
    return {**dict.fromkeys(repo.list_files(bad.commit)), **text}


def _stopped(state: ChangeState, record: CloudRecord) -> bool:
    if not record.version:
        return False
    aborted = any(abort.version == record.version for abort in state.aborts.values())
    held = any(hold.version == record.version for hold in state.holds_for(record.cloud, record.version).values())
    return aborted or held


def _when(clock: Clock) -> datetime:
    return clock.now().replace(microsecond=0)
