"""`naru jobs`: Jenkins jobs from pipelines/, linted, rendered, compared and applied."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from naru.commands.common import Json, finish, plain_app, print_json
from naru.commands.product_options import PASS_ON, OptionalWork, release_work
from naru.core.jobs_description import build_description
from naru.core.jobs_parts import stages_of
from naru.core.jobs_plan import shown
from naru.edge.files import write_durably
from naru.edge.job_builder import parse_xml
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Judged, Missing, NaruError
from naru.model.jobs import JobAction, JobForm, JobPlan, RenderedJob
from naru.steps import jobs as step
from naru.steps.outcome import Outcome
from naru.wiring import jenkins as wiring
from naru.wiring.base import effects, state_dir

app = plain_app(no_args_is_help=True, help="Jenkins jobs: lint, render, plan, apply, adopt, drift.")

Product = Annotated[str, typer.Option("--product", help="Name of a file in pipelines/products; also the mark of ownership.")]
Form = Annotated[JobForm, typer.Option("--form", help="pipeline, freestyle (no Pipeline plugin) or classic (no plugin at all).")]
Repository = Annotated[str, typer.Option("--repository", help="Address of this clone's repository, instead of the one in defaults.yaml.")]
Names = Annotated[list[str] | None, typer.Argument(help="Jobs; all where none is named.")]
DEFAULT = "khan-monitoring"


@app.command("lint")
def lint_command(product: Product = DEFAULT, as_json: Json = False) -> None:
    """Faults that the renderer lets through: unknown keys, schedules, parameters, braces, scripts."""
    faults = wiring.lint_jobs(product)
    if as_json:
        print_json({"faults": [fault.plain() for fault in faults]})
    for fault in faults if not as_json else ():
        print(f"{fault.file}:{fault.line}: {fault.rule}: {fault.sentence}")
    if faults:
        raise Judged(f"{len(faults)} faults in the job definitions.", hint="Mend them; nothing is rendered before.")
    if not as_json:
        print("The job definitions have no fault.")


@app.command("render")
def render_command(
    names: Names = None, *,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for one XML file per job; standard output otherwise.")] = None,
    product: Product = DEFAULT, form: Form = JobForm.pipeline, repository: Repository = "", as_json: Json = False,
) -> None:
    """The jobs as XML, without any server."""
    jobs = _chosen(wiring.render_jobs(product, form, repository=repository), names)
    if as_json:
        print_json({"jobs": [job.plain() for job in jobs]})
        return
    for job in jobs:
        if out is None:
            print(job.xml)
        else:
            ReleaseFolder(out).write_raw(f"{job.name}.xml", job.xml.encode())
    if out is not None:
        print(f"{len(jobs)} jobs rendered into {out}.")


@app.command("plan")
def plan_command(
    names: Names = None, *,
    product: Product = DEFAULT, form: Form = JobForm.pipeline, repository: Repository = "",
    delete: Annotated[bool, typer.Option("--delete", help="Plan to delete jobs that are ours and defined by no file.")] = False,
    as_json: Json = False,
) -> None:
    """What apply would change on the server, job by job and value by value; touches nothing."""
    _, plans = _plans(names, product, form, repository, delete=delete)
    _show(plans, as_json=as_json)


@app.command("apply")
def apply_command(
    names: Names = None, *,
    product: Product = DEFAULT, form: Form = JobForm.pipeline, repository: Repository = "",
    delete: Annotated[bool, typer.Option("--delete", help="Delete jobs that are ours and defined by no file, with their builds.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="As the command plan.")] = False, as_json: Json = False,
) -> None:
    """Create and change our jobs so that they are as defined; a job that is not ours is never touched."""
    rendered, plans = _plans(names, product, form, repository, delete=delete)
    _show(plans, as_json=as_json and plan)
    if not plan:
        finish(_applied(rendered, plans, product), as_json=as_json)


@app.command("adopt")
def adopt_command(
    name: Annotated[str, typer.Argument(help="A job that exists on the server and is defined here.")], *,
    product: Product = DEFAULT, form: Form = JobForm.pipeline, repository: Repository = "",
    plan: Annotated[bool, typer.Option("--plan", help="Show what would change; touch nothing.")] = False, as_json: Json = False,
) -> None:
    """Take over a job that people made by hand: its XML is backed up, its builds stay."""
    rendered, plans = _plans([name], product, form, repository, adopt=frozenset({name}))
    _show(plans, as_json=as_json and plan)
    if not plan:
        finish(_applied(rendered, plans, product), as_json=as_json)


@app.command("drift")
def drift_command(product: Product = DEFAULT, form: Form = JobForm.pipeline, repository: Repository = "", as_json: Json = False) -> None:
    """Exit 1 where a job of ours is not as defined: changed by hand, missing, or left over."""
    _, plans = _plans(None, product, form, repository)
    drifted = [entry for entry in plans if entry.action is not JobAction.keep]
    _show(tuple(drifted), as_json=as_json)
    if drifted:
        raise Judged(f"{len(drifted)} of {len(plans)} jobs are not as defined: {', '.join(entry.name for entry in drifted)}.", hint="./naru jobs apply mends those that are ours.")
    if not as_json:
        print(f"All {len(plans)} jobs are as defined.")


@app.command("stages", context_settings=PASS_ON)
def stages_command(
    context: typer.Context, product: Product = DEFAULT,
    part: Annotated[str, typer.Option("--part", envvar="PART", help="all, release, container or cloud.")] = "all",
    work: OptionalWork = None,
    plan: Annotated[bool, typer.Option("--plan", help="List the commands; run none.")] = False,
) -> None:
    """Run the stages of one part in order, for freestyle jobs; the report is written whatever comes of them."""
    from naru.cli import main
    from naru.wiring.config import load_product

    folder = str(release_work(product, context, work))
    words = [[*stage, "--work", folder] for stage in stages_of(part, load_product(product).clouds)]
    if plan:
        print_json({"part": part, "stages": words})
        return
    code = 0
    for stage in words:
        print(f"--- ./naru {' '.join(stage)}", file=sys.stderr, flush=True)
        code = main(stage)
        if code:
            break
    main(["report", "--notify", "--work", folder])
    raise typer.Exit(code)


@app.command("describe", context_settings=PASS_ON)
def describe_command(context: typer.Context, product: Product = DEFAULT, work: OptionalWork = None) -> None:
    """Write work/description.txt, the line that Jenkins shows beside the build: version and verdicts."""
    from naru.model.evidence import Evidence
    from naru.model.promotion import Promotion
    from naru.model.release import Release

    folder = ReleaseFolder(_release_folder(product, context, work))

    def all_of(kind: type[Evidence | Promotion], pattern: str) -> list[Any]:
        paths = [path for path in sorted(folder.root.glob(pattern)) if not path.name.endswith(".dsse.json")]
        return [folder.read(kind, path.relative_to(folder.root).as_posix()) for path in paths]

    try:
        text = build_description(folder.find(Release, "release.json"), all_of(Evidence, "evidence/*.json"), all_of(Promotion, "promotion/*.json"))
    except Missing as error:
        text = f"the release folder cannot be read: {error.message}"
    write_durably(Path("work") / "description.txt", text.encode() + b"\n")
    print(text)


def _release_folder(product: str, context: typer.Context, work: Path | None) -> Path:
    """The release's folder; one that is not there where the parameters are wrong, since a description must never fail."""
    try:
        return release_work(product, context, work)
    except NaruError:
        return Path("work") / "no-release"


def _plans(
    names: list[str] | None, product: str, form: JobForm, repository: str, *, delete: bool = False, adopt: frozenset[str] = frozenset()
) -> tuple[tuple[RenderedJob, ...], tuple[JobPlan, ...]]:
    rendered = wiring.render_jobs(product, form, repository=repository)
    chosen = _chosen(rendered, names)
    plans = step.plan(wiring.job_server(), rendered, parse_xml, owner=product, delete=delete, adopt=adopt)
    wanted = {job.name for job in chosen}
    return rendered, tuple(entry for entry in plans if names is None or not names or entry.name in wanted)


def _applied(rendered: tuple[RenderedJob, ...], plans: tuple[JobPlan, ...], product: str) -> Outcome:
    door = effects(ReleaseFolder(state_dir().folder("jobs")), "jobs")
    with state_dir().lock("jobs", doing="naru jobs apply"):
        return step.apply(wiring.job_server(), door, plans, rendered, parse_xml, backup=wiring.backup_job, owner=product)


def _chosen(rendered: tuple[RenderedJob, ...], names: list[str] | None) -> tuple[RenderedJob, ...]:
    known = {job.name for job in rendered}
    for name in names or []:
        if name not in known:
            raise Missing(f"No file defines a job '{name[:100]}'.", hint=f"Defined: {', '.join(sorted(known))}.")
    return tuple(job for job in rendered if not names or job.name in names)


def _show(plans: tuple[JobPlan, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"jobs": [entry.plain() | {"seen": ""} for entry in plans]})
        return
    for entry in plans:
        print("\n".join(shown(entry)))
