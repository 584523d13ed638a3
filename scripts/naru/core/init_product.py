"""The product file as text: who, from where, how a version becomes a tag, how it is built, and where it goes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from naru.core.init_base import ZEROS
from naru.core.init_images import OwnImage
from naru.core.init_marks import UNKNOWN_HOST, marked
from naru.core.init_request import InitRequest
from naru.core.yaml_text import quoted, scalar, yaml_text

SANDBOX = "sandbox:"
LINE_FORM = r"[0-9][0-9a-z]*(\.[0-9a-z]+){0,4}"
BUILD_NOTE = """\
# {version}, {tag}, {commit}, {commit_time} (seconds), {cache} and the parameters are filled in; no command means that the
# Containerfile alone makes the image.
"""
NUMBER_FORM = "[1-9][0-9]{0,5}"
VERSION_FORM = LINE_FORM + r"\." + NUMBER_FORM


def product_yaml(request: InitRequest, own: Sequence[OwnImage]) -> str:
    """pipelines/products/NAME.yaml; passes the parser as it stands."""
    title = request.title or request.name
    return "".join([
        f"# What is released as {request.name}, and how. Faults are told with this file's line:\n# {next_command(request)}\n",
        "schema_number: 1\n", yaml_text({"name": request.name, "title": {"en": title, "ko": title}}), "\n",
        _source(request),
        _config(request),
        f"release_registry: {scalar(request.release_registry or SANDBOX)}\n",
        f"release_registry_env: {_variable(request, 'REGISTRY_LOGIN')}\n" if request.release_registry else "", "\n",
        "# Jenkins parameters, by these names; on the command line --release-line and --build-number.\n",
        yaml_text({"parameters": [
            {"name": "RELEASE_LINE", "kind": "line", "description": "Release line, one of those below."},
            {"name": "BUILD_NUMBER", "kind": "text", "pattern": NUMBER_FORM, "max_length": 6,
             "description": f"Number of this release on its line, digits only (7 gives {request.lines[0]}.7)."},
        ]}), "\n",
        yaml_text({"lines": [{"name": line} for line in request.lines]}), "\n",
        _tags(request), "\n",
        _build(request), "\n",
        "images:\n", *(_image(request, image) for image in own), "\n",
        "# In the order of promotion.\n", yaml_text({"clouds": [request.folder(cloud) for cloud in request.clouds]}), "\n",
        yaml_text({"evidence_age_hours": 24, "trusted_keys": ["sandbox"]}), "\n",
        "# Who may approve, waive, hold, freeze and abort, each by a signature; a key is a public ed25519 key, or `sandbox`.\n",
        "people:\n  release.manager:\n",
        marked(f"    email: {scalar(f'release.manager@{UNKNOWN_HOST}')}", "who answers for releases"), "\n    key: sandbox\n",
    ])


def next_command(request: InitRequest) -> str:
    """The command to type when everything is filled in: it names the first release and touches nothing."""
    return f"./naru tag-release --product {request.name} --release-line {request.lines[0]} --build-number 1 --plan"


def _source(request: InitRequest) -> str:
    url = f"  url: {scalar(request.source or f'ssh://git@git.{UNKNOWN_HOST}/{request.name}.git')}"
    login = "" if request.source == SANDBOX else f"  credential_env: {_variable(request, 'SOURCE_KEY')}\n"
    shown = url if request.source else marked(url, "the Git repository that the product is built from")
    return f"source:\n{shown}\n  branch: {scalar(request.branch)}\n{login}"


def _config(request: InitRequest) -> str:
    url = request.config or SANDBOX
    login = "" if url == SANDBOX else f"  credential_env: {_variable(request, 'CONFIG_KEY')}\n"
    return f"# The repository of overlays/; `{SANDBOX}` is one on this machine, made from this clone.\nconfig:\n  url: {scalar(url)}\n  branch: main\n{login}"


def _tags(request: InitRequest) -> str:
    read = rf"{re.escape(request.name)}-(?P<RELEASE_LINE>{LINE_FORM})-(?P<BUILD_NUMBER>{NUMBER_FORM})"
    return (
        f"tags:\n  make: {quoted(request.name + '-{RELEASE_LINE}-{BUILD_NUMBER}')}\n  read:\n    - {quoted(read)}\n"
        f"  version: {quoted('{RELEASE_LINE}.{BUILD_NUMBER}')}\n  version_pattern: {quoted(VERSION_FORM)}\n"
    )


def _build(request: InitRequest) -> str:
    return BUILD_NOTE + yaml_text({"build": {"command": list(request.build)}})


def _image(request: InitRequest, image: OwnImage) -> str:
    base = f"    base: {scalar(request.base or f'registry.{UNKNOWN_HOST}/base@{ZEROS}')}"
    why = "the image that ${BASE} of the Containerfile stands for: HOST/REPOSITORY@sha256:…, or a name of pipelines/bases"
    return (
        f"  - name: {scalar(image.name)}\n    repository: {scalar(image.repository)}\n    containerfile: {scalar(request.containerfile)}\n"
        f"{base if request.base else marked(base, why)}\n"
    )


def _variable(request: InitRequest, what: str) -> str:
    return f"NARU_{request.name.upper().replace('-', '_')}_{what}"
