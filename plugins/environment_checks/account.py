"""Which AWS account a run speaks to: the process's settings, and what the credentials turn out to be."""

from __future__ import annotations

import functools
import ipaddress
import os
import socket
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from plugins.environment_checks.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nothing is granted to these: a stand-in accepts any, and AWS knows none of them.
STAND_IN_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}


def process_settings(inherited: Mapping[str, str], region: str, endpoint: str | None) -> dict[str, str]:
    """Environment variables of a run: the operator's own, but with a stand-in none of the operator's AWS settings."""
    regions = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    if endpoint is None:
        check_unambiguous(inherited)
        # An endpoint is a setting of an environment, never of a shell.
        others = {
            name: value for name, value in inherited.items() if not name.startswith(("AWS_ENDPOINT_URL", "AWS_URL"))
        }
        return {**others, **regions}
    if not is_loopback(endpoint):
        raise Refusal(
            "environment: a stand-in for AWS must be on this machine",
            f"endpoint: {endpoint}",
            "give a loopback address, such as http://127.0.0.1:5566, or no endpoint for AWS itself",
        )
    # Of a proxy's two spellings the lower-case one wins, so both are set.
    exempt = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.0/8,127.0.0.1,localhost")
    others = {name: value for name, value in inherited.items() if not name.startswith(("AWS_", "BOTO"))}
    return {**others, **regions, **exempt, **STAND_IN_SETTINGS, "AWS_ENDPOINT_URL": endpoint}


def check_unambiguous(inherited: Mapping[str, str]) -> None:
    """Refuse two answers to whose account it is; Ansible's modules would, each in its own words."""
    if inherited.get("AWS_PROFILE") and inherited.get("AWS_ACCESS_KEY_ID"):
        raise Refusal(
            "aws: a profile and a key are both exported",
            f"AWS_PROFILE is {inherited['AWS_PROFILE']}, and AWS_ACCESS_KEY_ID is set too",
            "unset AWS_PROFILE, or unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
        )


def is_loopback(url: str) -> bool:
    """Whether a URL's host is an address of this machine; a name is not, since it may come to mean another."""
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False


def check_endpoint(url: str, fix: str) -> None:
    """Refuse when nothing accepts connections at a stand-in's address."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=3).close()
    except OSError as error:
        raise Refusal("environment: the AWS endpoint does not answer", f"{url}: {error.strerror}", fix) from error


def check_account(expected: str | None) -> None:
    """Refuse credentials that AWS does not accept, or that belong to another account."""
    account = caller_account()
    if expected and account != expected:
        raise Refusal(
            "aws: the credentials belong to another account",
            f"{account}, and the environment's account is {expected}",
            "switch AWS_PROFILE or the exported keys, or correct account in environment.yml",
        )


@functools.cache
def caller_account() -> str:
    """The account of the process's credentials, asked once a run. Raises Refusal where AWS doesn't tell."""
    try:
        import boto3  # noqa: PLC0415 - an environment without an account needs neither boto3 nor its import time
        from botocore import exceptions  # noqa: PLC0415
    except ImportError as error:
        raise Refusal(
            "aws: boto3 is not installed beside Ansible", sys.executable, "install requirements/operator.txt there"
        ) from error
    try:
        return boto3.client("sts").get_caller_identity()["Account"]
    except exceptions.ClientError as error:
        raise rejection(error.response["Error"]) from error
    except (exceptions.SSOError, exceptions.TokenRetrievalError) as error:
        raise Refusal("aws: the sign-on session has ended", str(error), "sign in again: aws sso login") from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise Refusal(
            "aws: there are no AWS credentials",
            str(error),
            "export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ) from error
    except exceptions.ProfileNotFound as error:
        raise Refusal(
            "aws: the AWS profile does not exist", str(error), "export AWS_PROFILE with a name from ~/.aws/config"
        ) from error
    except exceptions.BotoCoreError as error:
        raise Refusal(
            "aws: AWS does not answer", str(error), "check this machine's network, and region in environment.yml"
        ) from error


def rejection(error: Mapping[str, Any]) -> Refusal:
    """What AWS's own error about the credentials means to an operator."""
    found = f"{error.get('Code')}: {error.get('Message')}"
    if error.get("Code") in EXPIRED:
        return Refusal("aws: the session token has expired", found, "get a new one, such as by aws sso login")
    return Refusal("aws: AWS does not accept the credentials", found, "check AWS_PROFILE, or the exported keys")
