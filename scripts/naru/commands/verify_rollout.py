"""Stage 5: does the release roll out on the verification clusters?"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer

from naru.commands.common import Json, Plan, ProductName, Verbose, Work, checked_cloud, plain_app, print_json
from naru.commands.product_options import product_of
from naru.errors import Judged, Malformed, NaruError
from naru.model.cloud import CloudConfig
from naru.model.evidence import Evidence
from naru.model.product import Product
from naru.model.words import Verdict

app = plain_app()


@app.command()
def verify_rollout(
    *,
    work: Work,
    cloud: Annotated[str, typer.Option("--cloud", help="One cloud.")] = "",
    all_clouds: Annotated[bool, typer.Option("--all", help="Every cloud, side by side.")] = False,
    reuse: Annotated[bool, typer.Option("--reuse", help="Passed evidence of the same subject is enough.")] = False,
    product: ProductName = "khan-monitoring", plan: Plan = False, json: Json = False, verbose: Verbose = False,
) -> None:
    """Apply the rendered release to the verification cluster, watch it, write signed evidence."""
    from naru.wiring.base import release_folder
    from naru.wiring.config import product_clouds

    loaded = product_of(release_folder(work), product)
    clouds = product_clouds(loaded)
    if all_clouds == bool(cloud):
        raise Malformed("Say either --cloud NAME or --all.", hint=f"Known: {', '.join(c.name for c in clouds)}.")
    if cloud:
        name = checked_cloud(cloud, tuple(c.name for c in clouds))
        clouds = tuple(c for c in clouds if c.name == name)
    if plan:
        print_json(_plans(loaded, clouds, work))
        return
    results = _prove(loaded, clouds, work, reuse=reuse, verbose=verbose)
    _tell(results, as_json=json)


def _plans(product: Product, clouds: Sequence[CloudConfig], work: Path) -> list[dict[str, Any]]:
    from naru.steps.verify_rollout import plan_rollout
    from naru.wiring.rollout import SharedRunLog, rollout_ports

    log = SharedRunLog(work / "run.log")
    return [plan_rollout(rollout_ports(product, c, work, log, say=lambda _t: None, look=lambda _j, _s: None), c) for c in clouds]


def _prove(product: Product, clouds: Sequence[CloudConfig], work: Path, *, reuse: bool, verbose: bool) -> list[tuple[str, Evidence]]:
    from naru.commands.pod_view import PodView
    from naru.steps.verify_rollout import verify_rollout as step
    from naru.wiring.rollout import SharedRunLog, rollout_ports

    log = SharedRunLog(work / "run.log")
    with PodView(verbose=verbose) as view, ThreadPoolExecutor(len(clouds)) as pool:
        def one(cloud: CloudConfig) -> tuple[str, Evidence]:
            ports = rollout_ports(product, cloud, work, log, say=lambda text: view.say(cloud.name, text), look=view.looker(cloud.name))
            outcome, evidence = step(ports, cloud, reuse=reuse)
            return outcome.sentence, evidence

        futures = [pool.submit(one, cloud) for cloud in clouds]
    errors = [error for future in futures if isinstance(error := future.exception(), NaruError)]
    if errors:
        raise errors[0]
    return [future.result() for future in futures]


def _tell(results: Sequence[tuple[str, Evidence]], *, as_json: bool) -> None:
    """Print each cloud's answer; raises Judged where one is not passed."""
    if as_json:
        print_json({"clouds": [{"sentence": sentence, **evidence.plain()} for sentence, evidence in results]})
    for sentence, evidence in results:
        if not as_json:
            print(sentence)
            for line in evidence.cause.lines if evidence.cause else ():
                print(f"    {line}")
    bad = [evidence.cloud for _, evidence in results if evidence.verdict is not Verdict.passed]
    if bad:
        raise Judged(f"The rollout is not proven on {', '.join(bad)}.", hint="./naru evidence show --work … tells more.")
