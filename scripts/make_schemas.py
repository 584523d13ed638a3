"""Writes docs/schemas from the models; a test fails while they differ."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from naru.core.schemas import FILES, schema_of

if __name__ == "__main__":
    folder = Path(__file__).resolve().parents[1] / "docs" / "schemas"
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        text = json.dumps(schema_of(name), ensure_ascii=False, indent=2, sort_keys=True)
        (folder / f"{name}.json").write_text(text + "\n")
