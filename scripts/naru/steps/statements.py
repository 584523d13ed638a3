"""Adds what a person decides to naru/state: a statement of theirs, signed by their key, or the taking back of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from naru.core.change_state import ChangeState, open_statement, plain_state
from naru.core.windows import moment
from naru.errors import Malformed, Missing
from naru.model.change_state import EVERY_CLOUD, Abort, Approval, Freeze, Hold, Statement, TakenBack, Waiver
from naru.model.overlays import Overlays
from naru.model.product import Product
from naru.model.release import Release
from naru.steps.effects import Effects
from naru.steps.outcome import Outcome
from naru.steps.ports import Clock
from naru.steps.promotion_ports import ConfigRepository
from naru.steps.state_branch import add_file, signed_file, state_of

LONGEST = timedelta(days=30)
"""An approval or waiver is given for at most so long."""


@dataclass(frozen=True)
class StatementPorts:
    """The outside, and who may sign."""

    config: ConfigRepository
    clock: Clock
    effects: Effects
    product: Product
    people: Mapping[str, bytes]


@dataclass(frozen=True)
class Maker:
    """Who says it, why, and with which key."""

    by: str
    reason: str
    private_pem: bytes


def now_of(ports: StatementPorts) -> datetime:
    """The present second."""
    return ports.clock.now().replace(microsecond=0)


def add_hold(ports: StatementPorts, maker: Maker, *, cloud: str, version: str = "") -> Outcome:
    """Stop promotion to a cloud (or all), of one release or of every one."""
    return _add(ports, maker, Hold(**_common(ports, maker), cloud=checked_cloud(ports.product, cloud), version=version))


def add_freeze(ports: StatementPorts, maker: Maker, *, cloud: str, begin: str, end: str) -> Outcome:
    """Freeze changes from `begin` to `end` (ISO 8601 with zone)."""
    if moment(begin, where="--begin") >= moment(end, where="--end"):
        raise Malformed(f"The freeze would end ({end[:40]}) before it begins ({begin[:40]}).")
    return _add(ports, maker, Freeze(**_common(ports, maker), cloud=checked_cloud(ports.product, cloud), begin=begin, end=end))


def add_abort(ports: StatementPorts, maker: Maker, *, version: str) -> Outcome:
    """Stop a release for good."""
    return _add(ports, maker, Abort(**_common(ports, maker), version=version))


def add_approval(
    ports: StatementPorts, maker: Maker, release: Release, overlays: Overlays, *, clouds: tuple[str, ...], valid: timedelta
) -> Outcome:
    """Say yes to exactly the bytes that the release renders to on these clouds (all of them where none is given)."""
    chosen = clouds or tuple(entry.cloud for entry in overlays.clouds)
    unknown = [cloud for cloud in chosen if overlays.of(cloud) is None]
    if unknown or overlays.version != release.version:
        raise Missing(f"overlays.json of {overlays.version} has no cloud '{', '.join(unknown) or release.version}'.")
    rendered = {entry.cloud: entry.rendered_sha256 for entry in overlays.clouds if entry.cloud in chosen}
    return _add(ports, maker, Approval(
        **_common(ports, maker), version=release.version, commit=release.commit, rendered=rendered, until=_until(ports, valid)))


def add_waiver(
    ports: StatementPorts, maker: Maker, *, version: str, cloud: str, field_class: str, valid: timedelta
) -> Outcome:
    """Answer for a field class that no stand-in exercised."""
    return _add(ports, maker, Waiver(
        **_common(ports, maker), version=version, cloud=checked_cloud(ports.product, cloud), field_class=field_class,
        until=_until(ports, valid)))


def take_back(ports: StatementPorts, maker: Maker, *, target: str) -> Outcome:
    """Lift a hold or freeze, withdraw an approval or waiver, by the file name that `list` shows."""
    state = read(ports)
    known = {*state.holds, *state.freezes, *state.approvals, *state.waivers, *state.untrusted}
    if target in state.aborts:
        raise Malformed(f"{target} is an abort, which stays: release again under a new version.")
    if target not in known:
        raise Missing(f"naru/state has no '{target[:80]}' in force.", hint="./naru hold list shows what is.")
    return _add(ports, maker, TakenBack(**_common(ports, maker), target=target))


def read(ports: StatementPorts) -> ChangeState:
    """What is in force now."""
    ports.config.fetch()
    return state_of(ports.config, ports.people, ports.product.name)


def listed(ports: StatementPorts) -> Outcome:
    """What is in force, for a person and as plain values."""
    state = read(ports)
    rows = [f"{path}: {item.by}: {item.reason}" for group in (state.holds, state.freezes, state.approvals, state.waivers, state.aborts)
            for path, item in sorted(group.items())]
    rows += [f"{path}: NOT TRUSTED: {why}" for path, why in {**state.untrusted, **state.worthless}.items()]
    return Outcome(changed=False, sentence="\n".join(rows) or "Nothing is held, frozen, approved, waived or aborted.", plain=plain_state(state))


def checked_cloud(product: Product, cloud: str) -> str:
    """A cloud of the product, or `all`; raises Malformed."""
    if cloud not in {*product.clouds, EVERY_CLOUD}:
        raise Malformed(f"There is no cloud '{cloud[:40]}'.", hint=f"Known: {', '.join(product.clouds)}, {EVERY_CLOUD}.")
    return cloud


def _add(ports: StatementPorts, maker: Maker, statement: Statement) -> Outcome:
    path, data = signed_file(statement, maker.private_pem)
    open_statement(data, ports.people, where=f"A statement signed with the key of '{maker.by[:60]}'")
    ports.config.fetch()
    subject = f"{path.partition('/')[0]}: {maker.by}: {maker.reason}"[:100]
    changed = add_file(ports.config, ports.effects, ports.clock, {path: data}, subject)
    return Outcome(changed=changed, sentence=f"{path} stands in naru/state.", plain={"file": path, **statement.plain()})


def _common(ports: StatementPorts, maker: Maker) -> dict[str, Any]:
    if not maker.reason.strip():
        raise Malformed("A reason is needed: --reason 'why'.")
    if maker.by not in ports.people:
        known = ", ".join(sorted(ports.people)) or "nobody"
        raise Missing(f"The product file does not name '{maker.by[:60]}'.", hint=f"It names {known}.")
    return {"product": ports.product.name, "by": maker.by, "at": now_of(ports).isoformat(), "reason": maker.reason}


def _until(ports: StatementPorts, valid: timedelta) -> str:
    if not timedelta(0) < valid <= LONGEST:
        raise Malformed(f"It may be valid for at most {LONGEST.days} days, and not for {valid}.")
    return (now_of(ports) + valid).isoformat()
