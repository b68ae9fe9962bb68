"""`make run`: the commands that it prints work, `DEV=1` reloads sources, `DATABASE=postgresql` keeps tasks there."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import NotFound

from engine.longshore.errors import RefusedError
from sandbox import exercise
from sandbox.settings import CHECKOUT, Settings
from tests import plain_http
from tests.image.replicas import until

# Not the label of a sandbox, whose `make down` would remove what the test started.
SETTINGS = Settings(name="longshore-test-exercise")


@pytest.fixture
def port(engine: docker.DockerClient) -> Iterator[int]:
    """A free port; what was started for it is removed at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    yield number
    for name in (f"{exercise.NAME}-{number}", f"{exercise.NAME}-{number}-postgresql"):
        try:
            container = engine.containers.get(name)
        except NotFound:
            continue
        print(name, container.logs(tail=40).decode(), sep="\n")
        container.remove(force=True, v=True)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of app/ to edit."""
    return Path(shutil.copytree(CHECKOUT / "app", tmp_path / "app"))


def printed_commands(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.strip() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]


def output_of(command: str) -> str:
    # A test has no terminal.
    done = subprocess.run(
        command.replace(" -it ", " "), shell=True, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def test_postgresql_holds_the_tasks_and_the_printed_commands_work(
    engine: docker.DockerClient, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise.run(engine, SETTINGS, database="postgresql", port=port)
    greeting, question, _shell, tasks, remove = printed_commands(capsys)

    assert output_of(greeting) == "Hello World\n"
    assert '"answer":"22.37 miles"' in output_of(question)
    assert "planner | completed" in output_of(tasks)
    server = engine.containers.get(f"{exercise.NAME}-{port}-postgresql")
    volume = server.attrs["Mounts"][0]["Name"]
    assert not server.ports
    output_of(remove)
    with pytest.raises(NotFound):
        engine.volumes.get(volume)


def test_dev_reloads_an_edited_module_and_survives_a_broken_one(
    engine: docker.DockerClient, port: int, sources: Path
) -> None:
    exercise.run(engine, SETTINGS, sources=sources, port=port)
    client = plain_http.client(base_url=f"http://127.0.0.1:{port}", timeout=60)

    def save(path: str, text: str, *, until_it_says: str) -> None:
        # gunicorn notes the files' times just after a worker's start: what is saved in that instant is saved again.
        (sources / path).write_text(text)
        saved = time.monotonic()

        def says() -> bool:
            nonlocal saved
            if time.monotonic() - saved > 10:
                (sources / path).touch()
                saved = time.monotonic()
            return until_it_says in client.get("/").text

        until(says, seconds=180)

    pages, package = ((sources / path).read_text() for path in ("web/pages.py", "__init__.py"))
    save("web/pages.py", pages.replace('"Hello World\\n"', '"Hello again\\n"'), until_it_says="Hello again\n")
    # The package itself is what gunicorn's master has imported.
    save("__init__.py", f"{package}\nundefined\n", until_it_says="NameError: name 'undefined' is not defined")
    save("__init__.py", package, until_it_says="Hello again\n")


def test_application_that_does_not_start_is_refused_with_its_last_lines(
    engine: docker.DockerClient, port: int, sources: Path
) -> None:
    with (sources / "gunicorn.conf.py").open("a") as settings:
        settings.write("\nsys.exit('the reason')\n")
    name = f"{exercise.NAME}-{port}"

    with pytest.raises(RefusedError) as refused:
        exercise.run(engine, SETTINGS, sources=sources, port=port)
    assert str(refused.value) == (
        "run: the application does not answer\n"
        "  found: the reason\n"
        f"  fix: see all of its log with `docker logs {name}`, then `docker rm --force {name}`"
    )
    # What has stopped is in nobody's way.
    exercise.run(engine, SETTINGS, port=port)


def test_unknown_database_is_refused(engine: docker.DockerClient) -> None:
    with pytest.raises(RefusedError) as refused:
        exercise.run(engine, SETTINGS, database="mysql")
    assert str(refused.value) == (
        "run: DATABASE names no database that the application knows\n"
        "  found: mysql\n"
        "  fix: make run DATABASE=sqlite or make run DATABASE=postgresql"
    )


def test_taken_port_is_refused_before_anything_is_built(engine: docker.DockerClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with pytest.raises(RefusedError, match=f"run: port {port} is in use, which is for the application run alone"):
            exercise.run(engine, SETTINGS, port=port)
