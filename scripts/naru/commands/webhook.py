"""`naru webhook`: one delivery of a tag push; starts the release job for a tag that is new."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from naru.commands.common import Json, Plan, plain_app, print_json
from naru.core.webhook import MAX_BODY, hinted_tags, read_delivery
from naru.edge.files import read_capped
from naru.errors import Judged, Malformed
from naru.model.product import Product
from naru.model.webhook import Delivery, Provider, TagEvent, TagFound
from naru.steps.webhook import as_plain, handle_events, reconcile
from naru.wiring.base import state_dir
from naru.wiring.config import load_product
from naru.wiring.webhook import webhook_ports, webhook_secrets

app = plain_app()
HINTS = ("NARU_TAG_REF", "NARU_TAG_CLOUD_NAMES", "NARU_TAG_SERVER_NAMES")
RELEASE_JOB = "khan-monitoring-5-git-plugin-fest"


@app.command()
def webhook_command(
    *,
    body: Annotated[Path | None, typer.Option("--body", help="File with the delivery's raw body; - for standard input.")] = None,
    headers: Annotated[Path | None, typer.Option("--headers", help="File with its headers, as JSON or `Name: value` lines.")] = None,
    provider: Annotated[Provider | None, typer.Option("--provider", help="Told by the headers if not given.")] = None,
    from_job: Annotated[bool, typer.Option("--from-job", help="Take tag names from the tag-push job's parameters; Git is asked for the rest.")] = False,
    look: Annotated[bool, typer.Option("--reconcile", help="Compare all tags with the ledger, without any delivery.")] = False,
    product: Annotated[str, typer.Option("--product", envvar="NARU_PRODUCT")] = "khan-monitoring",
    job: Annotated[str, typer.Option("--job", envvar="NARU_RELEASE_JOB", help="The job that releases a tag.")] = RELEASE_JOB,
    plan: Plan = False, as_json: Json = False,
) -> None:
    """Verify one delivery, ask the configured remote for the tag, and start the release job once for each new tag."""
    if sum((body is not None, from_job, look)) != 1:
        raise Malformed("Give exactly one of --body, --from-job and --reconcile.")
    loaded = load_product(product)
    delivery = _delivery(body, headers, provider) if body is not None else None
    if delivery is not None and delivery.ignored:
        _show([], f"Nothing to do: {delivery.ignored}.", as_json=as_json)
        return
    found = _found(loaded, job, delivery, look=look, plan=plan)
    _show(found, "Nothing to do: no tag is named." if not found else "", as_json=as_json)
    moved = [one.tag for one in found if one.state == "moved"]
    if moved:
        raise Judged(f"Tags were moved: {', '.join(moved)}; they are not released.", hint="Release under a new bug-fix number.")


def _found(product: Product, job: str, delivery: Delivery | None, *, look: bool, plan: bool) -> list[TagFound]:
    with state_dir().lock("webhook", doing="naru webhook", wait=True):
        ports = webhook_ports(product, job)
        if look or (delivery is not None and delivery.look_for_all):
            return reconcile(ports, plan=plan)
        events = delivery.events if delivery is not None else tuple(TagEvent(tag) for tag in hinted_tags(tuple(os.environ.get(name, "") for name in HINTS)))
        return handle_events(ports, events, plan=plan)


def _delivery(body: Path, headers: Path | None, provider: Provider | None) -> Delivery:
    raw = sys.stdin.buffer.read(MAX_BODY + 1) if str(body) == "-" else read_capped(body, MAX_BODY)
    return read_delivery(_headers(headers), raw, webhook_secrets(), provider)


def _headers(path: Path | None) -> dict[str, str]:
    if path is None:
        raise Malformed("--body needs --headers: the signature stands there.")
    text = read_capped(path, 64 * 1024).decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        try:
            value = json.loads(text)
        except ValueError:
            raise Malformed(f"{path} is not JSON.") from None
        return {str(name): str(item) for name, item in value.items()}
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _show(found: list[TagFound], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"tags": as_plain(found), "sentence": sentence})
        return
    for one in found:
        print(one.sentence)
    if sentence:
        print(sentence)
