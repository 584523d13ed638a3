"""`./naru diff`: what a release changes on a cloud, and how the clouds differ from each other."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from naru.commands.common import Json, ProductName, checked_cloud, plain_app, print_json
from naru.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naru.core.cloud_differences import Difference
    from naru.steps.diff_overlays import Across, CloudDiff

app = plain_app()

Cloud = Annotated[str, typer.Argument(help="One cloud; all of the product if not given.", show_default=False)]
From = Annotated[str, typer.Option("--from", help="Revision of the config repository; what the cloud runs if not given.")]
To = Annotated[str, typer.Option("--to", help="Revision; the newest candidate if not given.")]
AcrossOption = Annotated[bool, typer.Option("--across", help="Compare the clouds with each other instead; exit 1 if a difference is not declared.")]
STYLES = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}


@app.command()
def diff(
    *, cloud: Cloud = "", old: From = "", new: To = "", across: AcrossOption = False,
    product: ProductName = "khan-monitoring", as_json: Json = False,
) -> None:
    """Rendered manifests before and after, by object and field."""
    from naru.steps.diff_overlays import diff_across, diff_cloud
    from naru.wiring.config import load_product
    from naru.wiring.overlays import diff_ports

    loaded = load_product(product)
    if across and (cloud or old):
        raise Malformed("--across compares all clouds at one revision; give at most --to with it.")
    names = (checked_cloud(cloud, loaded.clouds),) if cloud else loaded.clouds
    ports = diff_ports(loaded)
    if across:
        found = diff_across(ports, loaded.clouds, new)
        print_json(found.plain()) if as_json else _show_across(found)
        raise typer.Exit(1 if any(item.undeclared for item in found.differences) else 0)
    results = [diff_cloud(ports, name, old, new) for name in names]
    if as_json:
        print_json({"clouds": [result.plain() for result in results]})
        return
    for result in results:
        _show_cloud(result)


def _show_cloud(result: CloudDiff) -> None:
    old = f"{result.old.name} ({result.old.commit[:12]})" if result.old.commit else f"{result.old.name} (nothing runs there yet)"
    _say(f"{result.cloud}: {old} → {result.new.name} ({(result.new.commit or '')[:12]})", "bold")
    if not result.objects:
        _say("  no difference in the rendered manifests")
    for item in result.objects:
        mark, style = STYLES[item.change]
        _say(f"  {mark} {item.object}" + (f" (was {item.old_name})" if item.old_name else ""), style)
        for field in item.fields:
            _say(f"      {field.path}")
            _say(f"        - {_shown(field.old)}", "red")
            _say(f"        + {_shown(field.new)}", "green")


def _show_across(found: Across) -> None:
    wrong = sum(1 for item in found.differences if item.undeclared)
    _say(f"{found.revision.name} ({(found.revision.commit or '')[:12]}): {len(found.differences)} differences between the clouds, {wrong} not declared", "bold")
    for group in _alike(found.differences):
        first = group[0]
        objects = first.object if len(group) == 1 else f"{len(group)} objects ({', '.join(item.object for item in group[:3])}{', ...' * (len(group) > 3)})"
        _say(f"  {'!' if first.undeclared else ' '} {first.path} of {objects}", "red" if first.undeclared else "")
        for cloud, value in first.values.items():
            note = "not declared in its cloud.yaml" if cloud in first.undeclared else first.reasons.get(cloud, "")
            _say(f"        {cloud}: {_shown(value)}" + (f"  ({note})" if note else ""))
    for cloud, pattern in found.unused:
        _say(f"  {cloud} declares '{pattern}', which no difference needs.", "yellow")


def _alike(differences: Sequence[Difference]) -> list[list[Difference]]:
    """Differences that say the same of several objects, together."""
    groups: dict[tuple[Any, ...], list[Difference]] = {}
    for item in differences:
        groups.setdefault((item.path, str(item.values), item.undeclared), []).append(item)
    return list(groups.values())


def _shown(value: Any) -> str:
    if value is None:
        return "(absent)"
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 160 else text[:157] + "..."


def _say(text: str, style: str = "") -> None:
    if not sys.stdout.isatty():
        print(text)
        return
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(text, style=style or None, markup=False)
