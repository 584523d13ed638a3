"""Jenkins Job Builder as a library: definition files in, XML out. Never contacts a server, keeps nothing.

Its own faults (it calls sys.exit nowhere here, but raises its exceptions with positions) become Missing.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from naru.errors import Missing
from naru.model.jobs import JobFile, RenderedJob, XmlNode

Describe = Callable[[str, str], str]
"""(description, source file) → description with the ownership mark."""

Shape = Callable[[dict[str, Any]], dict[str, Any]]
"""The job's data as defined → the data in the wanted form."""

MAX_XML = 4 * 1024 * 1024


def render(
    root: Path, defaults: JobFile, files: tuple[JobFile, ...], *, variables: dict[str, Any], shape: Shape, describe: Describe
) -> tuple[RenderedJob, ...]:
    """The jobs of `files`, in their order; raises Missing with the file where the renderer refuses one."""
    with _quiet():
        renderer = _Renderer(root, defaults, variables, shape, describe)
        return tuple(job for file in files for job in renderer.file(file))


class _Renderer:
    """One configured renderer, file after file."""

    def __init__(self, root: Path, defaults: JobFile, variables: dict[str, Any], shape: Shape, describe: Describe) -> None:
        from jenkins_jobs.config import JJBConfig
        from jenkins_jobs.registry import ModuleRegistry

        self._config = JJBConfig("/dev/null")
        self._config.validate()
        self._registry = ModuleRegistry(self._config, {})
        self._root, self._defaults, self._variables = root, defaults, variables
        self._shape, self._describe = shape, describe

    def file(self, file: JobFile) -> Iterator[RenderedJob]:
        """The jobs of one file; raises Missing with the renderer's reason."""
        from jenkins_jobs.errors import JenkinsJobsException

        try:
            yield from self._jobs(file)
        except (JenkinsJobsException, IndexError, KeyError, TypeError, AttributeError, ValueError) as error:
            # A bare IndexError is what single braces give.
            text = " ".join(str(error).split()) or type(error).__name__
            raise Missing(f"{file.path} cannot be rendered: {text[:300]}.", hint="Run ./naru jobs lint.") from None

    def _jobs(self, file: JobFile) -> Iterator[RenderedJob]:
        from jenkins_jobs.loader import load_files
        from jenkins_jobs.roots import Roots
        from jenkins_jobs.xml_config import XmlJobGenerator

        roots = Roots(self._config)
        load_files(self._config, roots, [self._root / self._defaults.path, self._root / file.path])
        for default in roots.defaults.values():
            default.params.update(self._variables)
        jobs = roots.generate_jobs()
        for job in jobs:
            job.data = job.data.copy_with(self._shape(dict(job.data)))
        self._registry.amend_job_dicts(jobs)
        for rendered in XmlJobGenerator(self._registry).generateXML(jobs):
            yield RenderedJob(name=rendered.name, source=file.path, xml=_described(rendered.output(), file.path, self._describe))


def _described(xml: bytes, source: str, describe: Describe) -> str:
    root = ET.fromstring(xml)  # noqa: S314 (our own renderer's output)
    node = root.find("description")
    if node is None:
        node = ET.SubElement(root, "description")
    node.text = describe(node.text or "", source)
    ET.indent(root)
    return "<?xml version='1.0' encoding='UTF-8'?>\n" + ET.tostring(root, encoding="unicode") + "\n"


def parse_xml(text: str) -> XmlNode:
    """A job's XML as plain nodes; raises Missing for what is no XML, is too large or declares entities."""
    if len(text) > MAX_XML or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Missing("The server's XML of the job is too large or declares entities; it was not read.")
    body = text.split("?>", 1)[1] if text.lstrip().startswith("<?xml") else text  # servers say 1.1, the parser knows 1.0
    try:
        return _node(ET.fromstring(body.strip()))  # noqa: S314 (entities are refused above)
    except ET.ParseError as error:
        raise Missing(f"The server's XML of the job does not parse: {error}.") from None


def _node(element: ET.Element) -> XmlNode:
    return XmlNode(
        tag=element.tag, text=(element.text or "").strip(), attributes=dict(element.attrib),
        children=tuple(_node(child) for child in element),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """The library logs and warns about its own configuration file; that is no news here."""
    logger = logging.getLogger("jenkins_jobs")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)
