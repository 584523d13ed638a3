"""`naru test`: the tiers of the project's own tests, in the order fast, system, kind."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from naru.commands.common import plain_app
from naru.edge.command import run_shown
from naru.errors import Judged
from naru.wiring.base import CLONE

app = plain_app()

DEADLINE_SECONDS = 80 * 60.0
NIGHTLY_SECONDS = 12 * 3600.0

FAST = ["tests/test_layers.py", "tests/core", "tests/steps", "tests/edge", "tests/scripts"]
REST = ["tests/system", "tests/kind"]


@app.command()
def test(
    fast: Annotated[bool, typer.Option("--fast", help="No container, no network.")] = False,
    nightly: Annotated[bool, typer.Option("--nightly", help="Also whole matrices and production timing (hours).")] = False,
    only: Annotated[list[str] | None, typer.Argument(help="Words for pytest instead of the tiers.")] = None,
) -> None:
    """Run the tests; in CI nothing may be skipped."""
    words = list(only or []) or [path for path in (FAST if fast else FAST + REST) if (CLONE / path).exists()]
    argv = [sys.executable, "-m", "pytest", *words, *(["--nightly"] if nightly else []), "--durations=15"]
    code = run_shown(argv, timeout=NIGHTLY_SECONDS if nightly else DEADLINE_SECONDS, cwd=CLONE, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    if code:
        raise Judged(f"pytest ended with status {code}.", hint="The failures stand above.")
