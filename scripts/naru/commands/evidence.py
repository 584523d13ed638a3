"""`./naru evidence`: what a release folder's proofs saw, long after the pods are gone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from naru.commands.common import Json, plain_app, print_json
from naru.edge.release_folder import ReleaseFolder
from naru.errors import Judged, Missing
from naru.model.cloud import RolloutLimits
from naru.model.evidence import Evidence
from naru.model.words import Verdict

app = plain_app(no_args_is_help=True, help="show, events, logs, rejudge")

WorkArgument = Annotated[Path, typer.Argument(help="Release folder.", file_okay=False, metavar="WORK")]
Cloud = Annotated[str, typer.Option("--cloud", help="Only this cloud.")]
ProofName = Annotated[str, typer.Option("--proof", help="Only this proof: rollout, scaling, failover.")]


@app.command()
def show(work: WorkArgument, *, cloud: Cloud = "", proof: ProofName = "", json: Json = False) -> None:
    """Verdict, checks and counts of each proof, and whether files and signature are whole."""
    from naru.core.evidence_reading import objects_seen
    from naru.steps.evidence_bundle import raw_of, samples_of

    folder, found = _read(work, cloud, proof)
    if json:
        print_json({"evidence": [e.plain() for e in found]})
        return
    for evidence in found:
        raw = raw_of(folder, evidence)
        print(f"{evidence.proof} on {evidence.cloud}: {evidence.verdict}, {evidence.subject.version}, profile {evidence.profile}, {_signature(work, evidence)}")
        if evidence.cause:
            print("\n".join([f"  cause: {evidence.cause.sentence}", *(f"    {line}" for line in evidence.cause.lines)]))
        for check in evidence.checks:
            print(f"  {_MARK[check.verdict]} {check.name}: {check.sentence}")
        counts = {**evidence.counts, **{f"{kind}s": count for kind, count in objects_seen(samples_of(raw)).items()}}
        print("  seen: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()))


@app.command()
def events(
    work: WorkArgument, *, cloud: Cloud = "", proof: ProofName = "", json: Json = False,
    about: Annotated[str, typer.Option("--about", help="Part of Kind/name.")] = "",
) -> None:
    """The Events in the order in which they came."""
    from naru.core.evidence_reading import event_lines
    from naru.steps.evidence_bundle import raw_of, samples_of

    folder, found = _read(work, cloud, proof)
    lines = [(e, line) for e in found for line in event_lines(samples_of(raw_of(folder, e)), about)]
    if json:
        print_json({"events": [{"cloud": e.cloud, "proof": str(e.proof), **line._asdict()} for e, line in lines]})
        return
    for evidence, line in lines:
        print(f"{evidence.cloud}  {line.text()}")


@app.command()
def logs(
    work: WorkArgument, *, cloud: Cloud = "", proof: ProofName = "", json: Json = False,
    pod: Annotated[str, typer.Option("--pod", help="Name or part of the name of a pod, gone or not.")] = "",
    container: Annotated[str, typer.Option("--container", "-c")] = "",
    until: Annotated[str, typer.Option("--until", help="Up to this time (UTC): 10:42, 10:42:07 or an ISO time.")] = "",
    tail: Annotated[int, typer.Option("--tail", min=0, help="Only the last lines of each; 0 for all.")] = 0,
) -> None:
    """What the containers said, each incarnation by itself."""
    from naru.core.evidence_reading import choose_logs, heading, lines_until
    from naru.steps.evidence_bundle import logs_of, raw_of

    folder, found = _read(work, cloud, proof)
    chosen = [log for e in found for log in choose_logs(logs_of(raw_of(folder, e)), pod, container)]
    if not chosen:
        raise Missing(f"No log of a pod '{pod[:80]}' was recorded.", hint="./naru evidence logs WORK without --pod shows which were.")
    if json:
        print_json({"logs": [{**log.plain(), "text": "\n".join(lines_until(log, until, tail))} for log in chosen]})
        return
    for log in chosen:
        print("\n".join([heading(log), *lines_until(log, until, tail)]))


@app.command()
def rejudge(
    work: WorkArgument, *, cloud: Cloud = "", json: Json = False,
    limits: Annotated[Path | None, typer.Option("--limits", help="cloud.yaml (or its limits.rollout) to judge by.", dir_okay=False)] = None,
) -> None:
    """Judge the recorded rollouts again, offline; exit 1 where the answer is no."""
    from naru.steps.evidence_bundle import raw_of
    from naru.steps.rejudge_rollout import rejudge_rollout

    folder, found = _read(work, cloud, "rollout")
    other = _limits(limits) if limits else None
    results = [(e, rejudge_rollout(e, raw_of(folder, e), other)) for e in found]
    if json:
        print_json({"judgements": [
            {"cloud": e.cloud, "before": str(e.verdict), "verdict": str(j.verdict), "cause": j.cause.plain() if j.cause else None,
             "checks": [check.plain() for check in j.checks]} for e, j in results]})
    else:
        for e, j in results:
            why = f": {j.cause.sentence}" if j.cause else ""
            print(f"{e.cloud}: {j.verdict} (recorded as {e.verdict}){why}")
    if any(j.verdict is not Verdict.passed for _, j in results):
        raise Judged("Judged again, the rollout is not passed everywhere.")


_MARK = {Verdict.passed: "ok  ", Verdict.failed: "FAIL", Verdict.inconclusive: "??  "}


def _read(work: Path, cloud: str, proof: str) -> tuple[ReleaseFolder, list[Evidence]]:
    from naru.steps.evidence_bundle import all_evidence
    from naru.wiring.base import release_folder

    folder = release_folder(work)
    return folder, all_evidence(folder, cloud=cloud, proof=proof)


def _signature(work: Path, evidence: Evidence) -> str:
    from naru.steps.evidence_bundle import signed_by
    from naru.wiring.base import release_folder
    from naru.wiring.rollout import trusted

    return "signed by a trusted key" if signed_by(release_folder(work), evidence, trusted(evidence.subject.product)) else "NOT signed by a trusted key"


def _limits(path: Path) -> RolloutLimits:
    from naru.wiring.rollout import rollout_limits

    return rollout_limits(path)
