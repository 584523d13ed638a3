"""Stage verify_scaling; the same as `./naru verify-scaling`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from naru.cli import main

if __name__ == "__main__":
    sys.exit(main(["verify-scaling", *sys.argv[1:]]))
