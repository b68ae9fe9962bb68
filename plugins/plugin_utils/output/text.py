"""Durations, tables and errors, as a person reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# What ssh says, what that means, and what to do. The first that matches counts.
SSH_TROUBLE = (
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed",
        "the host shows another key than before",
        "if the host was made anew, remove its line from the environment's known_hosts; if not, do not connect",
    ),
    (
        r"Permission denied",
        "the host does not accept the SSH key",
        "use the key pair the host was made with: check ansible_user and ansible_ssh_private_key_file",
    ),
    (
        r"Failed to create temporary directory",
        "the host opens but takes no files",
        "look at its free space (df -h) and at the rights of the user's ~/.ansible/tmp",
    ),
    (r"no such identity|not accessible", "the SSH key file is missing", "check ansible_ssh_private_key_file"),
    (r"Could not resolve", "the host's name has no address", "check ansible_host in the inventory"),
    (
        r"",
        "the host does not answer",
        "check that it runs, and that its security group lets port 22 through from here",
    ),
)


def seconds(value: float) -> str:
    """A duration as people read it."""
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows as aligned columns, without trailing blanks."""
    lines = [list(row) for row in rows]
    widths = [max(len(row[column]) for row in lines) for column in range(len(lines[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in lines]


def is_refusal(message: object) -> bool:
    """Whether a message already has the three lines: problem, found, fix."""
    return isinstance(message, str) and "\n  found: " in message and "\n  fix: " in message


def refusals(result: Mapping[str, Any]) -> list[str]:
    """What a failed task refuses, each text once: its own or, of a loop, its items'. Nothing if one is no refusal."""
    failed = [item for item in result.get("results", []) if item.get("failed")] or [result]
    messages = [item.get("msg") for item in failed]
    return [str(message) for message in dict.fromkeys(messages)] if all(map(is_refusal, messages)) else []


def unreachable(message: str) -> str:
    """What ssh said about a host it could not enter, as three lines."""
    pattern, problem, fix = next(trouble for trouble in SSH_TROUBLE if re.search(trouble[0], message))
    said = [line for line in message.splitlines() if line.strip(" @\r")]
    found = next((line for line in said if pattern and re.search(pattern, line)), said[-1] if said else "nothing")
    found = found.removeprefix("Task failed: ").removeprefix("Failed to connect to the host via ssh: ")
    return f"ssh: {problem}\n  found: {found.strip(' @')}\n  fix: {fix}"
