"""`naru nightly`: prove again what each cloud runs now, with production timing."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from naru.commands.common import Json, Plan, ProductName, plain_app, print_json
from naru.core.failover_faults import chosen_faults
from naru.core.nightly import shard
from naru.core.nightly_page import page
from naru.edge.clock import SystemClock
from naru.edge.files import write_durably
from naru.errors import Judged
from naru.wiring.base import state_dir
from naru.wiring.config import load_product

app = plain_app()


@app.command()
def nightly(
    *,
    work: Annotated[Path, typer.Option("--work", help="Folder of the night; one release folder below it for each version.")] = Path("work/nightly"),
    faults: Annotated[str, typer.Option("--faults", help="Faults by name, comma separated; also `default` and `all`.")] = "all",
    shards: Annotated[int, typer.Option("--shards", min=1, max=14, help="Spread the faults over so many nights.")] = 1,
    product: ProductName = "khan-monitoring",
    job: Annotated[str, typer.Option("--job", envvar="NARU_RELEASE_JOB", help="The job that releases a tag whose event never came.")] = "khan-monitoring-5-git-plugin-fest",
    plan: Plan = False, as_json: Json = False,
) -> None:
    """Exit 1 where a proof did not pass, a cloud drifted or a tag is amiss; two failed nights in a row hold the cloud."""
    from naru.steps.nightly import verify_night, went_well
    from naru.wiring.nightly import nightly_ports

    clock = SystemClock()
    names = [fault.name for fault in chosen_faults(faults)]
    tonight = shard(names, clock.now().toordinal(), shards)
    loaded = load_product(product)
    ports = nightly_ports(loaded, work, _run, job)
    if plan:
        print_json({"faults": list(tonight), "running": {version: list(clouds) for version, clouds in ports.folders.running().items()}})
        return
    with state_dir().lock("nightly", doing="naru nightly"):
        outcome = verify_night(ports, clock.now().date().isoformat(), tonight)
    _write(work, outcome.plain)
    if as_json:
        print_json(outcome.plain)
    else:
        print(outcome.sentence)
    _tell(outcome.plain, loaded.name, work)
    if not went_well(outcome):
        raise Judged("The night did not go well.", hint=f"The report is {work / 'index.html'}.")


def _tell(night: dict[str, Any], product: str, work: Path) -> None:
    from naru.core.notification import night_event
    from naru.wiring.notify import announce

    place = str((work / "index.html").resolve())
    announce(lambda at, build: [event for event in (night_event(night, product, place=place, build=build, at=at),) if event], work)


def _run(words: tuple[str, ...]) -> int:
    """One stage; what it prints goes beside the night's own result, which alone is on standard output."""
    from naru.cli import main

    print(f"--- ./naru {' '.join(words)}", file=sys.stderr, flush=True)
    with redirect_stdout(sys.stderr):
        return main(list(words))


def _write(work: Path, plain: dict[str, Any]) -> None:
    write_durably(work / "nightly.json", json.dumps(plain, ensure_ascii=False, indent=2).encode() + b"\n")
    write_durably(work / "index.html", page(plain).encode())
