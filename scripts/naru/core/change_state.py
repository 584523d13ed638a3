"""The branch naru/state as a value: which statements are trusted, which are taken back, and which cannot be trusted.

Stopping needs no trust, going on does: a hold, freeze or abort that cannot be trusted still stops, while an
approval, waiver or taking back that cannot be trusted is worth nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from naru.core.attestation import sign_payload, verify_payload
from naru.errors import Judged, Missing, NaruError
from naru.model.change_state import (
    EVERY_CLOUD,
    Abort,
    AnyStatement,
    Approval,
    Freeze,
    Hold,
    Statement,
    TakenBack,
    Waiver,
)
from naru.model.record import canonical_bytes, first_fault

PAYLOAD = "application/vnd.naru.state+json"
ROBOT = "naru"
"""Maker of automatic holds, which bear no signature: stopping needs none."""
FOLDERS: dict[type[Statement], str] = {
    Hold: "holds", Freeze: "freezes", Approval: "approvals", Waiver: "waivers", Abort: "aborts", TakenBack: "taken-back",
}
STOPPING = ("holds/", "freezes/", "aborts/")
_ANY: TypeAdapter[AnyStatement] = TypeAdapter(Annotated[AnyStatement, Field(discriminator="kind")])


@dataclass(frozen=True)
class ChangeState:
    """Statements in force by file name, and the stopping files that could not be trusted."""

    holds: Mapping[str, Hold] = field(default_factory=dict)
    freezes: Mapping[str, Freeze] = field(default_factory=dict)
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    aborts: Mapping[str, Abort] = field(default_factory=dict)
    untrusted: Mapping[str, str] = field(default_factory=dict)
    """File that stops because it cannot be trusted → why."""
    worthless: Mapping[str, str] = field(default_factory=dict)
    """File that would allow something but cannot be trusted → why."""

    def holds_for(self, cloud: str, version: str) -> dict[str, Hold]:
        """Holds that stop this version on this cloud."""
        return {path: hold for path, hold in self.holds.items()
                if hold.cloud in {cloud, EVERY_CLOUD} and hold.version in {version, ""}}


def read_state(files: Mapping[str, bytes], people: Mapping[str, bytes], product: str) -> ChangeState:
    """The statements about `product` among the branch's files; `people` are the installed public keys by name."""
    kept: dict[str, AnyStatement] = {}
    untrusted: dict[str, str] = {}
    worthless: dict[str, str] = {}
    for path, data in sorted(files.items()):
        if path.partition("/")[0] not in FOLDERS.values():
            continue
        try:
            kept[path] = open_statement(data, people, where=path)
        except NaruError as error:
            (untrusted if path.startswith(STOPPING) else worthless)[path] = error.message
    _refuse_strangers_folders(kept, untrusted, worthless)
    ours = {path: item for path, item in kept.items() if item.product == product}
    back = {item.target for item in ours.values() if isinstance(item, TakenBack) and not item.target.startswith("aborts/")}
    left = {path: item for path, item in ours.items() if path not in back}
    return ChangeState(
        holds={path: item for path, item in left.items() if isinstance(item, Hold)},
        freezes={path: item for path, item in left.items() if isinstance(item, Freeze)},
        approvals={path: item for path, item in left.items() if isinstance(item, Approval)},
        waivers={path: item for path, item in left.items() if isinstance(item, Waiver)},
        aborts={path: item for path, item in left.items() if isinstance(item, Abort)},
        untrusted={path: why for path, why in untrusted.items() if path not in back},
        worthless=worthless,
    )


def sign_statement(statement: Statement, private_pem: bytes) -> bytes:
    """The file that is kept: a DSSE envelope around the statement."""
    return sign_payload(PAYLOAD, canonical_bytes(statement.plain()), private_pem)


def unsigned(hold: Hold) -> bytes:
    """The file of an automatic hold."""
    return hold.model_dump_json(indent=2).encode() + b"\n"


def open_statement(data: bytes, people: Mapping[str, bytes], *, where: str) -> AnyStatement:
    """The statement, if the person whom it names signed it (or it is an automatic hold); raises Missing or Judged."""
    if b'"payload"' not in data:
        return _automatic(data, where)
    _, payload = verify_payload(data, list(people.values()), where=where)
    statement = _parsed(payload, where)
    key = people.get(statement.by)
    if key is None:
        raise Judged(f"{where} is by '{statement.by}', whom the product file does not name.")
    kind, _ = verify_payload(data, [key], where=f"{where} (by {statement.by})")
    if kind != PAYLOAD:
        raise Judged(f"{where} is a signed text of another kind ({kind[:60]}).")
    return statement


def file_of(statement: Statement, key: str) -> str:
    """Where a statement is kept; `key` tells it from others of its kind (its time and hash)."""
    return f"{FOLDERS[type(statement)]}/{key}.json"


def _automatic(data: bytes, where: str) -> Hold:
    hold = _parsed(data, where)
    if not isinstance(hold, Hold) or not hold.automatic or hold.by != ROBOT:
        raise Judged(f"{where} is not signed.")
    return hold


def _parsed(data: bytes, where: str) -> AnyStatement:
    try:
        return _ANY.validate_json(data)
    except ValidationError as error:
        raise Missing(f"{where} is not a statement of naru: {first_fault(error)}.") from None


def _refuse_strangers_folders(kept: dict[str, AnyStatement], untrusted: dict[str, str], worthless: dict[str, str]) -> None:
    """A statement counts in the folder of its kind only, so that nothing hides where nobody looks."""
    for path, item in list(kept.items()):
        if not path.startswith(FOLDERS[type(item)] + "/"):
            (untrusted if path.startswith(STOPPING) else worthless)[path] = f"{path} does not stand in its folder."
            del kept[path]


def plain_state(state: ChangeState) -> dict[str, Any]:
    """For `--json`: everything in force, and what could not be trusted."""
    groups = {"holds": state.holds, "freezes": state.freezes, "approvals": state.approvals,
              "waivers": state.waivers, "aborts": state.aborts}
    plain: dict[str, Any] = {
        name: [{"file": path, **item.plain()} for path, item in sorted(group.items())] for name, group in groups.items()
    }
    plain["untrusted"] = [{"file": path, "why": why} for path, why in sorted({**state.untrusted, **state.worthless}.items())]
    return plain
