"""Types commands into the terminal that is being recorded, and runs them: `python play.py COMMAND …`.

Ends with the code of the first command that fails.
"""

import subprocess
import sys
import time

from tests.recording import cast

PROMPT = "\x1b[1;32m$\x1b[0m "


def main() -> int:
    """Run all commands."""
    for command in sys.argv[1:]:
        _show(PROMPT)
        for character in command:
            _show(character)
            time.sleep(0.02)
        _show("\r\n")
        code = subprocess.run(command, shell=True, check=False).returncode
        if code:
            return code
        _show(cast.PAUSE)
    return 0


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
