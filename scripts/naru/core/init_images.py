"""Which images of the found workloads the product builds itself, and which come from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from naru.core.workloads import containers, named
from naru.errors import Malformed

WELL_KNOWN = frozenset({
    "postgres", "postgresql", "mysql", "mariadb", "redis", "valkey", "memcached", "mongo", "mongodb", "rabbitmq", "kafka", "zookeeper",
    "elasticsearch", "opensearch", "nginx", "httpd", "haproxy", "traefik", "envoy", "busybox", "alpine", "debian", "ubuntu", "curl",
    "minio", "etcd", "consul", "vault", "keycloak", "grafana", "prometheus", "fluentd", "fluent-bit", "kubectl", "tomcat", "node", "python",
})
"""Last words of images that nobody builds as a product of their own."""

_HOST = re.compile(r"localhost|[^/]*[.:][^/]*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ImageRef:
    """One image as manifests name it."""

    full: str
    """Host and repository, without tag and digest: what kustomize calls its name."""
    tag: str = ""
    digest: str = ""

    @property
    def repository(self) -> str:
        """Without host."""
        host, slash, rest = self.full.partition("/")
        return rest if slash and _HOST.fullmatch(host) else self.full

    @property
    def last(self) -> str:
        """The last word of the repository."""
        return self.full.rpartition("/")[2]


@dataclass(frozen=True)
class OwnImage:
    """An image of the product."""

    name: str
    repository: str
    ref: ImageRef


def image_ref(text: str) -> ImageRef:
    """`registry.example.com:5000/team/shop:1.2@sha256:…` taken apart."""
    name, _, digest = text.partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return ImageRef(head + slash + last, tag, digest)


def images_of(objects: Iterable[dict[str, Any]]) -> dict[str, ImageRef]:
    """Every image of the workloads, by full name; raises Malformed for one that has no name."""
    found: dict[str, ImageRef] = {}
    for obj in objects:
        for container in containers(obj):
            text = str(container.get("image") or "")
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,400}", text, re.ASCII):
                raise Malformed(f"{named(obj)}: the image '{text[:60]}' of container '{str(container.get('name'))[:60]}' is not the name of an image.")
            ref = image_ref(text)
            if ref.full not in found or (ref.digest and not found[ref.full].digest):
                found[ref.full] = ref
    return found


def own_images(product: str, objects: Sequence[dict[str, Any]], wanted: Sequence[str]) -> tuple[OwnImage, ...]:
    """The images that this product builds: those that `wanted` names, else a guess by main containers."""
    every = images_of(objects)
    if wanted:
        chosen = [_chosen(word, every) for word in wanted]
    else:
        main = [image_ref(str(containers(obj, init=False)[0]["image"])).full for obj in objects if containers(obj, init=False)]
        likely = [every[full] for full in dict.fromkeys(main) if every[full].last not in WELL_KNOWN]
        # A digest among tags is a sign of an image from elsewhere; where all have one, it is the custom of the place.
        chosen = [ref for ref in likely if not ref.digest] or likely
    return tuple(_named_once(product, chosen))


def foreign_images(objects: Sequence[dict[str, Any]], own: Sequence[OwnImage]) -> tuple[ImageRef, ...]:
    """Images that come from elsewhere and that the manifests name without a digest."""
    mine = {image.ref.full for image in own}
    return tuple(ref for full, ref in sorted(images_of(objects).items()) if full not in mine and not _DIGEST.fullmatch(ref.digest))


def _chosen(word: str, every: dict[str, ImageRef]) -> ImageRef:
    found = [ref for ref in every.values() if word in {ref.full, ref.repository, ref.last}]
    if len(found) != 1:
        raise Malformed(f"--own-image '{word[:60]}' means {len(found)} of the images there are.", hint=f"Found: {', '.join(sorted(every))[:400]}.")
    return found[0]


def _named_once(product: str, refs: Sequence[ImageRef]) -> Iterable[OwnImage]:
    taken: set[str] = set()
    for ref in refs:
        name = _name(ref.last)
        if name in taken:
            name = _name(ref.repository.replace("/", "-"))
        taken.add(name)
        repository = ref.repository if "/" in ref.repository else f"{product}/{ref.repository}"
        yield OwnImage(name, repository.lower(), ref)


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9.-]", "-", text.lower())[:63].strip(".-") or "app"
