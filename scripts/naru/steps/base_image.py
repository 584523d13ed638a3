"""The base of an image: found ready, or made from Debian packages, or fetched by its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Protocol

from naru.core.base_image import apt_preferences, base_inputs, is_left_out, lock_differences, read_control
from naru.core.containerfile import check_base_reference
from naru.model.base_image import BaseDefinition, BaseImage
from naru.steps.effects import Effects


class Bases(Protocol):
    """The bases of this machine."""

    def find_base(self, inputs: str) -> BaseImage | None: ...

    def make_base(
        self, definition: BaseDefinition, *, preferences: str, left_out: Callable[[str], bool], on_line: Callable[[str], None]
    ) -> tuple[str, tuple[str, ...]]:
        """Effect: makes the image; gives its digest and each package's control file."""

    def fetch_base(self, reference: str) -> str:
        """Effect: brings the image here; gives its digest."""

    def remember_base(self, base: BaseImage) -> None: ...


class Log(Protocol):
    """Where lines go: a person and the build log."""

    def line(self, text: str) -> None: ...

    def heading(self, text: str) -> None: ...

    def remark(self, text: str) -> None: ...


Definitions = Mapping[str, BaseDefinition]


def inputs_of(base: str, definitions: Definitions) -> str:
    """Hash of what the base is made from; raises Missing where it is neither defined nor named by digest."""
    check_base_reference(base, tuple(definitions))
    return base_inputs(definitions[base]) if base in definitions else hashlib.sha256(base.encode()).hexdigest()


def base_if_needed(base: str, definitions: Definitions, bases: Bases, effects: Effects, log: Log) -> BaseImage:
    """The base, ready on this machine; says so where a package is not there as locked."""
    inputs = inputs_of(base, definitions)
    found = bases.find_base(inputs)
    if found is None:
        log.heading(f"base {base}")
        found = _made(definitions[base], inputs, bases, effects, log) if base in definitions else _fetched(base, inputs, bases, effects)
        bases.remember_base(found)
    for sentence in found.not_as_locked:
        log.remark(f"base {found.name}: {sentence}")
    return found


def _made(definition: BaseDefinition, inputs: str, bases: Bases, effects: Effects, log: Log) -> BaseImage:
    digest, controls = effects.perform(
        "make-base", definition.name,
        lambda: bases.make_base(
            definition, preferences=apt_preferences(definition),
            left_out=lambda path: is_left_out(path, definition.left_out), on_line=log.line,
        ),
    )
    packages = tuple(sorted(map(read_control, controls), key=lambda package: package.name))
    return BaseImage(
        name=definition.name, digest=digest, inputs_sha256=inputs, packages=packages, distro=definition.distro,
        not_as_locked=lock_differences(definition.locked, packages),
    )


def _fetched(base: str, inputs: str, bases: Bases, effects: Effects) -> BaseImage:
    digest = effects.perform("fetch-base", base, lambda: bases.fetch_base(base))
    return BaseImage(name=base, digest=digest, inputs_sha256=inputs)
