"""The gate's questions to people: held, aborted, frozen, outside the windows, approved by enough of them?"""

from __future__ import annotations

from collections.abc import Iterator

from naru.core.approvals import Approvals, Asked, count_approvals, needed_approvals
from naru.core.gate_facts import GateFacts
from naru.core.gate_words import Code, reason
from naru.core.windows import is_open, moment, next_opening
from naru.errors import Missing
from naru.model.change_state import EVERY_CLOUD, Freeze
from naru.model.promotion import Reason


def against_people(facts: GateFacts) -> Iterator[Reason]:
    """Every reason that people set, by statement or by window."""
    cloud, version = facts.cloud.name, facts.release.version
    for path, why in facts.state.untrusted.items():
        yield reason(Code.state_untrusted, path=path, detail=why)
    for hold in facts.state.holds_for(cloud, version).values():
        yield reason(Code.held, cloud=hold.cloud, by=hold.by, detail=hold.reason)
    for abort in facts.state.aborts.values():
        if abort.version == version:
            yield reason(Code.aborted, version=version, by=abort.by, detail=abort.reason)
    for freeze in facts.state.freezes.values():
        if freeze.cloud in {cloud, EVERY_CLOUD} and frozen_by(freeze, facts):
            yield reason(Code.frozen, until=freeze.end, by=freeze.by, detail=freeze.reason)
    yield from _window(facts)
    yield from _approvals(facts)


def frozen_by(freeze: Freeze, facts: GateFacts) -> bool:
    """True inside the freeze; times that cannot be read freeze for ever, until it is taken back."""
    try:
        return moment(freeze.begin, where="a freeze") <= facts.at < moment(freeze.end, where="a freeze")
    except Missing:
        return True


def _window(facts: GateFacts) -> Iterator[Reason]:
    windows = facts.cloud.windows
    if is_open(windows, facts.at):
        return
    opening = next_opening(windows, facts.at)
    shown = opening.isoformat(timespec="minutes") if opening else "never"
    yield reason(Code.outside_window, cloud=facts.cloud.name, at=facts.at.isoformat(timespec="minutes"), opening=shown)


def approvals(facts: GateFacts) -> Approvals:
    """The approvals that count for this release on this cloud."""
    return count_approvals(
        facts.state.approvals,
        needed=needed_approvals(facts.product, facts.line),
        asked=Asked(facts.release.version, facts.release.commit, facts.cloud.name, facts.origin.rendered.get(facts.cloud.name)),
        people=facts.product.people,
        keys=facts.people_keys,
        authors=facts.authors,
        now=facts.at,
    )


def _approvals(facts: GateFacts) -> Iterator[Reason]:
    found = approvals(facts)
    if found.enough:
        return
    refused = "".join(f"; {name} {why}" for name, why in sorted(found.refused.items()))
    detail = f"given by {', '.join(found.by) or 'nobody'}{refused}"
    yield reason(Code.approvals_missing, line=facts.release.line, needed=found.needed, detail=detail)
