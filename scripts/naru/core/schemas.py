"""The JSON schemas of everything that is written to a file, from the models themselves."""

from __future__ import annotations

from typing import Any

from naru.model.cloud import CloudConfig
from naru.model.evidence import Evidence
from naru.model.notifications import Notifications
from naru.model.overlays import Overlays
from naru.model.picture import ClusterPicture
from naru.model.product import Product
from naru.model.promotion import Promotion
from naru.model.record import Record
from naru.model.release import Images, Release
from naru.model.sandbox import Sandbox
from naru.model.timings import Timings

FILES: dict[str, type[Record]] = {
    "release": Release, "images": Images, "overlays": Overlays, "evidence": Evidence, "promotion": Promotion, "timings": Timings,
    "cloud": CloudConfig, "product": Product, "sandbox": Sandbox, "picture": ClusterPicture, "notifications": Notifications,
}
"""Name of the schema file → the model that it describes."""


def schema_of(name: str) -> dict[str, Any]:
    """The JSON schema (2020-12) of one kind of file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **FILES[name].model_json_schema()}
