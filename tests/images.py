"""The images that the tests deploy: two versions of the application that differ, and one that goes wrong on demand."""

from __future__ import annotations

VERSIONS = ("1.0.0", "1.1.0")


def reference(tag: str) -> str:
    """The image as an operator names it; hosts pull it from the sandbox's Docker Hub."""
    return f"docker.io/longshore/agents:{tag}"
