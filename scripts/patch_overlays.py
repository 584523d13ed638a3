"""Stage patch_overlays; the same as `./naru patch-overlays`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from naru.cli import main

if __name__ == "__main__":
    sys.exit(main(["patch-overlays", *sys.argv[1:]]))
