"""After a failure there are logs of what its fixtures removed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import docker
from docker.models.containers import Container

from sandbox.settings import CHECKOUT
from tests import kept

FAILING = """
import docker, pytest

@pytest.fixture
def replica():
    made = docker.from_env().containers.run(
        {image!r}, ["echo", "served"], name={name!r}, labels={{"longshore.engine": {name!r}}}, detach=True
    )
    made.wait()
    yield
    made.remove(force=True)

def test_of_a_replica(replica):
    raise AssertionError
"""


def test_logs_are_kept_before_fixtures_remove_their_containers(foreign: Container, tmp_path: Path) -> None:
    folder = kept.COLLECTED / "engine-test_failing.py-test_of_a_replica"
    shutil.rmtree(folder, ignore_errors=True)
    name = f"{foreign.name}-replica"
    tests = tmp_path / "tests" / "engine"
    tests.mkdir(parents=True)
    (tests / "test_failing.py").write_text(FAILING.format(image=foreign.attrs["Config"]["Image"], name=name))
    (tmp_path / "pytest.ini").touch()
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "tests"], cwd=tmp_path, text=True, capture_output=True,
        check=False, timeout=120,
        # No sandbox has this name.
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "SANDBOX_NAME": name, "SANDBOX_STATE": str(tmp_path)},
    )  # fmt: skip
    assert "1 failed" in run.stdout, run.stdout + run.stderr
    assert docker.from_env().containers.list(all=True, filters={"name": name}) == []
    assert (folder / f"{name}.log").read_text().endswith(" served\n")
    shutil.rmtree(folder)
