"""Does the text that a run shows say what a person needs?"""

import pytest
from ansible_collections.longshore.app.plugins.plugin_utils.output.fleet import release_row, status_row
from ansible_collections.longshore.app.plugins.plugin_utils.output.text import is_refusal, seconds, table, unreachable

STATUS = {
    "installed": True,
    "release": 4,
    "image": "docker.io/acme/agents:1.1.0",
    "digest": "sha256:" + "ab" * 32,
    "since": "2025-01-31T03:00:00Z",
    "healthy": True,
    "services": {"solver": {"wanted": 2, "ready": 1}, "planner": {"wanted": 2, "ready": 2}},
    "running": None,
    "interrupted": None,
    "trouble": None,
}


@pytest.mark.parametrize(
    ("value", "text"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (61, "1 min 1 s"), (119.7, "2 min 0 s")]
)
def test_durations(value: float, text: str) -> None:
    assert seconds(value) == text


def test_tables_are_aligned_without_trailing_blanks() -> None:
    assert table([["HOST", "RELEASE", ""], ["web-1", "4", ""], ["web-10", "-", "late"]]) == [
        "HOST    RELEASE",
        "web-1   4",
        "web-10  -        late",
    ]


def test_a_refusal_is_recognised() -> None:
    assert is_refusal("a: wrong\n  found: x\n  fix: y")
    assert not is_refusal("non-zero return code")
    assert not is_refusal(None)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "Task failed: Failed to connect to the host via ssh: admin@10.0.0.4: Permission denied (publickey).",
            (
                "ssh: the host does not accept the SSH key\n"
                "  found: admin@10.0.0.4: Permission denied (publickey).\n"
                "  fix: use the key pair the host was made with: check ansible_user and ansible_ssh_private_key_file"
            ),
        ),
        (
            "Failed to connect to the host via ssh: ssh: connect to host 10.0.0.4 port 22: Connection timed out",
            (
                "ssh: the host does not answer\n"
                "  found: ssh: connect to host 10.0.0.4 port 22: Connection timed out\n"
                "  fix: check that it runs, and that its security group lets port 22 through from here"
            ),
        ),
        (
            (
                "Failed to connect to the host via ssh: @@@@@@@\r\n"
                "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\n@@@@@@@\r\nHost key verification failed."
            ),
            (
                "ssh: the host shows another key than before\n"
                "  found: WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\n"
                "  fix: if the host was made anew, remove its line from the environment's known_hosts; "
                "if not, do not connect"
            ),
        ),
        (
            "Task failed: Failed to create temporary directory. In some cases, ...",
            (
                "ssh: the host opens but takes no files\n"
                "  found: Failed to create temporary directory. In some cases, ...\n"
                "  fix: look at its free space (df -h) and at the rights of the user's ~/.ansible/tmp"
            ),
        ),
        (
            "ssh: Could not resolve hostname web-9: Name or service not known",
            (
                "ssh: the host's name has no address\n"
                "  found: ssh: Could not resolve hostname web-9: Name or service not known\n"
                "  fix: check ansible_host in the inventory"
            ),
        ),
    ],
)
def test_why_ssh_could_not_enter(said: str, shown: str) -> None:
    assert unreachable(said) == shown


def test_a_host_in_the_fleet() -> None:
    ready, since = "planner 2/2, solver 1/2", "2025-01-31 03:00:00 UTC"
    row = ["web-1", "4", "docker.io/acme/agents:1.1.0", "abababababab", ready, since, ""]
    assert status_row("web-1", STATUS) == row


@pytest.mark.parametrize(
    ("more", "note"),
    [
        ({"running": "eve runs `longshore deploy`"}, "at work: eve runs `longshore deploy`"),
        ({"interrupted": 5, "healthy": False}, "release 5 was cut short: deploy or roll back"),
        ({"trouble": "journal: damaged"}, "journal: damaged"),
        ({"healthy": False}, "not healthy: see `longshore status`"),
    ],
)
def test_what_else_to_know_about_a_host(more: dict[str, object], note: str) -> None:
    assert status_row("web-1", STATUS | more)[-1] == note


def test_hosts_that_serve_nothing() -> None:
    assert status_row("web-1", {"unreachable": True})[:3] == ["web-1", "-", "does not answer"]
    assert status_row("web-1", {"installed": False})[:3] == ["web-1", "-", "not configured"]
    nothing = {"installed": True, "release": None, "healthy": False}
    assert status_row("web-1", nothing)[:3] == ["web-1", "-", "nothing released"]
    assert status_row("web-1", nothing)[-1] == ""
    assert status_row("web-1", nothing | {"interrupted": 1})[-1] == "release 1 was cut short: deploy"


def test_where_hosts_stand_after_a_release() -> None:
    done = {"changed": True, "outcome": "rolled_back", "image": "agents:1", "release": 3, "seconds": 4.21}
    assert release_row("web-1", done) == ["web-1", "rolled back", "agents:1", "release 3", "4.2 s"]
    assert release_row("web-2", {"outcome": "unchanged", "image": "agents:1", "release": 3, "seconds": 0.4})[-1] == ""
    assert release_row("web-3", {"unreachable": True})[1] == "unreachable"
    assert release_row("web-4", {"failed": True, "msg": "…"})[1] == "refused"
    assert release_row("web-4", {"failed": True, "outcome": "unknown", "changed": True})[1] == "refused"
    assert release_row("web-5", None) == ["web-5", "not touched", "", "", ""]
