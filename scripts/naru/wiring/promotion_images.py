"""The release registry and a cloud's own registry, as promotion speaks to them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from naru.core.config_file import parse_config
from naru.edge.registry import Registry
from naru.edge.stand_ins import login_file
from naru.errors import Missing
from naru.model.cloud import CloudConfig
from naru.model.release import Image
from naru.model.sandbox import Sandbox
from naru.wiring.base import CLONE, state_dir


class ImageStore(Protocol):
    """What is needed of edge/registry.py."""

    def digest_of(self, reference: str) -> str | None:
        """Digest of what the reference leads to, or None."""
        ...


@dataclass(frozen=True)
class ReleaseSide:
    """The release registry at `address`."""

    registry: ImageStore
    address: str

    def digest_of(self, image: Image) -> str | None:
        """What the image's tag leads to."""
        return self.registry.digest_of(f"{self.address}/{image.repository}:{image.tag}")


@dataclass(frozen=True)
class CloudSide:
    """A cloud's registry at `address`, filled from the release registry."""

    registry: Registry
    address: str
    source: Registry
    source_address: str

    def digest_of(self, image: Image) -> str | None:
        """What the image's tag leads to."""
        return self.registry.digest_of(f"{self.address}/{image.repository}:{image.tag}")

    def has(self, image: Image) -> bool:
        """True if the digest can be pulled."""
        return self.registry.digest_of(f"{self.address}/{image.repository}@{image.digest}") is not None

    def copy_image(self, image: Image) -> str:
        """By digest out of the release registry, under the image's tag into the cloud's."""
        return self.registry.copy_in(
            f"{self.source_address}/{image.repository}@{image.digest}", f"{self.address}/{image.repository}:{image.tag}",
            source_access=self.source,
        )


def cloud_registry(cloud: CloudConfig) -> tuple[str, Registry]:
    """(address, way in) of the cloud's registry: its own by the login that cloud.yaml names, or the one that plays it."""
    if cloud.target is not None or cloud.registry.credential_env:
        login = os.environ.get(cloud.registry.credential_env, "")
        if not login:
            raise Missing(f"{cloud.registry.credential_env or 'The registry login'} of {cloud.name} is not set.",
                          hint="It must name the docker auth file of the cloud's registry.")
        return cloud.registry.host, Registry(auth_file=Path(login))
    place = CLONE / "kind" / "sandbox.yaml"
    sandbox = parse_config(place.read_bytes(), Sandbox, "kind/sandbox.yaml")
    if cloud.name not in sandbox.target_registries:
        raise Missing(f"kind/sandbox.yaml has no registry that plays the one of {cloud.name}.", hint="Enter it under target_registries.")
    return sandbox.target_registries[cloud.name].address, Registry(auth_file=login_file(state_dir(), cloud.name))
