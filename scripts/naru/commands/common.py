"""Options and output that several commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from naru.errors import Malformed
from naru.steps.outcome import Outcome

Work = Annotated[Path, typer.Option("--work", help="Release folder (archived by Jenkins).", file_okay=False)]
Plan = Annotated[bool, typer.Option("--plan", help="Print as JSON what would be done; touch nothing.")]
Json = Annotated[bool, typer.Option("--json", help="Result as JSON on standard output.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Stream what the tools print.")]
ProductName = Annotated[str, typer.Option("--product", help="Name of a file in pipelines/products; where --work names a release, its own product counts.")]


def finish(outcome: Outcome, *, as_json: bool) -> None:
    """Print a step's result: the sentence for a person, or plain values as JSON."""
    if as_json:
        print_json({"changed": outcome.changed, "sentence": outcome.sentence, **outcome.plain})
    else:
        print(outcome.sentence)


def print_json(value: Any) -> None:
    """JSON on standard output, Korean text as it is."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def plain_app(**settings: Any) -> typer.Typer:
    """A typer app as every command uses it: no completion, no pretty tracebacks (they would show local values)."""
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, **settings)


def checked_cloud(name: str, known: tuple[str, ...]) -> str:
    """The name of a known cloud; raises Malformed that lists them."""
    if name not in known:
        raise Malformed(f"There is no cloud '{name[:40]}'.", hint=f"Known: {', '.join(known)}.")
    return name
