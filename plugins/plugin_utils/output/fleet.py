"""Where each host stands: a line per host after a release, and in the table of the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.longshore.app.plugins.plugin_utils.output.text import seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_HEAD = ["HOST", "RELEASE", "IMAGE", "DIGEST", "READY", "SINCE", ""]


def release_row(host: str, result: Mapping[str, Any] | None) -> list[str]:
    """A host's line after a release or rollback; None for a host the run did not come to."""
    if result is None:
        return [host, "not touched", "", "", ""]
    outcome = "unreachable" if result.get("unreachable") else str(result.get("outcome") or "refused")
    if result.get("failed") and outcome == "unknown":
        outcome = "refused"
    number = f"release {result['release']}" if result.get("release") else ""
    took = seconds(float(result["seconds"])) if result.get("changed") and result.get("seconds") else ""
    return [host, outcome.replace("_", " "), str(result.get("image") or ""), number, took]


def status_row(host: str, result: Mapping[str, Any]) -> list[str]:
    """A host's line in the table of the fleet."""
    if not result.get("release"):
        known = "nothing released" if result.get("installed") else "not configured"
        note = status_note({**result, "healthy": True})  # nothing serves, so nothing is ill
        return [host, "-", "does not answer" if result.get("unreachable") else known, "", "", "", note]
    ready = ", ".join(f"{name} {item['ready']}/{item['wanted']}" for name, item in sorted(result["services"].items()))
    digest = str(result["digest"]).removeprefix("sha256:")[:12]
    since = str(result["since"] or "").replace("T", " ").replace("Z", " UTC")
    return [host, str(result["release"]), str(result["image"]), digest, ready, since, status_note(result)]


def address(variables: Mapping[str, Any], result: Mapping[str, Any] | None) -> str:
    """What to open in a browser, from a host's variables; empty where nothing serves, or only Ansible knows where."""
    where = str(variables.get("ansible_host") or variables["inventory_hostname"])
    if not result or result.get("unreachable") or not result.get("release") or "{{" in where:
        return ""
    return f"https://[{where}]" if ":" in where else f"https://{where}"


def status_note(result: Mapping[str, Any]) -> str:
    """What else a person should know about a host, the most urgent thing only."""
    if result.get("running"):
        return f"at work: {result['running']}"
    if result.get("interrupted"):
        way = "deploy or roll back" if result.get("release") else "deploy"
        return f"release {result['interrupted']} was cut short: {way}"
    return str(result.get("trouble") or ("" if result.get("healthy") else "not healthy: see `longshore status`"))
