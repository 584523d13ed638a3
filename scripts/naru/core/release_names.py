"""From parameters to version and tag, and back from a tag: every value checked before anything is done with it.

A value is first capped in length, then held to printable ASCII, then matched in full against its pattern. What Git
itself accepts as a name is no filter: it takes `v1;touch x`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from naru.errors import Malformed, Missing
from naru.model.product import Line, Parameter, Product

MAX_TAG = 200
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}", re.ASCII)
"""What a version, a line and a tag may look like at all, whatever the product file says."""

IMAGE_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
"""What a registry takes as a tag."""


@dataclass(frozen=True)
class Names:
    """One release's names."""

    parameters: dict[str, str]
    line: Line
    version: str
    tag: str


def names_from_parameters(product: Product, raw: Mapping[str, str]) -> Names:
    """Version and tag of the parameters' values; raises Malformed for a bad value, Missing for an unknown line."""
    parameters = {parameter.name: checked_value(parameter, raw.get(parameter.name)) for parameter in product.parameters}
    line = _line(product, parameters)
    values = {**line.fields, **parameters}
    version = _filled(product.tags.version, values, product, "tags.version")
    tag = _filled(product.tags.make, values, product, "tags.make")
    _check_forms(product, version, tag)
    if read_tag(product, tag) != values:
        raise Missing(
            f"The tag {tag} does not read back as its parameters.", hint=f"Mend tags.read in the product file of {product.name}."
        )
    return Names(parameters, line, version, tag)


def names_from_tag(product: Product, tag: str) -> Names:
    """The release that a pushed tag means; raises Malformed for hostile text, Missing for a tag that means none."""
    checked_name(tag, "tag", MAX_TAG)
    values = read_tag(product, tag)
    if values is None:
        raise Missing(f"The tag {tag} is no release tag of {product.name}.", hint=f"They look like {product.tags.make}.")
    names = names_from_parameters(product, {p.name: values.get(p.name, "") for p in product.parameters})
    if names.tag != tag:
        raise Missing(f"The tag {tag} should be called {names.tag} by the product file.", hint="Push it by that name.")
    return names


def tag_message(product: Product, version: str) -> str:
    """The annotated tag's message: of fixed values only, so that the object is the same each time."""
    return f"{product.title['en']} {version}"


def read_tag(product: Product, tag: str) -> dict[str, str] | None:
    """The named values in a tag's name, or None where it is no release tag of this product."""
    if len(tag) > MAX_TAG or NAME.fullmatch(tag) is None:
        return None
    for pattern in product.tags.read:
        found = re.fullmatch(pattern, tag, re.ASCII)
        if found is not None:
            return {name: value for name, value in found.groupdict().items() if value is not None}
    return None


def version_of(product: Product, values: Mapping[str, str]) -> str | None:
    """The version that a tag's values mean, or None where some are missing."""
    try:
        return product.tags.version.format_map(dict(values))
    except (KeyError, IndexError, ValueError):
        return None


def line_name(product: Product, values: Mapping[str, str]) -> str | None:
    """The release line that values name (the only one, where no parameter chooses it)."""
    chooser = _chooser(product)
    return values.get(chooser.name) if chooser else product.lines[0].name


def checked_value(parameter: Parameter, value: str | None) -> str:
    """The value of one parameter; raises Malformed that never repeats more than its first characters."""
    if not value:
        raise Malformed(f"{parameter.name} is {'not given' if value is None else 'empty'}.", hint=_expected(parameter))
    checked_name(value, parameter.name, parameter.max_length, hint=_expected(parameter))
    if parameter.kind == "text" and re.fullmatch(parameter.pattern, value, re.ASCII) is None:
        raise Malformed(f"{parameter.name} '{value}' is not of the form {parameter.pattern}.", hint=_expected(parameter))
    return value


def checked_name(value: str, what: str, longest: int, *, hint: str = "") -> str:
    """The value where it is short printable ASCII without anything that a shell, Git or a path takes as special."""
    if len(value) > longest:
        raise Malformed(f"{what} has {len(value)} characters where at most {longest} are allowed.", hint=hint)
    if NAME.fullmatch(value) is None or ".." in value:
        raise Malformed(f"{what} {value[:40]!a} has characters that are not allowed.", hint=hint)
    return value


def _expected(parameter: Parameter) -> str:
    return parameter.description


def _chooser(product: Product) -> Parameter | None:
    return next((parameter for parameter in product.parameters if parameter.kind == "line"), None)


def _line(product: Product, parameters: Mapping[str, str]) -> Line:
    wanted = line_name(product, parameters)
    for line in product.lines:
        if line.name == wanted:
            return line
    raise Missing(
        f"{product.name} has no release line '{wanted}'.", hint=f"Known: {', '.join(line.name for line in product.lines)}."
    )


def _filled(template: str, values: Mapping[str, str], product: Product, where: str) -> str:
    try:
        return template.format_map(dict(values))
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise Missing(
            f"{where} of {product.name} cannot be filled: {error}.", hint=f"Known there: {', '.join(sorted(values))}."
        ) from None


def _check_forms(product: Product, version: str, tag: str) -> None:
    if re.fullmatch(product.tags.version_pattern, version, re.ASCII) is None or IMAGE_TAG.fullmatch(version) is None:
        raise Malformed(f"The version {version[:80]!a} is not of the form {product.tags.version_pattern}.")
    if len(tag) > MAX_TAG or NAME.fullmatch(tag) is None or ".." in tag or tag.endswith((".", ".lock")):
        raise Malformed(f"The tag {tag[:80]!a} has characters that are not allowed.")
