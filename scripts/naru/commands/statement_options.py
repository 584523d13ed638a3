"""Options of every command by which a person says something that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

By = Annotated[str, typer.Option("--by", help="Your name as the product file has it.", envvar="NARU_BY")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept and shown.")]
Key = Annotated[Path | None, typer.Option("--key", help="Your private key (PEM); else NARU_PERSON_KEY; in the sandbox made by itself.", dir_okay=False)]
Cloud = Annotated[str, typer.Option("--cloud", help="One cloud, or 'all'.")]
Version = Annotated[str, typer.Option("--version", help="A release version.")]
ValidFor = Annotated[str, typer.Option("--valid-for", help="How long it counts: 90s, 10m, 2h, 7d.")]
