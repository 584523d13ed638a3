"""A person takes a cloud back: to its last verified release, by a new commit; the cluster follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from naru.core.release_record import record_folder
from naru.errors import Judged, Missing
from naru.model.release import Release
from naru.model.words import RollbackPolicy
from naru.steps.cloud_branch import Tip, read_tip, wanted_at
from naru.steps.go_back import BackPorts, follow, go_back, last_verified
from naru.steps.outcome import Outcome
from naru.steps.promotion_ports import Wanted
from naru.steps.state_branch import state_of


def roll_back(ports: BackPorts, product: str, cloud: str, people: Mapping[str, bytes], *, reason: str, by: str) -> Outcome:
    """Hold what runs now and go back; where the branch went back already, make the cluster follow it."""
    tip = current(ports, cloud)
    assert tip.record is not None
    if tip.record.action == "rollback":
        return _followed(ports, cloud, tip)
    _refuse_forbidden(ports, cloud, tip)
    _refuse_wrong_cluster(ports, cloud)
    back = go_back(ports, tip, state_of(ports.config, people, product), because=reason, by=by)
    if back.stuck:
        raise Judged(f"{cloud} is stuck between {tip.version} and {back.version or 'nothing'}: {back.stuck}",
                     hint=f"./naru rollback {cloud} goes on.")
    sentence = f"{cloud} went back from {tip.version} to {back.version or 'nothing'} ({back.commit[:12]}); {tip.version} is held."
    return Outcome(changed=True, sentence=sentence, plain=_plain(cloud, tip, back.version, back.commit))


def plan_back(ports: BackPorts, product: str, cloud: str, people: Mapping[str, bytes]) -> dict[str, Any]:
    """What going back would do; touches nothing."""
    tip = current(ports, cloud)
    assert tip.record is not None
    if tip.record.action == "rollback":
        return _plain(cloud, tip, tip.version, tip.commit or "")
    good = last_verified(ports.config, tip, state_of(ports.config, people, product))
    return _plain(cloud, tip, good.version, "")


def current(ports: BackPorts, cloud: str) -> Tip:
    """The branch now; raises Missing where there is nothing to go back from."""
    ports.config.fetch()
    tip = read_tip(ports.config, cloud)
    if tip.commit is None or tip.record is None:
        raise Missing(f"{cloud} runs nothing that was promoted, so that there is nothing to go back from.")
    return tip


def _followed(ports: BackPorts, cloud: str, tip: Tip) -> Outcome:
    assert tip.record is not None
    assert tip.commit is not None
    wanted = wanted_at(ports.config, tip.commit, tip.record)
    if ports.target.runs(wanted or Wanted("", b""))[0]:
        return Outcome(changed=False, sentence=f"{cloud} went back from {tip.record.back_from} already.",
                       plain=_plain(cloud, tip, tip.version, tip.commit))
    _refuse_wrong_cluster(ports, cloud)
    back = follow(ports, tip)
    if back.stuck:
        raise Judged(f"{cloud} does not come up with {back.version or 'nothing'}: {back.stuck}", hint=f"./naru rollback {cloud} tries again.")
    return Outcome(changed=True, sentence=f"{cloud} runs {back.version or 'nothing'} again.", plain=_plain(cloud, tip, back.version, back.commit))


def _refuse_forbidden(ports: BackPorts, cloud: str, tip: Tip) -> None:
    assert tip.commit is not None
    data = ports.config.find_file(tip.commit, f"{record_folder(tip.version)}/release.json")
    release = Release.from_json(data, where=f"release.json at {tip.commit[:12]}") if data else None
    if release is not None and release.rollback is RollbackPolicy.forbidden:
        raise Judged(f"{tip.version} on {cloud} may not be taken back: its rollback is forbidden.", hint="Mend it forward with a new release.")


def _refuse_wrong_cluster(ports: BackPorts, cloud: str) -> None:
    uid, expected = ports.target.uid(), ports.target.expected_uid()
    if expected is None or uid != expected:
        raise Missing(f"The cluster that answers as {cloud} is {uid}, not {expected or 'one that is pinned'}; nothing was changed.")


def _plain(cloud: str, tip: Tip, version: str, commit: str) -> dict[str, Any]:
    return {"cloud": cloud, "from": tip.version, "to": version or None, "commit": commit or None}
