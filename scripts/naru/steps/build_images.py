"""Stage 2: images from a clean export of the tagged commit, reproducibly, with their SBOMs and the build's log.

Images stay on this machine until publish_release: `StateDir.cache("images") / "NAME-HEX"` is an OCI layout of one image,
HEX being the manifest's sha256 (images.json: `digest` without `sha256:`), so `skopeo copy --preserve-digests oci:FOLDER`
pushes exactly that digest. Layouts are safe to delete: the same release builds to the same digests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from naru.core.build_plan import VERSION_ARGUMENT, filled, image_inputs, labels, places
from naru.core.containerfile import check_bases
from naru.errors import Missing, NaruError
from naru.model.base_image import BaseImage
from naru.model.build import BuiltImage, FailureRule, ImageOrder
from naru.model.product import ImageSpec, Product
from naru.model.record import content_hash
from naru.model.release import Image, Images, Release
from naru.steps.base_image import Bases, Definitions, base_if_needed, inputs_of
from naru.steps.build_failure import explained
from naru.steps.build_log import BuildLog
from naru.steps.effects import Effects
from naru.steps.outcome import Outcome
from naru.steps.ports import Folder, Progress, Task

FILE = "images.json"
FAILURE = "build-failure.json"
IMAGE_SECONDS = 600.0


class Source(Protocol):
    """The source repository's private copy."""

    def export(self, commit: str, folder: Path) -> None: ...


class Workshop(Protocol):
    """Where commits are built."""

    def free_bytes(self) -> int: ...

    def opened(self) -> AbstractContextManager[Path]: ...

    def run_build(
        self, argv: Sequence[str], folder: Path, environment: Mapping[str, str], *, timeout: float, on_line: Callable[[str], None]
    ) -> int | None:
        """Effect: runs the product's own command; None where its deadline came."""

    def read_file(self, folder: Path, name: str) -> str | None: ...

    def exists(self, folder: Path, name: str) -> bool: ...

    def settle_times(self, folder: Path, epoch: int) -> None: ...


class Builder(Protocol):
    """The image store of this machine."""

    def find_image(self, name: str, inputs: str) -> BuiltImage | None: ...

    def build_image(self, order: ImageOrder, on_line: Callable[[str], None]) -> BuiltImage:
        """Effect: builds one image into the store."""

    def remember_image(self, name: str, inputs: str, built: BuiltImage) -> None: ...

    def clear(self) -> None: ...


@dataclass(frozen=True)
class BuildTools:
    """Everything outside that the stage needs."""

    source: Callable[[], Source]
    """Opens the repository; called only where something must be built."""
    workshop: Workshop
    builder: Builder
    bases: Bases
    definitions: Definitions
    rules: tuple[FailureRule, ...]
    least_free: int
    """Bytes that must be free before a build begins."""
    cache: Path
    """What `{cache}` stands for in the product file's build environment."""


@dataclass(frozen=True)
class Job:
    """One image with the base and the inputs that decide its bytes."""

    spec: ImageSpec
    base: BaseImage
    inputs: str


def build_images(product: Product, folder: Folder, tools: BuildTools, effects: Effects, progress: Progress) -> Outcome:
    """Write images.json; builds only what no equal inputs gave before."""
    release = folder.read(Release, "release.json")
    with progress.task(f"build {release.version}", total=len(product.images) + 3) as task:
        log = BuildLog(progress, task)
        bases = {name: base_if_needed(name, tools.definitions, tools.bases, effects, log) for name in _base_names(product)}
        jobs = [_job(release, product, spec, bases[spec.base]) for spec in product.images]
        task.advance()
        built = {job.spec.name: tools.builder.find_image(job.spec.name, job.inputs) for job in jobs}
        open_jobs = [job for job in jobs if built[job.spec.name] is None]
        if open_jobs:
            built |= Building(release, product, folder, tools, effects, log, task).run(open_jobs)
            folder.forget(FAILURE)
        images = tuple(_image(release, job, _there(built[job.spec.name]), folder) for job in jobs)
    changed = _write(folder, release, images) or bool(open_jobs)
    return Outcome(changed, _sentence(release, images, len(open_jobs)), {"images": [image.plain() for image in images]})


def plan_images(product: Product, folder: Folder, tools: BuildTools) -> dict[str, Any]:
    """What build_images would do, as plain values; touches nothing."""
    release = folder.read(Release, "release.json")
    values = places(release) | {"cache": str(tools.cache)}
    return {
        "version": release.version, "commit": release.commit,
        "build": list(filled(product.build.command, values, where="build.command")),
        "test": list(filled(product.build.test_command, values, where="build.test_command")),
        "images": [_planned(release, product, spec, tools) for spec in product.images],
    }


def _planned(release: Release, product: Product, spec: ImageSpec, tools: BuildTools) -> dict[str, Any]:
    base = tools.bases.find_base(inputs_of(spec.base, tools.definitions))
    row: dict[str, Any] = {"name": spec.name, "repository": spec.repository, "tag": release.version, "base": spec.base}
    if base is None:
        return {**row, "action": "make the base and build"}
    inputs = image_inputs(release, product, spec, base_digest=base.digest)
    found = tools.builder.find_image(spec.name, inputs)
    row |= {"base_digest": base.digest, "inputs_sha256": inputs}
    return {**row, "action": "nothing", "digest": found.digest} if found else {**row, "action": "build"}


@dataclass(frozen=True)
class Building:
    """One build of one commit: export, build, images, test, in this order; each image is kept once all went well."""

    release: Release
    product: Product
    folder: Folder
    tools: BuildTools
    effects: Effects
    log: BuildLog
    task: Task

    def run(self, jobs: Sequence[Job]) -> dict[str, BuiltImage | None]:
        """Name → image; raises with the cause explained, the log kept either way."""
        self._check_space()
        self.tools.builder.clear()
        try:
            with self.tools.workshop.opened() as place:
                built = self._all(jobs, place)
        except NaruError:
            self.log.keep(self.folder)
            raise
        self.log.keep(self.folder)
        for job in jobs:
            self.tools.builder.remember_image(job.spec.name, job.inputs, built[job.spec.name])
        return dict(built)

    def _all(self, jobs: Sequence[Job], place: Path) -> dict[str, BuiltImage]:
        self.log.heading(f"export of {self.release.commit}")
        self.tools.source().export(self.release.commit, place)
        for job in jobs:
            self._check_containerfile(job.spec, place)
        self._command("build", self.product.build.command, place)
        self._check_outputs(place)
        self.tools.workshop.settle_times(place, self.release.commit_time)
        self.task.advance()
        built = {job.spec.name: self._image(job, place) for job in jobs}
        self._command("test", self.product.build.test_command, place)
        self.task.advance()
        return built

    def _command(self, step: str, words: tuple[str, ...], place: Path) -> None:
        values = places(self.release) | {"cache": str(self.tools.cache)}
        argv = filled(words, values, where=f"{step} command of the product file")
        if not argv:
            return
        names = tuple(self.product.build.environment)
        environment = dict(zip(names, filled(tuple(self.product.build.environment.values()), values, where="environment"), strict=True))
        environment["SOURCE_DATE_EPOCH"] = str(self.release.commit_time)
        seconds = float(self.product.build.timeout_seconds)
        self.log.heading(f"{step}: {' '.join(argv)}")
        status = self.effects.perform(
            step, self.release.commit,
            lambda: self.tools.workshop.run_build(
                argv, place, environment, timeout=seconds, on_line=lambda line: self.log.line(line.replace(f"{place}/", ""))
            ),
        )
        if status != 0:
            self.log.line(f"naru: stopped after {seconds:g} s" if status is None else f"naru: ended with status {status}")
            raise self._explained(step, self.log.since(f"{step}: {' '.join(argv)}"))

    def _image(self, job: Job, place: Path) -> BuiltImage:
        title = f"image {job.spec.name}"
        self.log.heading(title)
        order = ImageOrder(
            name=job.spec.name, context=str(place), containerfile=job.spec.containerfile, base_digest=job.base.digest,
            arguments={VERSION_ARGUMENT: self.release.version}, epoch=self.release.commit_time, timeout_seconds=IMAGE_SECONDS,
            labels=labels(self.release, self.product, job.spec, base_digest=job.base.digest),
        )
        try:
            built = self.effects.perform("build-image", job.spec.name, lambda: self.tools.builder.build_image(order, self.log.line))
        except NaruError as error:
            self.log.line(f"naru: {error.message}")
            raise self._explained(title, self.log.since(title)) from None
        self.task.advance()
        return built

    def _explained(self, step: str, lines: list[str]) -> NaruError:
        return explained(lines, self.tools.rules, self.folder, version=self.release.version, step=step, file=FAILURE)

    def _check_space(self) -> None:
        free = self.tools.workshop.free_bytes()
        if free < self.tools.least_free:
            raise Missing(
                f"Only {free / 1024**3:.1f} GiB of disk are free and a build needs {self.tools.least_free / 1024**3:.0f}; nothing was begun.",
                hint="Run ./naru clean, or point NARU_STATE at a larger disk.",
            )

    def _check_containerfile(self, spec: ImageSpec, place: Path) -> None:
        text = self.tools.workshop.read_file(place, spec.containerfile)
        where = f"{spec.containerfile} of commit {self.release.commit[:12]}"
        if text is None:
            raise Missing(f"{where} is not there.", hint="Correct `containerfile` in the product file, or add the file.")
        check_bases(text, where)

    def _check_outputs(self, place: Path) -> None:
        absent = [name for name in self.product.build.outputs if not self.tools.workshop.exists(place, name)]
        if absent:
            raise Missing(
                f"The build ended well but did not make {', '.join(absent)}.", hint="Correct `build.outputs` or the build command."
            )


def _base_names(product: Product) -> list[str]:
    return list(dict.fromkeys(spec.base for spec in product.images))


def _job(release: Release, product: Product, spec: ImageSpec, base: BaseImage) -> Job:
    return Job(spec, base, image_inputs(release, product, spec, base_digest=base.digest))


def _there(built: BuiltImage | None) -> BuiltImage:
    assert built is not None
    return built


def _image(release: Release, job: Job, built: BuiltImage, folder: Folder) -> Image:
    """The image's row; its SBOM goes into the release folder."""
    from naru.core.sbom import sbom_text

    text = sbom_text(release, job.spec, built, job.base).encode()
    folder.write_raw(f"sbom/{job.spec.name}.cdx.json", text)
    return Image(
        name=job.spec.name, repository=job.spec.repository, tag=release.version, digest=built.digest,
        config_digest=built.config_digest, size=built.size, labels=built.labels,
        sbom_sha256=hashlib.sha256(text).hexdigest(), inputs_sha256=job.inputs,
    )


def _write(folder: Folder, release: Release, images: tuple[Image, ...]) -> bool:
    """Write images.json; what publish_release read back stays as long as the images are the same."""
    old = folder.find(Images, FILE)
    published = old.published if old is not None and old.images == images else None
    document = Images(
        version=release.version, commit=release.commit, images=images, published=published,
        made_from={"release.json": content_hash(release)},
    )
    return folder.write(document, FILE)


def _sentence(release: Release, images: tuple[Image, ...], count: int) -> str:
    names = ", ".join(f"{image.name} {image.digest[7:19]}" for image in images)
    if not count:
        return f"{release.version} is built already: {names}."
    return f"{count} of {len(images)} images of {release.version} built from commit {release.commit[:12]}: {names}."
