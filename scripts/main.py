"""Entry of ./naru: puts the package on the path and runs the command line."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from naru.cli import main

if __name__ == "__main__":
    sys.exit(main())
