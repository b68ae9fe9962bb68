"""Which AWS an environment speaks to: AWS itself with the operator's credentials, or a stand-in with none of them."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ansible_collections.longshore.app.engine.longshore.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nothing is granted to these: a stand-in accepts any, and AWS knows none of them.
STAND_IN_KEY = {"access_key": "testing", "secret_key": "testing", "session_token": "", "profile": ""}
# With a profile of its own no profile of the operator's is looked for, however it is named.
STAND_IN_CONFIG = Path(__file__).with_name("stand_in.ini")
# An endpoint is a setting of an environment, never of a shell.
ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_URL", "EC2_URL")


def client_environment(region: str, endpoint: str | None) -> dict[str, str]:
    """Environment variables for what speaks to AWS in a play: boto3 in modules, and any tool beside it."""
    regions = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    if endpoint is None:
        return {**regions, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    # Of a proxy's two spellings the lower-case one wins, so both are set.
    direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.0/8,127.0.0.1,localhost")
    return {
        **regions,
        **direct,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_PROFILE": "stand-in",
        "AWS_CONFIG_FILE": str(STAND_IN_CONFIG),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_SESSION_TOKEN": "",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def module_defaults(region: str, endpoint: str | None) -> dict[str, str]:
    """Options for every AWS module of a play. Named in a task, an endpoint wins over all that a shell can set."""
    if endpoint is None:
        return {"region": region}
    return {"region": region, "endpoint_url": endpoint, **STAND_IN_KEY}


def check_shell(shell: Mapping[str, str]) -> None:
    """Refuse a shell that leaves open which AWS, or whose account, a run would speak to. Raises RefusedError."""
    endpoints = sorted(name for name, value in shell.items() if name.startswith(ENDPOINTS) and value)
    if endpoints:
        raise RefusedError(
            "aws: the shell names an endpoint, and this environment is in AWS itself",
            f"{endpoints[0]} is {shell[endpoints[0]]}",
            f"unset {' '.join(endpoints)}",
        )
    if shell.get("AWS_PROFILE") and shell.get("AWS_ACCESS_KEY_ID"):
        raise RefusedError(
            "aws: a profile and a key are both exported",
            f"AWS_PROFILE is {shell['AWS_PROFILE']}, and AWS_ACCESS_KEY_ID is set too",
            "unset AWS_PROFILE, or unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
        )


def check_profile(shell: Mapping[str, str]) -> None:
    """Refuse a profile that is exported and does not exist: with it the hosts of a stand-in cannot be listed either."""
    if not (profile := shell.get("AWS_PROFILE")):
        return
    from botocore.session import Session  # noqa: PLC0415 - not imported where no profile is exported

    if profile not in Session(profile=None).available_profiles:
        raise RefusedError(
            "aws: the AWS profile does not exist",
            f"AWS_PROFILE is {profile}",
            "unset AWS_PROFILE, or export one with a name from ~/.aws/config",
        )


def check_endpoint(url: str, fix: str) -> None:
    """Refuse a stand-in that is not on this machine, or where nothing accepts connections. Raises RefusedError."""
    if not is_loopback(url):
        raise RefusedError(
            "environment: a stand-in for AWS must be on this machine",
            f"endpoint: {url}",
            "give a loopback address, such as http://127.0.0.1:5566, or no endpoint for AWS itself",
        )
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=3).close()
    except OSError as error:
        raise RefusedError(
            "environment: the AWS endpoint does not answer", f"{url}: {error.strerror or error}", fix
        ) from error


def is_loopback(url: str) -> bool:
    """Whether a URL's host is an address of this machine; a name is not, since it may come to mean another."""
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False
