"""An in-memory registry with the surface of edge/registry.py; faults are scripted per call."""

import hashlib
import json

from naru.edge.registry import checked_reference, image_facts
from naru.errors import Judged, Missing


def manifest_of(content: bytes) -> bytes:
    """A manifest that stands for an image holding `content`; its sha256 is the image's digest."""
    blob = "sha256:" + hashlib.sha256(content).hexdigest()
    return json.dumps({"schemaVersion": 2, "mediaType": "m", "config": {"digest": blob}, "layers": [{"digest": blob, "size": len(content)}]}).encode()


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


class FakeRegistry:
    """`layouts` are the images on this machine (`oci:FOLDER` → manifest); `before` is called with (verb, reference)."""

    def __init__(self):
        self.content = {}  # (host/repository, digest) -> manifest
        self.tags = {}  # host/repository:tag -> digest
        self.layouts = {}
        self.before = lambda verb, reference: None
        self.lies = {}  # reference -> bytes served instead

    def manifest_bytes(self, reference):
        found = checked_reference(reference)
        self.before("look", reference)
        place = f"{found['host']}/{found['repository']}"
        wanted = found["digest"] or self.tags.get(reference)
        data = self.lies.get(reference, self.content.get((place, wanted)))
        if data is not None and found["digest"] and digest(data) != found["digest"]:
            raise Judged(f"{reference} answered a manifest with digest {digest(data)}.")
        return data

    def digest_of(self, reference):
        data = self.manifest_bytes(reference)
        return None if data is None else digest(data)

    def facts(self, reference):
        data = self.manifest_bytes(reference)
        return None if data is None else image_facts(data, reference)

    def copy_in(self, source, reference, *, source_access=None):
        found = checked_reference(reference)
        self.before("copy", reference)
        data = self.layouts.get(source) if source.startswith("oci") else (source_access or self).manifest_bytes(source)
        if data is None:
            raise Missing(f"{source} is not there.")
        if found["digest"] and found["digest"] != digest(data):
            raise Judged(f"{source} is not {reference}.")
        self.content[f"{found['host']}/{found['repository']}", digest(data)] = data
        if found["tag"]:
            self.tags[reference] = digest(data)
        return digest(data)
