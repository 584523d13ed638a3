"""What an earlier run left: nothing to do any more, or a going back that it did not finish."""

from __future__ import annotations

from naru.model.promotion import Promotion
from naru.model.words import Decision
from naru.steps.cloud_branch import Tip, wanted_at
from naru.steps.gate_reading import PromotePorts, Reading
from naru.steps.go_back import follow, go_back
from naru.steps.promote_words import PROMOTED, Promoted, back_ports, backed, is_on_branch, wanted_of
from naru.steps.promotion_ports import Wanted


def runs_already(ports: PromotePorts, reading: Reading) -> Promoted | None:
    """The branch holds these bytes and the cluster runs them: nothing to do."""
    if not is_on_branch(reading) or reading.facts.target.uid != reading.facts.target.expected_uid:
        return None
    runs, live = ports.target.runs(wanted_of(reading))
    if not runs:
        return None
    cloud, version = reading.facts.cloud.name, reading.facts.release.version
    before = ports.folder.find(Promotion, f"promotion/{cloud}.json")
    base = before if before is not None and before.outcome == PROMOTED and before.version == version else _from_branch(ports, reading)
    sentence = f"{cloud} runs {version} already ({(reading.tip.commit or '')[:12]})."
    return Promoted(base.model_copy(update={"live": live, "commit": reading.tip.commit, "sentence": sentence}), changed=False)


def _from_branch(ports: PromotePorts, reading: Reading) -> Promotion:
    """The decision as the branch keeps it, for a folder that was lost."""
    cloud, version = reading.facts.cloud.name, reading.facts.release.version
    assert reading.tip.commit is not None
    path = f"releases/{version}/promotion/{cloud}.json"
    data = ports.config.find_file(reading.tip.commit, path)
    if data is None:
        return Promotion(cloud=cloud, version=version, decision=Decision.promote, reasons=(), outcome=PROMOTED)
    kept = Promotion.from_json(data, where=f"{path} at {reading.tip.commit[:12]}")
    return kept.model_copy(update={"outcome": PROMOTED})


def went_back_before(ports: PromotePorts, reading: Reading) -> Promoted | None:
    """A run before this one found the release broken here and died before all was back: finish that."""
    facts, tip = reading.facts, reading.tip
    version, cloud = facts.release.version, facts.cloud.name
    broke = [hold for hold in facts.state.holds.values()
             if hold.automatic and hold.version == version and hold.broke_on == cloud]
    if not broke or facts.target.uid != facts.target.expected_uid:
        return None
    if tip.record is not None and tip.record.action == "promote" and tip.version == version:
        back = go_back(back_ports(ports), tip, facts.state, because=broke[0].reason, by="naru")
        return backed(facts, tip, back, broke[0].reason)
    if tip.record is not None and tip.record.back_from == version and not _follows(ports, tip):
        back = follow(back_ports(ports), tip)
        return backed(facts, tip, back, broke[0].reason)
    return None


def _follows(ports: PromotePorts, tip: Tip) -> bool:
    assert tip.record is not None
    assert tip.commit is not None
    wanted = wanted_at(ports.config, tip.commit, tip.record)
    return ports.target.runs(wanted or Wanted("", b""))[0]
