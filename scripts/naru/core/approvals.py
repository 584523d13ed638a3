"""Who approved this release: distinct people with distinct keys, none of them an author, each for exactly these bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from naru.core.windows import in_force
from naru.model.change_state import Approval
from naru.model.product import Line, Person, Product


@dataclass(frozen=True)
class Asked:
    """What an approval must say yes to."""

    version: str
    commit: str
    cloud: str
    rendered: str | None


@dataclass(frozen=True)
class Approvals:
    """How many are needed, who gave a valid one, and why others do not count."""

    needed: int
    by: tuple[str, ...]
    refused: Mapping[str, str]
    """Person → why that approval does not count."""

    @property
    def enough(self) -> bool:
        """True where no more are needed."""
        return len(self.by) >= self.needed


def needed_approvals(product: Product, line: Line | None) -> int:
    """The largest number that any mark of the line asks for; an unknown line asks for the largest of all."""
    if line is None:
        return max(product.approvals.values(), default=0)
    return max((product.approvals.get(mark, 0) for mark in line.marks), default=0)


def count_approvals(
    given: Mapping[str, Approval],
    *,
    needed: int,
    asked: Asked,
    people: Mapping[str, Person],
    keys: Mapping[str, bytes],
    authors: frozenset[str],
    now: datetime,
) -> Approvals:
    """Count each person and each key once; an approval of other bytes counts for nothing."""
    valid: dict[bytes, str] = {}
    refused: dict[str, str] = {}
    for approval in given.values():
        if approval.version != asked.version:
            continue
        key = keys.get(approval.by, b"")
        fault = _fault(approval, asked, people.get(approval.by), authors, now)
        if not fault and valid.get(key, approval.by) != approval.by:
            fault = f"shares a key with {valid[key]}"
        if fault:
            refused[approval.by] = fault
        else:
            valid[key] = approval.by
    by = tuple(sorted(valid.values()))
    return Approvals(needed, by, {name: why for name, why in refused.items() if name not in by})


def _fault(approval: Approval, asked: Asked, person: Person | None, authors: frozenset[str], now: datetime) -> str:
    if person is None:
        return "is not named in the product file"
    if person.email.casefold() in {author.casefold() for author in authors}:
        return "is an author of this release"
    if approval.commit != asked.commit:
        return "approved another commit"
    if asked.cloud not in approval.rendered:
        return f"did not approve {asked.cloud}"
    if approval.rendered[asked.cloud] != asked.rendered:
        return "approved other bytes, before the change"
    return "" if in_force(approval.until, now) else "gave an approval that has expired"
