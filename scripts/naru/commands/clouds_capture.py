"""`clouds capture`: lists of a real cluster (read-only) become overlays/CLOUD/picture.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from naru.core.capture import READ, READ_IN_NAMESPACE, picture_from
from naru.edge.clock import SystemClock, iso
from naru.edge.files import write_durably
from naru.edge.state_dir import StateDir
from naru.model.words import Role
from naru.wiring.base import CLONE
from naru.wiring.clusters import cluster
from naru.wiring.config import load_cloud


def capture(name: str, state: StateDir) -> tuple[dict[str, Any], Path]:
    """Read the target cluster of a cloud and write its picture; gives both."""
    cloud = load_cloud(name)
    target = cluster(cloud, Role.target, state)
    found = {key: target.list(version, kind) for key, (version, kind) in READ.items()}
    found |= {key: target.list(version, kind, cloud.namespace) for key, (version, kind) in READ_IN_NAMESPACE.items()}
    namespace = target.get("v1", "Namespace", cloud.namespace)
    picture = picture_from(
        name, version=str(target.server_version()), captured_at=iso(SystemClock().now()), found=found, namespace=namespace
    )
    path = CLONE / "overlays" / name / "picture.json"
    text = json.dumps(picture.plain(), ensure_ascii=False, indent=2, sort_keys=True)
    write_durably(path, text.encode() + b"\n")
    return picture.plain(), path.relative_to(CLONE)
