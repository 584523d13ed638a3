"""The committed schemas and the models say the same."""

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from naru.core.schemas import FILES, schema_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_committed_schema_is_the_models_own(name):
    committed = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text())
    assert committed == schema_of(name), "run: .venv/bin/python scripts/make_schemas.py"


@pytest.mark.parametrize("path", sorted(ROOT.glob("overlays/*/cloud.yaml")), ids=lambda path: path.parent.name)
def test_each_cloud_file_fits_the_committed_schema(path):
    jsonschema.validate(YAML(typ="safe").load(path.read_text()), schema_of("cloud"))


def test_a_schema_refuses_an_unknown_key():
    cloud = YAML(typ="safe").load((ROOT / "overlays/naver/cloud.yaml").read_text())
    with pytest.raises(jsonschema.ValidationError, match="typo"):
        jsonschema.validate({**cloud, "typo": 1}, schema_of("cloud"))
