"""Whether hosts could have an image, asked of its registries before there are hosts or anything is installed on them.

This machine may not reach what hosts reach, nor know their credentials. So only what a registry says for certain is a
refusal: that it has no such image, or has it for other architectures. All else is left to the host's own engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.longshore.app.engine.longshore.host.images import refusal_of
from ansible_collections.longshore.app.engine.longshore.host.registry import RegistryError, Trouble
from ansible_collections.longshore.app.engine.longshore.planning.preflight import fits_platform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.longshore.app.engine.longshore.host.registry import Registry
    from ansible_collections.longshore.app.engine.longshore.planning.image import RemoteImage
    from ansible_collections.longshore.app.engine.longshore.planning.reference import Reference

# The kernel's and Amazon's names of an architecture, as images have it.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64", "amd64": "amd64"}


def check_available(reference: Reference, registries: Sequence[Registry], architecture: str) -> None:
    """Refuse an image that no registry has, or that is built for others. `architecture`: empty where not known."""
    platform = f"linux/{ARCHITECTURES[architecture]}" if architecture in ARCHITECTURES else ""
    troubles: list[RegistryError] = []
    for registry in registries:
        try:
            digest = registry.digest(reference.repository, reference.digest or reference.tag or "")
        except RegistryError as trouble:
            troubles.append(trouble)
            continue
        if platform and (remote := _described(registry, reference, digest, platform)):
            fits_platform(reference, remote, None, platform)
        return
    said = {trouble.trouble for trouble in troubles}
    if Trouble.MISSING in said and Trouble.DENIED not in said:
        raise refusal_of(reference, troubles)


def _described(registry: Registry, reference: Reference, digest: str, platform: str) -> RemoteImage | None:
    try:
        return registry.image(reference.repository, digest, platform)
    except RegistryError:
        return None
