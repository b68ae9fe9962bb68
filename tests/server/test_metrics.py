"""Metrics of several processes: added up, in files that are private and that do not outlast them."""

import stat
from pathlib import Path

import httpx

from tests.server.gunicorn import client, gunicorn, stop
from tests.unit.app.metrics_page import figure
from tests.waiting import until


def test_metrics_of_all_processes_are_summed_in_private_temporary_files(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(path, WORKERS="2") as process:
        (folder,) = _folders(process.pid)
        assert stat.filemode(folder.stat().st_mode) == "drwx------"

        until(lambda: _both_answered(path, folder))
        asked = 0
        with client(path) as http:
            before = _versions(http)
        for _ in range(20):
            with client(path) as http:
                http.get("/version")
                asked += 1
        with client(path) as http:
            assert _versions(http) - before == asked
        stop(process)

    assert not folder.exists()


def test_files_of_a_killed_server_are_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(path, WORKERS="2") as process:
        (left,) = _folders(process.pid)
    assert left.exists()
    path.unlink()
    with gunicorn(path, WORKERS="2") as process:
        (folder,) = _folders(process.pid)
        # One that is still being forked would not hear that it is to stop.
        until(lambda: _both_answered(path, folder))
        assert not left.exists()
        stop(process)


def test_one_process_counts_without_files(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(path) as process, client(path) as http:
        assert http.get("/version").status_code == 200
        assert _versions(http) == 1
        assert _folders(process.pid) == []


def _versions(http: httpx.Client) -> float:
    text = http.get("/metrics").text
    return figure(text, "longshore_http_request_duration_seconds_count", route="/version", status="200")


def _both_answered(path: Path, folder: Path) -> bool:
    """Ask on a connection of its own, so that both processes get some; whether both have counted."""
    with client(path) as http:
        assert http.get("/version").status_code == 200
    return len(list(folder.glob("histogram_*.db"))) == 2


def _folders(master: int) -> list[Path]:
    return list(Path("/dev/shm").glob(f"longshore-metrics-{master}-*"))
