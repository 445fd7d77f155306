"""`python -m tools`: the command line."""

import sys

from tools.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
