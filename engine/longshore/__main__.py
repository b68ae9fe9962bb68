"""`python3 -m engine.longshore` starts here; build.py gives the installed command a start of its own."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
