"""How the application's image is built and pushed: the command that Docker is given, and what is refused before."""

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox import __main__, application, images
from sandbox.machine import network
from sandbox.settings import Settings


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An engine that has the official Python image, on a machine without proxies."""
    for name in application.PROXIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(network, "read_authorities", dict)
    return SimpleNamespace(images=SimpleNamespace(get=lambda _tag: None))


def arguments(client: Any) -> list[str]:
    command = application._docker_build(client, "1.0.0")
    return [value for option, value in itertools.pairwise(command) if option == "--build-arg"]


def test_build_gets_proxies_without_passwords_on_the_command_line(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert arguments(client)[-1] == "VERSION=1.0.0"
    for name in ("https_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "http://me:secret@proxy.example:3128")
    assert arguments(client)[-2:] == ["https_proxy", "NO_PROXY"]


def test_without_git_the_same_sources_give_the_same_image(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert arguments(client) == [f"BASE_IMAGE={images.HUB_PYTHON}", "REVISION=", "CREATED=", "VERSION=1.0.0"]


def test_push_without_a_sandbox_is_refused_before_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "lock"
    monkeypatch.setattr("sys.argv", ["sandbox", "push", application.DEFAULT])
    monkeypatch.setattr(__main__.settings, "load", lambda: Settings(lock=lock, state=tmp_path))
    # Whatever is asked of this engine fails.
    monkeypatch.setattr(__main__.engine, "ensure", lambda _settings: None)
    assert __main__.main() == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"sandbox: it is not running\n  found: nobody holds {lock}\n  fix: make up\n"
