"""What a step returns: changed or nothing to do, with the sentence that says which."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """`changed` is False where everything was so already; both are success (exit 0)."""

    changed: bool
    sentence: str
    plain: dict[str, Any] = field(default_factory=dict)
    """The result as plain values for `--json`."""
