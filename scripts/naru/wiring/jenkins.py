"""Jenkins: definitions of this clone, rendered, and the controller that the environment names."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from naru.core.jobs_forms import in_form
from naru.core.jobs_lint import lint
from naru.core.jobs_ownership import marked
from naru.edge.files import write_durably
from naru.edge.jenkins import JenkinsBuilds, JenkinsJobs
from naru.edge.jenkins_http import JenkinsHttp
from naru.edge.job_builder import render
from naru.edge.job_files import JobFiles
from naru.edge.state_dir import StateDir
from naru.errors import Missing
from naru.model.jobs import JobForm, LintFault, ProductFacts, RenderedJob
from naru.model.product import Product
from naru.wiring.base import CLONE
from naru.wiring.config import load_product


def product_facts(product: Product) -> ProductFacts:
    """What lint and renderer need of a product."""
    marks = sorted({mark for line in product.lines for mark in line.marks})
    return ProductFacts(
        name=product.name,
        parameters=tuple(parameter.name for parameter in product.parameters),
        lines=tuple(line.name for line in product.lines),
        marked={mark: tuple(line.name for line in product.lines if mark in line.marks) for mark in marks},
    )


def lint_jobs(product: str, root: Path = CLONE) -> tuple[LintFault, ...]:
    """Every fault of the clone's job definitions."""
    files = JobFiles(root)
    return lint(files.defaults(), files.definitions(), files.scripts(), product_facts(load_product(product, root)))


def render_jobs(product: str, form: JobForm, *, repository: str = "", root: Path = CLONE) -> tuple[RenderedJob, ...]:
    """The clone's jobs as XML with our ownership mark; raises Missing that names the first lint fault."""
    facts = product_facts(load_product(product, root))
    files = JobFiles(root)
    faults = lint(files.defaults(), files.definitions(), files.scripts(), facts)
    if faults:
        raise Missing(f"{faults[0].file} line {faults[0].line}: {faults[0].sentence}", hint="./naru jobs lint lists every fault.")
    variables = facts.variables() | ({"naru_repository": repository} if repository else {})

    def shape(data: dict[str, Any]) -> dict[str, Any]:
        return in_form(data, form, clone=str(root))

    def describe(text: str, source: str) -> str:
        return marked(text, owner=facts.name, source=source)

    return render(root, files.defaults(), files.definitions(), variables=variables, shape=shape, describe=describe)


def job_server() -> JenkinsJobs:
    """The controller's job definitions."""
    return JenkinsJobs(JenkinsHttp.from_environment())


def build_server() -> JenkinsBuilds:
    """The controller's queue, builds and consoles."""
    return JenkinsBuilds(JenkinsHttp.from_environment())


def backup_job(name: str, xml: str) -> str:
    """Keep a job's XML in the state folder, named by its hash; the path is returned."""
    digest = hashlib.sha256(xml.encode()).hexdigest()[:12]
    safe = name.replace("/", "__")
    path = StateDir.from_environment().folder("job-backups", safe) / f"{digest}.xml"
    if not path.exists():
        write_durably(path, xml.encode(), mode=0o600)
    return str(path)
