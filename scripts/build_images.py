"""Stage build_images; the same as `./naru build-images`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from naru.cli import main

if __name__ == "__main__":
    sys.exit(main(["build-images", *sys.argv[1:]]))
