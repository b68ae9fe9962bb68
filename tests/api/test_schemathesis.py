"""Schemathesis, told to try everything that the document allows and much that it does not, finds nothing."""

import subprocess
import sys
from pathlib import Path

# ignored_auth and object_level_authorization need keys, which these endpoints do without where anybody may ask.
LEFT_OUT = "ignored_auth,object_level_authorization"
EXAMPLES = 15


def test_schemathesis_finds_no_failures(server: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{server}/openapi.json",
            "--checks", "all", "--exclude-checks", LEFT_OUT,
            "--max-examples", str(EXAMPLES), "--generation-deterministic",
            "--suppress-health-check", "all", "--request-timeout", "30", "--no-color",
        ],
        cwd=tmp_path, check=False, capture_output=True, text=True, timeout=600,
    )  # fmt: skip

    assert run.returncode == 0, run.stdout + run.stderr
