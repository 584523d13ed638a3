"""Stage 3: the tag to the source repository, the images to the release registry, both read back.

Order: look at everything; the images' content by digest, which nobody sees yet; the tag, create-only, which decides
between two that race; the images' tags. So a stop in the middle leaves nothing that looks published and is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from naru.core.release_names import tag_message
from naru.errors import Conflict, Judged, Missing
from naru.model.product import Product
from naru.model.release import Image, Images, Published, Release
from naru.steps.effects import Effects
from naru.steps.outcome import Outcome
from naru.steps.ports import Folder, Progress

FILE = "images.json"
PEELED = "^{}"


class TagRepo(Protocol):
    """The source repository."""

    @property
    def where(self) -> str: ...

    def ls_remote(self, *patterns: str) -> dict[str, str]: ...

    def make_tag(self, name: str, commit: str, message: str, *, when: int) -> str: ...

    def push_create_only(self, ref: str, oid: str) -> bool:
        """Effect: create the ref on the remote."""


class ImageRegistry(Protocol):
    """The release registry."""

    def digest_of(self, reference: str) -> str | None: ...

    def copy_in(self, source: str, reference: str) -> str:
        """Effect: copy an image into the registry, digests kept."""


class Ledger(Protocol):
    """Which tags we sent out."""

    def pushed(self, repository: str, tag: str) -> str | None: ...

    def note(self, repository: str, tag: str, oid: str, what: str) -> None: ...


@dataclass(frozen=True)
class PublishPorts:
    """What publishing needs."""

    repo: TagRepo
    registry: ImageRegistry
    ledger: Ledger
    effects: Effects
    progress: Progress
    layout: Callable[[Image], str]
    """Where build_images left an image, as skopeo names it (`oci:FOLDER`)."""


@dataclass(frozen=True)
class PublishPlan:
    """What is not out yet."""

    push_tag: bool
    push_content: tuple[Image, ...]
    push_image_tags: tuple[Image, ...]

    @property
    def empty(self) -> bool:
        """True where everything is out."""
        return not (self.push_tag or self.push_content or self.push_image_tags)


def publish_release(product: Product, address: str, ports: PublishPorts, folder: Folder) -> Outcome:
    """Push what is missing to the registry at `address` and to the source, read back, write images.json."""
    release, images = read_inputs(product, folder)
    plan = plan_publish(release, images, address, ports)
    if not plan.empty:
        _push(product, release, address, plan, ports)
    published = read_back(release, images, address, ports)
    changed = folder.write(images.model_copy(update={"published": published}), FILE)
    return _outcome(release, images, address, changed=changed or not plan.empty)


def _push(product: Product, release: Release, address: str, plan: PublishPlan, ports: PublishPorts) -> None:
    with ports.progress.task("Publishing", total=_steps(plan)) as task:
        for image in plan.push_content:
            task.say(f"{image.name} ({image.size / 1e6:.0f} MB)")
            _push_content(image, address, ports)
            task.advance()
        if plan.push_tag:
            task.say(f"tag {release.tag}")
            _push_tag(product, release, ports)
            task.advance()
        for image in plan.push_image_tags:
            task.say(f"{image.name}:{image.tag}")
            _push_image_tag(image, address, ports)
            task.advance()


def read_inputs(product: Product, folder: Folder) -> tuple[Release, Images]:
    """release.json and images.json; raises Missing where they do not belong together."""
    release, images = folder.read(Release, "release.json"), folder.read(Images, FILE)
    if (images.version, images.commit) != (release.version, release.commit):
        raise Missing(
            f"images.json is of {images.version} at {images.commit[:12]}, release.json of {release.version} at "
            f"{release.commit[:12]}.", hint="Run ./naru build-images again.",
        )
    wanted = {spec.name: spec.repository for spec in product.images}
    if {image.name: image.repository for image in images.images} != wanted:
        raise Missing("images.json does not list the product's images.", hint="Run ./naru build-images again.")
    return release, images


def plan_publish(release: Release, images: Images, address: str, ports: PublishPorts) -> PublishPlan:
    """What is missing; raises Conflict where the tag or an image tag holds something else. Changes nothing."""
    push_tag = not _tag_is_out(release, ports)
    untagged = tuple(image for image in images.images if not _image_is_out(image, address, ports))
    absent = tuple(image for image in untagged if ports.registry.digest_of(_by_digest(image, address)) is None)
    return PublishPlan(push_tag, absent, untagged)


def read_back(release: Release, images: Images, address: str, ports: PublishPorts) -> Published:
    """What the remote and the registry hold now; raises Judged where it is not what was sent."""
    ref = f"refs/tags/{release.tag}"
    found = ports.repo.ls_remote(ref)
    commit = found.get(ref + PEELED, found.get(ref))
    if found.get(ref) != release.tag_object or commit != release.commit:
        raise Judged(
            f"{ports.repo.where} holds {_short(found.get(ref))} as {release.tag} after the push of {_short(release.tag_object)}.",
            hint="Somebody else wrote there meanwhile: look at the repository's log.",
        )
    for image in images.images:
        digest = ports.registry.digest_of(_by_tag(image, address))
        if digest != image.digest or ports.registry.digest_of(_by_digest(image, address)) != image.digest:
            raise Judged(f"{_by_tag(image, address)} holds {_short(digest)} after the push of {_short(image.digest)}.")
    return Published(registry=address, tag_object=release.tag_object, commit=release.commit)


def _tag_is_out(release: Release, ports: PublishPorts) -> bool:
    ref = f"refs/tags/{release.tag}"
    found = ports.repo.ls_remote(ref)
    there, commit = found.get(ref), found.get(ref + PEELED, found.get(ref))
    if there is None:
        _refuse_vanished(release, ports)
        return False
    if there != release.tag_object or commit != release.commit:
        raise Conflict(
            f"The tag {release.tag} of {ports.repo.where} is object {_short(there)} and not {_short(release.tag_object)}; "
            "a tag is never moved.", found=there, hint="Take the next number.",
        )
    return True


def _refuse_vanished(release: Release, ports: PublishPorts) -> None:
    """A tag that was out, or that a person pushed, and is not there any more was deleted by someone."""
    known = ports.ledger.pushed(ports.repo.where, release.tag)
    if known is None and release.tag_object == release.commit:
        known = release.tag_object
    if known is not None:
        raise Conflict(
            f"The tag {release.tag} was on {ports.repo.where} as {_short(known)} and is gone; someone deleted it.",
            hint=f"To restore it: git push {ports.repo.where} {known}:refs/tags/{release.tag}",
        )


def _image_is_out(image: Image, address: str, ports: PublishPorts) -> bool:
    there = ports.registry.digest_of(_by_tag(image, address))
    if there is not None and there != image.digest:
        raise Conflict(
            f"{_by_tag(image, address)} is {_short(there)} and not {_short(image.digest)}; an image tag is never re-pointed.",
            found=there, hint="Take the next number.",
        )
    return there is not None


def _push_content(image: Image, address: str, ports: PublishPorts) -> None:
    target = _by_digest(image, address)
    digest = ports.effects.perform("push-image", target, lambda: ports.registry.copy_in(ports.layout(image), target))
    if digest != image.digest:
        raise Judged(f"{target} became {digest}.", hint="Run ./naru build-images again.")


def _push_tag(product: Product, release: Release, ports: PublishPorts) -> None:
    message = tag_message(product, release.version)
    made = ports.repo.make_tag(release.tag, release.commit, message, when=release.commit_time)
    if made != release.tag_object:
        raise Missing(f"release.json names the tag object {_short(release.tag_object)}, which would be {_short(made)} now.",
                      hint="Run ./naru tag-release again.")
    ports.ledger.note(ports.repo.where, release.tag, made, "pushing")
    ref = f"refs/tags/{release.tag}"
    ports.effects.perform("push-tag", ref, lambda: ports.repo.push_create_only(ref, made), object=made, commit=release.commit)
    ports.ledger.note(ports.repo.where, release.tag, made, "pushed")


def _push_image_tag(image: Image, address: str, ports: PublishPorts) -> None:
    source, target = _by_digest(image, address), _by_tag(image, address)
    ports.effects.perform("tag-image", target, lambda: ports.registry.copy_in(source, target), digest=image.digest)


def _outcome(release: Release, images: Images, address: str, *, changed: bool) -> Outcome:
    names = ", ".join(image.name for image in images.images)
    plain = {"registry": address, "tag": release.tag, "tag_object": release.tag_object,
             "images": [{"name": i.name, "tag": i.tag, "digest": i.digest} for i in images.images]}
    if not changed:
        return Outcome(False, f"Nothing to do: {release.tag}, {names} are out and were read back equal.", plain)
    return Outcome(True, f"{release.version} is out: tag {release.tag}; {names} at {address}; all read back equal.", plain)


def _steps(plan: PublishPlan) -> int:
    return len(plan.push_content) + len(plan.push_image_tags) + plan.push_tag


def _by_tag(image: Image, address: str) -> str:
    return f"{address}/{image.repository}:{image.tag}"


def _by_digest(image: Image, address: str) -> str:
    return f"{address}/{image.repository}@{image.digest}"


def _short(oid: str | None) -> str:
    return "nothing" if oid is None else oid.removeprefix("sha256:")[:12]
