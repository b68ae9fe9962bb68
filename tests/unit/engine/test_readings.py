"""Values read from the kernel, Docker and the clock: live connections, exit codes, memory, ages."""

# ruff: noqa: RUF001, RUF003  (the engine writes a sum with ×)

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from engine.longshore.clock import ago
from engine.longshore.errors import RefusedError
from engine.longshore.host.containers import explain_exit
from engine.longshore.host.drain import Load, load
from engine.longshore.planning import preflight as checks
from engine.longshore.planning.image import RemoteImage
from engine.longshore.planning.model import World
from engine.longshore.planning.planner import plan
from engine.longshore.planning.reference import Reference
from engine.longshore.running import preflight
from engine.longshore.running.parts import operator

from .test_planner import NEW, OLD
from .worlds import TOKEN, serving

if TYPE_CHECKING:
    from pathlib import Path

# as iproute2 6.1 prints it (ss --unix --all --extended --no-header)
HOST = """\
u_str ESTAB  0      0      /run/app/app.sock 61655 * 61669 <-> ino:2146307 dev:0/65024
u_str ESTAB  0      0      /run/app/app.sock 61674 * 61670 <-> ino:2146307 dev:0/65024
u_str ESTAB  0      0      /run/app/app.sock 61680 * 61671 <-> ino:99 dev:0/65024
u_str ESTAB  0      0                        * 500 * 501
u_str LISTEN 0      4096   /run/systemd/private 1 * 0 <-> ino:12 dev:0/25
"""
CONTAINER = "u_str LISTEN 3      16     /run/app/app.sock 61654 * 0 <-> ino:2146307 dev:0/65024 peers: 61671\n"


def test_connections_are_counted_by_the_sockets_inode() -> None:
    assert load(2146307, HOST, CONTAINER) == Load(live=2, queued=3)
    assert load(99, HOST, CONTAINER) == Load(live=1, queued=0)
    assert load(1, HOST, "") == Load(live=0, queued=0)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "exit code 0: it exited without an error: its command doesn't stay in the foreground"),
        (1, "exit code 1"),
        (125, "exit code 125: Docker could not start it"),
        (126, "exit code 126: its command is not executable"),
        (127, "exit code 127: its command was not found in the image"),
        (139, "exit code 139: it was terminated by SIGSEGV"),
        (143, "exit code 143: it was terminated by SIGTERM"),
        (255, "exit code 255"),
    ],
)
def test_exit_codes_in_words(code: int, text: str) -> None:
    assert explain_exit(code) == text


def test_exit_code_137_mentions_memory() -> None:
    likely = "it was killed (SIGKILL), most likely because it needed more memory than its limit of 64 MiB"
    assert explain_exit(137, memory_mb=64) == f"exit code 137: {likely}"
    sure = explain_exit(137, out_of_memory=True, memory_mb=64)
    assert sure == "exit code 137: it was killed for going over its memory limit of 64 MiB"


def test_ages_in_two_units() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert ago("2026-01-02T03:04:05Z", now) == "0 s"
    assert ago("2026-01-01T00:00:00Z", now) == "1 d 3 h"
    assert ago("2026-01-02T03:02:00Z", now) == "2 min 5 s"
    assert ago("2027-01-01T00:00:00Z", now) == "0 s"
    assert ago("", now) == "?"


def test_the_operator_comes_from_sudo_and_sshd() -> None:
    assert operator({"LONGSHORE_OPERATOR": "ann@laptop", "SUDO_USER": "admin"}) == "ann@laptop"
    assert operator({"SUDO_USER": "admin", "SSH_CONNECTION": "10.0.0.7 5000 10.0.0.1 22"}) == "admin@10.0.0.7"
    assert operator({}) == "root"


def test_memory_is_checked_at_the_peak_of_the_plan() -> None:
    from_nothing = plan(World(), NEW, TOKEN)
    assert checks.peak_memory(World(), from_nothing) == (1024, "4 × 256 MiB")
    rolling = plan(serving(OLD), NEW, TOKEN)
    assert checks.peak_memory(serving(OLD), rolling) == (512, "2 × 256 MiB")
    assert checks.peak_memory(serving(OLD), []) == (0, "0")
    checks.has_memory(World(), from_nothing, available_mb=1024)
    with pytest.raises(RefusedError) as refusal:
        checks.has_memory(World(), from_nothing, available_mb=1023)
    assert str(refusal.value) == (
        "release: more replicas than memory allows\n"
        "  found: 4 × 256 MiB = 1024 MiB more than now at the peak, and 1023 MiB are available\n"
        "  fix: ask for fewer replicas, a smaller `memory_mb`, or give the host more memory"
    )


def test_available_memory_is_read_from_meminfo() -> None:
    assert preflight.available_memory("MemTotal: 9 kB\nMemAvailable:   2048000 kB\n") == 2000
    with pytest.raises(RefusedError):
        preflight.available_memory("MemTotal: 9 kB\n")


IMAGE = Reference.parse("docker.io/acme/agents:1.4.0")


def test_another_architecture_is_refused_with_the_build_command() -> None:
    remote = RemoteImage("sha256:1", {"linux/amd64": 1})
    with pytest.raises(RefusedError) as refusal:
        checks.fits_platform(IMAGE, remote, None, "linux/arm64")
    assert str(refusal.value) == (
        "release: image architecture does not fit the host\n"
        "  found: docker.io/acme/agents:1.4.0 is linux/amd64, host is linux/arm64\n"
        "  fix: build with `docker buildx build --platform linux/amd64,linux/arm64`, or deploy another image"
    )
    checks.fits_platform(IMAGE, RemoteImage("sha256:1", {"linux/amd64": 0, "linux/arm64": 1}), None, "linux/arm64")


def test_an_image_too_large_for_the_disk_is_refused(tmp_path: Path) -> None:
    remote = RemoteImage("sha256:1", {"linux/amd64": 1 << 50})
    with pytest.raises(RefusedError) as refusal:
        preflight.has_room_for_image(IMAGE, remote, "linux/amd64", tmp_path)
    assert refusal.value.problem == "release: no disk space for the image"
    assert "(1073741824 MiB to download × 3.5, plus 256 MiB to spare)" in refusal.value.found
    preflight.has_room_for_image(IMAGE, RemoteImage("sha256:1", {"linux/amd64": 1}), "linux/amd64", tmp_path)
    preflight.has_room_for_image(IMAGE, None, "linux/amd64", tmp_path)
