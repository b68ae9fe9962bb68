"""Where each host stands: a line per host after a release, and in the table of the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.run_output.text import seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_HEAD = ["HOST", "RELEASE", "IMAGE", "DIGEST", "READY", "SINCE", ""]


def release_row(host: str, result: Mapping[str, Any] | None) -> list[str]:
    """A host's line after a release or rollback; None for a host the run did not come to."""
    if result is None:
        return [host, "not touched", "", "", ""]
    outcome = str(result.get("outcome") or ("unreachable" if result.get("unreachable") else "refused"))
    number = f"release {result['release']}" if result.get("release") else ""
    took = seconds(float(result["seconds"])) if result.get("changed") and result.get("seconds") else ""
    return [host, outcome.replace("_", " "), str(result.get("image") or ""), number, took]


def status_row(host: str, result: Mapping[str, Any]) -> list[str]:
    """A host's line in the table of the fleet."""
    if not result.get("release"):
        known = "nothing released" if result.get("installed") else "not configured"
        return [host, "-", "does not answer" if result.get("unreachable") else known, "", "", "", ""]
    ready = ", ".join(f"{name} {item['ready']}/{item['wanted']}" for name, item in sorted(result["services"].items()))
    digest = str(result["digest"]).removeprefix("sha256:")[:12]
    since = str(result["since"] or "").replace("T", " ").replace("Z", " UTC")
    return [host, str(result["release"]), str(result["image"]), digest, ready, since, status_note(result)]


def status_note(result: Mapping[str, Any]) -> str:
    """What else a person should know about a host, the most urgent thing only."""
    if result.get("running"):
        return f"at work: {result['running']}"
    if result.get("interrupted"):
        return f"release {result['interrupted']} was cut short: deploy or roll back"
    return str(result.get("trouble") or ("" if result.get("healthy") else "not healthy: see `longshore status`"))
