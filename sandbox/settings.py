"""Every path, port, range and label of a sandbox, in one place.

The defaults are what `make up` uses. Each can be overridden by an environment variable, which is how a test brings up
a second sandbox beside the first, and how children of the supervisor learn what it was given.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from engine.longshore.errors import RefusedError

CHECKOUT = Path(__file__).resolve().parent.parent

# What moto answers as the account of any unknown key. A real account never has this number.
MOTO_ACCOUNT = "123456789012"

# Debian's releases that a host can have: code name -> version, the newest last.
RELEASES = {"bookworm": "12", "trixie": "13"}

# The range of a real account's default VPC too.
DEFAULT_RANGE = IPv4Network("172.31.0.0/16")


@dataclass(frozen=True)
class Settings:
    """One sandbox. Two that run at once differ in every field but the region."""

    # Value of the label LABEL on every container, network and volume, and prefix of their names.
    name: str = "longshore-sandbox"
    state: Path = CHECKOUT / ".sandbox"
    # Held (flock) for as long as the sandbox lives; outside the checkout, so that two clones meet at it.
    lock: Path = Path("/run/lock/longshore-sandbox.lock")
    api_port: int = 5566
    registry_port: int = 5567
    # Host web-1 is published here, web-2 on the next, and so on.
    https_port: int = 8443
    # The range that Docker's network has from the start; the mirror listens on its first address.
    vpc_cidr: IPv4Network = DEFAULT_RANGE
    # Version of Debian that hosts get where nothing else is said: `make up` builds its image. An instance's own image
    # decides, which the sandbox's inventory chooses by the same variable.
    debian: str = "13"
    region: str = "us-east-1"

    LABEL = "longshore.sandbox"

    @property
    def endpoint(self) -> str:
        """The AWS API's address."""
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def gateway(self) -> IPv4Address:
        """The machine's address as hosts see it."""
        return self.vpc_cidr[1]

    @property
    def release(self) -> str:
        """Debian's code name for the version."""
        return next(name for name, version in RELEASES.items() if version == self.debian)

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.state / "logs"

    @property
    def dockerd_record(self) -> Path:
        """Who started the Docker engine, if a sandbox did; machine-wide like the engine itself."""
        return self.lock.with_suffix(".dockerd.json")

    def environment(self) -> dict[str, str]:
        """These settings as variables, for a child process."""
        return {_variable(field.name): str(getattr(self, field.name)) for field in fields(self)}

    def aws_environment(self) -> dict[str, str]:
        """What any AWS client needs to find moto, and cannot use to find anything else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def _variable(field: str) -> str:
    return "HTTPS_PORT" if field == "https_port" else f"SANDBOX_{field.upper()}"


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise ValueError("a port is a number from 1 to 65535")
    return number


def _debian(text: str) -> str:
    if text not in RELEASES.values():
        raise ValueError(f"hosts can have Debian {' or '.join(RELEASES.values())}")
    return text


CONVERSIONS = {"debian": _debian, "api_port": _port, "registry_port": _port, "https_port": _port}


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings with the environment's overrides.

    Raises RefusedError for a value that does not parse.
    """
    overrides: dict[str, object] = {}
    for field in fields(Settings):
        text = environment.get(_variable(field.name))
        if not text:
            continue
        convert: Callable[[str], object] = CONVERSIONS.get(field.name) or field.type  # type: ignore[assignment]
        try:
            overrides[field.name] = convert(text)
        except ValueError as error:
            raise RefusedError(
                f"sandbox: {_variable(field.name)} cannot be used",
                found=f"{text} ({error})",
                fix=f"leave it out for the default, {field.default}",
            ) from error
    return Settings(**overrides)  # type: ignore[arg-type]
