"""What the role tests need from the machine: the image of a systemd host."""

import os
import subprocess
import sys

import pytest

from tests.roles.scenario import CHECKOUT


@pytest.fixture(scope="session")
def host_image() -> str:
    """The image that the sandbox makes its hosts from, built when it isn't there; LONGSHORE_HOST_IMAGE overrides."""
    if chosen := os.environ.get("LONGSHORE_HOST_IMAGE"):
        return chosen
    made = subprocess.run(
        [sys.executable, "-m", "sandbox", "image", "host"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=True
    )
    return made.stdout.strip().splitlines()[-1]
