"""`./naru init`: product file and overlays for an application that Naru has never seen."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from naru.commands.common import Json, Plan, finish, plain_app, print_json
from naru.core.init_request import InitRequest, NewApp, checked, clouds_from, markers_from
from naru.errors import Malformed, Missing

app = plain_app()
Many = list[str] | None


@dataclass(frozen=True)
class Question:
    """What is asked on a terminal where a flag is not given."""

    flag: str
    text: str
    needed: bool = False


QUESTIONS = {
    "name": Question("--name", "Name of the product (lower case letters, digits, hyphens)", needed=True),
    "cloud": Question("--cloud", "Clouds in the order of promotion, with their registries (naver=registry.example.com, comma separated)", needed=True),
    "source": Question("--source", "Git address of the source repository (empty: fill in later)"),
    "marker": Question("--marker", "A text that the home page shows, and no error page does (empty: fill in later)"),
    "base": Question("--base", "Base image of the Containerfile, HOST/REPOSITORY@sha256:… or a name of pipelines/bases (empty: fill in later)"),
}


@app.command()
def init(
    *,
    name: Annotated[str, typer.Option("--name", help="Name of the product.")] = "",
    cloud: Annotated[Many, typer.Option("--cloud", help="NAME or NAME=REGISTRY-HOST; once for each, in the order of promotion.")] = None,
    from_manifests: Annotated[Path | None, typer.Option("--from-manifests", help="Folder (or file) of the application's manifests.")] = None,
    from_cluster: Annotated[bool, typer.Option("--from-cluster", help="Read a namespace of a cluster; changes nothing there.")] = False,
    kubeconfig: Annotated[Path | None, typer.Option("--kubeconfig", help="For --from-cluster.")] = None,
    namespace: Annotated[str, typer.Option("--namespace", help="Namespace to read, and to live in.")] = "",
    title: Annotated[str, typer.Option("--title", help="What people call the product.")] = "",
    source: Annotated[str, typer.Option("--source", help="Git address of the source repository.")] = "",
    branch: Annotated[str, typer.Option("--branch", help="Branch that releases come from.")] = "main",
    config: Annotated[str, typer.Option("--config", help="Git address of the repository of overlays.")] = "",
    release_registry: Annotated[str, typer.Option("--release-registry", help="HOST[:PORT] of the release registry.")] = "",
    line: Annotated[Many, typer.Option("--line", help="Release line such as 1.0; once for each.")] = None,
    build: Annotated[str, typer.Option("--build", help="Build command, such as 'make dist'; none where the Containerfile does all.")] = "",
    containerfile: Annotated[str, typer.Option("--containerfile", help="Its path in the source repository.")] = "Containerfile",
    base: Annotated[str, typer.Option("--base", help="Base image, HOST/REPOSITORY@sha256:… or a name of pipelines/bases.")] = "",
    home: Annotated[str, typer.Option("--home", help="Path of the home page.")] = "/",
    health: Annotated[str, typer.Option("--health", help="Path of the health page; else from the probes.")] = "",
    marker: Annotated[Many, typer.Option("--marker", help="TEXT or APP=TEXT that the home page shows.")] = None,
    own_image: Annotated[Many, typer.Option("--own-image", help="Image that this product builds; once for each, else guessed.")] = None,
    proven_app: Annotated[str, typer.Option("--proven-app", help="App that scaling and fail-over are proven on.")] = "",
    port: Annotated[int, typer.Option("--port", help="Without manifests: the port that the app listens on.")] = 0,
    workload: Annotated[str, typer.Option("--workload", help="Without manifests: Deployment or StatefulSet.")] = "Deployment",
    volume: Annotated[str, typer.Option("--volume", help="Without manifests: where a StatefulSet's data is mounted.")] = "",
    volume_size: Annotated[str, typer.Option("--volume-size", help="Without manifests: size of that volume.")] = "1Gi",
    replicas: Annotated[int, typer.Option("--replicas", help="Without manifests: number of pods.")] = 2,
    plan: Plan = False,
    as_json: Json = False,
) -> None:
    """Write a product file and overlays; whatever could not be known is marked in them. Never writes over anything."""
    given = _sources(from_manifests, kubeconfig, namespace, port, from_cluster=from_cluster)
    answers = _answered({"name": name, "cloud": cloud or [], "source": source, "marker": marker or [], "base": base}, given)
    new = NewApp(port, workload, volume, volume_size, replicas) if from_manifests is None and not from_cluster else None
    request = InitRequest(
        name=answers["name"], clouds=clouds_from(answers["cloud"]), title=title, source=answers["source"], branch=branch, config=config,
        release_registry=release_registry, lines=tuple(line or ["1.0"]), namespace=namespace, build=_words(build), containerfile=containerfile,
        base=answers["base"], home=home, health=health, markers=markers_from(answers["marker"]), own_images=tuple(own_image or ()),
        proven_app=proven_app, app=new,
    )
    _run(checked(request), from_manifests, kubeconfig if from_cluster else None, plan=plan, as_json=as_json)


def _run(request: InitRequest, manifests: Path | None, kubeconfig: Path | None, *, plan: bool, as_json: bool) -> None:
    from naru.steps.init_config import init_config
    from naru.wiring.base import console
    from naru.wiring.init import init_ports, sources_of

    sources = sources_of(request, manifests, kubeconfig)
    outcome = init_config(init_ports(request, console(quiet=True)), request, sources, plan_only=plan)
    if plan:
        print_json(outcome.plain)
        return
    finish(replace(outcome), as_json=as_json)


def _sources(manifests: Path | None, kubeconfig: Path | None, namespace: str, port: int, *, from_cluster: bool) -> list[str]:
    """Flags that are missing for the source that was chosen; raises Malformed where two are chosen."""
    if (manifests is not None) + from_cluster + bool(port) > 1:
        raise Malformed("--from-manifests, --from-cluster and --port are three ways in; give one of them.")
    if not from_cluster:
        if kubeconfig is not None:
            raise Malformed("--kubeconfig is for --from-cluster.")
        return [] if manifests is not None or port else ["--from-manifests, --from-cluster or --port"]
    if kubeconfig is not None and not kubeconfig.is_file():
        raise Missing(f"{kubeconfig} is not there.", hint="Give the path of a kubeconfig.")
    return [flag for flag, given in (("--kubeconfig", kubeconfig), ("--namespace", namespace)) if not given]


def _answered(answers: dict[str, Any], missing: list[str]) -> dict[str, Any]:
    """The answers, asked for on a terminal; raises Malformed that names the missing flags where there is none."""
    lacking = missing + [question.flag for key, question in QUESTIONS.items() if question.needed and not answers[key]]
    if missing or (lacking and not sys.stdin.isatty()):
        raise Malformed(f"Missing: {', '.join(lacking)}.", hint="Give these flags; on a terminal, what is missing of name and clouds is asked.")
    if sys.stdin.isatty():
        for key, question in QUESTIONS.items():
            if not answers[key]:
                said = _asked(question)
                answers[key] = [word.strip() for word in said.split(",") if word.strip()] if key == "cloud" else ([said] if said else []) if key == "marker" else said
    return answers


def _asked(question: Question) -> str:
    while True:
        said = str(typer.prompt(question.text, default="", show_default=False, err=True)).strip()
        if said or not question.needed:
            return said


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise Malformed(f"--build '{text[:60]}' is not a command: {error}.") from None
