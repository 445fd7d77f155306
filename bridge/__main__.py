"""`python -m bridge`: the command line."""

import sys

from bridge.faces.cli import main

if __name__ == "__main__":
    sys.exit(main())
