"""`python3 -m longshore` and the zipapp start here."""

import sys

from longshore.cli import main

if __name__ == "__main__":
    sys.exit(main())
