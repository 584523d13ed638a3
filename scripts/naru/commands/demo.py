"""`naru demo`: the whole mission on this machine, from nothing to three clouds that run what was proven."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from naru.commands.clouds_up import up
from naru.commands.common import Verbose, plain_app
from naru.commands.run import Around, CallStage, call_stage, run_stages, stopped
from naru.core.demo import BROKEN, FIRST, LINE, UPGRADE, DemoRelease, broken_source, traffic_sentence
from naru.core.stage_list import Stage, main_job
from naru.edge.clock import SystemClock
from naru.edge.console import Console
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Judged
from naru.model.product import Product
from naru.model.timings import Timings
from naru.model.words import Role

app = plain_app()

PRODUCT = "khan-monitoring"
ENTRY = "src/egov/src/main/java/kr/khan/egov/Main.java"
TRAFFIC_RATE = 10.0
"""Requests per second and cloud: enough to see a lost one, too few to scale anything."""

TRAFFIC_SECONDS = 1800.0

Meanwhile = Callable[[Product], AbstractContextManager[object]]
"""What goes on while a release is promoted."""

CLOUDS_UP = Stage("clouds-up", "clouds", (), timed=False)


@app.command()
def demo(
    upgrade: Annotated[bool, typer.Option("--upgrade", help="A second release goes through under traffic.")] = False,
    broken: Annotated[bool, typer.Option("--broken", help="A release that the gate stops, with its reason.")] = False,
    verbose: Verbose = False,
) -> None:
    """Clouds up, then tag, build, publish, patch, prove, promote, report. The same command goes on where it stopped."""
    from naru.wiring.config import load_product

    product = load_product(PRODUCT)
    _go_through(product, FIRST, verbose=verbose, before=(CLOUDS_UP,))
    if upgrade:
        _go_through(product, UPGRADE, verbose=verbose, meanwhile=_traffic)
    if broken:
        _stopped(product, verbose=verbose)
    _show_pods(product)


def _go_through(
    product: Product, release: DemoRelease, *, verbose: bool, meanwhile: Meanwhile = nullcontext, before: tuple[Stage, ...] = ()
) -> None:
    folder = _folder(product, release)
    code = _run(product, release, (*before, *_stages(product, release, folder)), verbose=verbose, meanwhile=meanwhile)
    if code:
        raise stopped(code, f"{LINE}-{release.number} did not go through; the stage that stopped it says why above.",
                      hint=f"The report: {folder}/report/index.html")
    print(f"The report: {folder}/report/index.html")


def _run(product: Product, release: DemoRelease, stages: tuple[Stage, ...], *, verbose: bool, meanwhile: Meanwhile = nullcontext) -> int:
    """All stages of one release of the demo; the first exit code that is not 0."""
    folder, version = _folder(product, release), f"{LINE}-{release.number}"
    typer.echo(f"\nRelease {version}: {release.title}", err=True)
    return run_stages(stages, folder, version, verbose=verbose, around=_around(product, folder, meanwhile), call_stage=_calls(product, verbose=verbose))


def _around(product: Product, folder: Path, meanwhile: Meanwhile) -> Around:
    """What belongs to a promotion: people's approvals before it, `meanwhile` while it goes on."""

    @contextmanager
    def promoting() -> Iterator[None]:
        from naru.wiring.statements import approve_in_sandbox

        if names := approve_in_sandbox(product, folder):
            typer.echo(f"Approved by {' and '.join(names)}, signed with the sandbox's keys: the line {LINE} needs {len(names)} people.", err=True)
        with meanwhile(product):
            yield

    return lambda stage: promoting() if stage.command == "promote" else nullcontext()


def _calls(product: Product, *, verbose: bool) -> CallStage:
    """Commands as `run` calls them, and the clouds of this product."""

    def call_one(stage: Stage, words: list[str]) -> int:
        if stage is not CLOUDS_UP:
            return call_stage(stage, words)
        from naru.wiring.sandbox import ensure_sandbox

        up(list(product.clouds), None, Console(verbose=verbose))
        ensure_sandbox()
        return 0

    return call_one


def _stopped(product: Product, *, verbose: bool) -> None:
    """The broken release must be stopped by its proofs, and by the gate if someone promotes it all the same."""
    folder = _folder(product, BROKEN)
    _commit_the_break(product)
    stages = tuple(replace(stage, always=True) if stage.command == "promote" else stage for stage in _stages(product, BROKEN, folder))
    _run(product, BROKEN, stages, verbose=verbose)
    times = ReleaseFolder(folder).read(Timings, "timings.json").stages
    if not any(time.name == "promote" and time.exit_code == Judged.exit_code for time in times):
        raise Judged("The gate did not stop the broken release.", hint=f"The report: {folder}/report/index.html")
    print(f"The broken release was stopped before any cloud had it. The report: {folder}/report/index.html")


def _stages(product: Product, release: DemoRelease, folder: Path) -> tuple[Stage, ...]:
    words = ("--product", product.name, "--khan-release", LINE, "--bug-fix-version", release.number)
    return main_job(product.clouds, str(folder), words)


def _folder(product: Product, release: DemoRelease) -> Path:
    return Path("work") / product.name / f"{LINE}-{release.number}"


def _commit_the_break(product: Product) -> None:
    from naru.wiring.git import source_repo

    repo = source_repo(product)
    branch = f"refs/heads/{product.source.branch}"
    tip = repo.resolve(product.source.branch)
    text = repo.read_file(tip, ENTRY).decode()
    changed = broken_source(text)
    if changed == text:
        return
    when = int(SystemClock().now().timestamp())
    commit = repo.write_commit((tip,), {ENTRY: changed.encode()}, "KAPM-4242 [egov] Ask the licence server at start", when=when)
    repo.push_compare_and_swap(branch, commit, tip)


@contextmanager
def _traffic(product: Product) -> Iterator[None]:
    """Requests to every target while the block runs; says afterwards how many were lost."""
    from naru.edge.load import LoadRun
    from naru.model.load import Lane, LoadPlan, LoadStep
    from naru.wiring.clouds import load_sandbox
    from naru.wiring.config import product_clouds

    offset = load_sandbox().target_port_offset
    step = (LoadStep(seconds=TRAFFIC_SECONDS, rate=TRAFFIC_RATE),)
    lanes = tuple(
        Lane(name=f"{cloud.name}-{Role.target}", url=f"http://127.0.0.1:{app_.endpoint_port + offset}{app_.home_path}", steps=step, marker=app_.marker)
        for cloud in product_clouds(product)
        for app_ in (cloud.app(cloud.proven_app),)
    )
    with LoadRun(LoadPlan(lanes=lanes)) as load:
        yield
        load.stop()
        lost, sentence = traffic_sentence(load.wait().rows)
    print(f"Upgrade under traffic: {sentence}")
    if lost:
        raise Judged(f"The upgrade lost {lost} requests.", hint="./naru evidence events shows what happened then.")


def _show_pods(product: Product) -> None:
    from naru.wiring.clusters import cluster
    from naru.wiring.config import product_clouds

    print()
    for cloud in product_clouds(product):
        for pod in cluster(cloud, Role.target).list("v1", "Pod", cloud.namespace):
            statuses = pod.get("status", {}).get("containerStatuses") or []
            if pod["status"].get("phase") != "Running":
                continue
            ready = sum(bool(status["ready"]) for status in statuses)
            restarts = sum(status["restartCount"] for status in statuses)
            print(f"{cloud.name:<9} {pod['metadata']['name']:<44} {ready}/{len(statuses)}   Running   {restarts}")
