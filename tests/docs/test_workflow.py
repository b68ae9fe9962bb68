"""The workflow, by the two linters of the field; and that the linters find what they are there for."""

from pathlib import Path

import pytest

from tests.docs import programs

WORKFLOWS = sorted((programs.ROOT / ".github" / "workflows").glob("*.yml"))
FAULTY = """
on: pull_request_target
jobs:
  test:
    needs: absent
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - run: echo "${{ github.event.pull_request.title }}"
"""


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A workflow that runs a stranger's text, uses an action by its tag, and waits for a job that does not exist."""
    path = tmp_path / ".github" / "workflows" / "faulty.yml"
    path.parent.mkdir(parents=True)
    path.write_text(FAULTY)
    return path


def test_there_is_a_workflow() -> None:
    assert WORKFLOWS


def test_actionlint_finds_nothing_in_ours() -> None:
    assert programs.actionlint(*WORKFLOWS) == []


def test_zizmor_finds_nothing_in_ours() -> None:
    done = programs.zizmor(*WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_finds_an_unknown_job_and_an_injection(faulty: Path) -> None:
    messages = " ".join(problem["message"] for problem in programs.actionlint(faulty))
    assert 'needs job "absent" which does not exist' in messages
    assert "potentially untrusted" in messages


def test_zizmor_finds_an_unpinned_action_and_an_injection(faulty: Path) -> None:
    done = programs.zizmor(faulty)
    assert done.returncode != 0
    assert "unpinned-uses" in done.stdout
    assert "template-injection" in done.stdout
    assert "dangerous-triggers" in done.stdout
