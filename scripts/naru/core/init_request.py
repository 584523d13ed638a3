"""What `init` is told: checked before anything is made of it. Every fault names the flag to give."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from naru.errors import Malformed

NAME = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?", re.ASCII)
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?", re.ASCII)
LINE = re.compile(r"[0-9][0-9a-z]*(\.[0-9a-z]+){0,4}", re.ASCII)
PATH = re.compile(r"/[!-~]{0,199}", re.ASCII)
LONGEST_FOLDER = 42
"""`verify-FOLDER-control-plane` is a host's name, which has 63 characters at most."""


@dataclass(frozen=True)
class CloudAnswer:
    """One cloud by its short name (`naver`), and its registry where that is known."""

    name: str
    host: str = ""


@dataclass(frozen=True)
class NewApp:
    """A workload that is written from flags, where no manifests exist."""

    port: int
    kind: str = "Deployment"
    volume: str = ""
    """Mount path of its data; empty means none."""
    size: str = "1Gi"
    replicas: int = 2


@dataclass(frozen=True)
class InitRequest:
    """All answers; what is empty is not known and becomes a marked value."""

    name: str
    clouds: tuple[CloudAnswer, ...]
    title: str = ""
    source: str = ""
    branch: str = "main"
    config: str = ""
    release_registry: str = ""
    lines: tuple[str, ...] = ("1.0",)
    namespace: str = ""
    build: tuple[str, ...] = ()
    containerfile: str = "Containerfile"
    base: str = ""
    home: str = "/"
    health: str = ""
    markers: Mapping[str, str] = field(default_factory=dict)
    """App → text on its home page; the empty name stands for every app."""
    own_images: tuple[str, ...] = ()
    """Images that this product builds; empty leaves it to a guess."""
    proven_app: str = ""
    app: NewApp | None = None

    @property
    def base_folder(self) -> str:
        """Folder in overlays/ of what is the same in every cloud."""
        return f"{self.name}-base"

    def folder(self, cloud: CloudAnswer) -> str:
        """Folder in overlays/, and name, of one cloud: several products may share a clone."""
        return f"{self.name}-{cloud.name}"


def clouds_from(words: Sequence[str]) -> tuple[CloudAnswer, ...]:
    """`naver` or `naver=registry.example.com`, in the order of promotion; raises Malformed."""
    found = []
    for word in words:
        name, _, host = word.partition("=")
        if not NAME.fullmatch(name):
            raise Malformed(f"--cloud '{word[:60]}' is not NAME or NAME=REGISTRY-HOST.", hint="A name has lower case letters, digits and hyphens.")
        if host and not HOST.fullmatch(host):
            raise Malformed(f"--cloud {name}: '{host[:60]}' is not the host of a registry.", hint="Write it like registry.example.com or host:5000.")
        found.append(CloudAnswer(name, host))
    if len({cloud.name for cloud in found}) != len(found):
        raise Malformed("A cloud is given twice.", hint="Give each --cloud once.")
    return tuple(found)


def markers_from(words: Sequence[str]) -> dict[str, str]:
    """`TEXT` for every app, or `APP=TEXT` for one; raises Malformed for an empty text."""
    found: dict[str, str] = {}
    for word in words:
        app, equals, text = word.partition("=")
        named = bool(equals) and NAME.fullmatch(app) is not None
        found[app if named else ""] = text if named else word
    if not all(text.strip() and text.isprintable() and len(text) <= 200 for text in found.values()):
        raise Malformed("--marker is a text of 1 to 200 characters that the home page shows.")
    return found


def checked(request: InitRequest) -> InitRequest:
    """The request as given; raises Malformed for the first value that cannot be."""
    paths = (("--home", request.home), ("--health", request.health or "/"), ("--volume", (request.app and request.app.volume) or "/"))
    faults = [
        (not NAME.fullmatch(request.name), f"--name '{request.name[:60]}' cannot be a product's name: up to 30 lower case letters, digits, hyphens"),
        (request.namespace != "" and not NAME.fullmatch(request.namespace), f"--namespace '{request.namespace[:60]}' is not a namespace's name"),
        (not request.lines, "--line is not given"),
        *((not LINE.fullmatch(line), f"--line '{line[:40]}' is not a release line such as 1.0") for line in request.lines),
        *((not PATH.fullmatch(path), f"{flag} '{path[:60]}' is not a path that begins with /") for flag, path in paths),
        *((len(request.folder(cloud)) > LONGEST_FOLDER, f"'{request.folder(cloud)}' is too long for a cluster's name ({LONGEST_FOLDER} at most)")
          for cloud in request.clouds),
        *((not text.isprintable() or len(text) > 400, f"{flag} has characters that are not allowed, or more than 400")
          for flag, text in _texts(request)),
        *_app_faults(request.app),
    ]
    for is_fault, sentence in faults:
        if is_fault:
            raise Malformed(f"{sentence}.")
    return request


def _texts(request: InitRequest) -> list[tuple[str, str]]:
    single = [("--title", request.title), ("--source", request.source), ("--branch", request.branch), ("--config", request.config),
              ("--release-registry", request.release_registry), ("--containerfile", request.containerfile), ("--base", request.base)]
    return [*single, *(("--build", word) for word in request.build), *(("--own-image", image) for image in request.own_images)]


def _app_faults(app: NewApp | None) -> list[tuple[bool, str]]:
    if app is None:
        return []
    return [
        (not 1 <= app.port <= 65_535, f"--port {app.port} is not a port"),
        (app.kind not in {"Deployment", "StatefulSet"}, f"--workload '{app.kind[:40]}' is neither Deployment nor StatefulSet"),
        (not re.fullmatch(r"[1-9][0-9]{0,4}(Mi|Gi|Ti)", app.size), f"--volume-size '{app.size[:20]}' is not a size such as 1Gi"),
        (not 1 <= app.replicas <= 100, f"--replicas {app.replicas} is not between 1 and 100"),
        (bool(app.volume) and app.kind != "StatefulSet", "--volume needs --workload StatefulSet, whose pods each have a volume of their own"),
    ]
