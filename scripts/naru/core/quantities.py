"""Kubernetes quantities (`100m`, `2Gi`, `12345678n`, `1e3`) as numbers."""

from __future__ import annotations

import re
from decimal import Decimal

_QUANTITY = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?[0-9]{1,2}))", re.ASCII)
_DECIMAL = {suffix: Decimal(1000) ** power for suffix, power in zip("num kMGTPE", range(-3, 7), strict=True)}
_BINARY = {f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", 1)}
_SCALES = _DECIMAL | _BINARY


def plain_quantity(text: str) -> Decimal:
    """A quantity as a number (`1500m` → 1.5, `2Gi` → 2147483648). Raises ValueError on anything else."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise ValueError(f"'{text}' is not a quantity")
    return Decimal(found[1]) * (Decimal(10) ** int(found[3]) if found[3] else _SCALES[found[2] or " "])


def cores(quantity: str | float | None) -> float:
    """CPU quantity (`100m`, `12345678n`, `2`) in cores; 0 where absent or unreadable."""
    try:
        return float(plain_quantity(str(quantity or "0")))
    except ValueError:
        return 0.0
