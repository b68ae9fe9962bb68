"""Resolves an image reference to a digest, and finds out whether this host has the image.

A tag may have moved since the last release, so the registry is asked for its digest, by one small request. When that
fails and the host has the image, the release goes on with it and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import RefusedError
from .registry import RegistryError, Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..planning.image import LocalImage, RemoteImage
    from ..planning.reference import Reference
    from .containers import Images
    from .registry import Registry


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference means now. `local` is set when no pull is needed, `registry` when one knows the image."""

    digest: str
    local: LocalImage | None
    registry: Registry | None
    note: str = ""


def resolve(reference: Reference, images: Images, registries: Sequence[Registry]) -> Resolved:
    """Find the digest of a reference. Raises RefusedError when neither a registry nor this host knows it."""
    if reference.digest and (local := images.find(reference.by_digest(reference.digest))):
        return Resolved(reference.digest, local, None)
    refusals: list[RegistryError] = []
    for registry in registries:
        try:
            digest = registry.digest(reference.repository, reference.digest or reference.tag or "")
        except RegistryError as refusal:
            refusals.append(refusal)
        else:
            return Resolved(digest, images.find(reference.by_digest(digest)), registry)
    local = images.find(str(reference))
    if local is None:
        raise refusal_of(reference, refusals)
    note = f"{reference}: {_quote(refusals)}; continuing with the local image"
    return Resolved(_known_digest(reference, local), local, None, note)


def describe(reference: Reference, resolved: Resolved, platform: str) -> RemoteImage | None:
    """What the registry knows about an image that must be pulled; None when the host has it. Raises RefusedError."""
    if resolved.registry is None or resolved.local is not None:
        return None
    try:
        return resolved.registry.image(reference.repository, resolved.digest, platform)
    except RegistryError as refusal:
        raise refusal_of(reference, [refusal]) from refusal


def refusal_of(reference: Reference, refusals: list[RegistryError]) -> RefusedError:
    """One error for what all registries said; a 404 takes precedence over a registry that can't be reached."""
    found = f"{reference}: {_quote(refusals)}"
    troubles = {refusal.trouble for refusal in refusals}
    if Trouble.DENIED in troubles:
        fix = "check the name; for a private image run `docker login` on the host as root"
        return RefusedError("release: image does not exist, or may not be read", found, fix)
    if Trouble.MISSING in troubles:
        fix = "check the name and the tag, and that the image was pushed: `make push IMAGE=…`"
        return RefusedError("release: image does not exist", found, fix)
    if Trouble.BROKEN in troubles:
        return RefusedError("release: registry is broken", found, "wait for the registry or fix it, and run this again")
    fix = "check the host's network, DNS and `registry_mirrors`, and run this again"
    return RefusedError("release: registry is unreachable", found, fix)


def _known_digest(reference: Reference, local: LocalImage) -> str:
    """The registry's digest where Docker remembers it; an image that was only ever loaded has its id."""
    for digest in local.digests:
        name, _, rest = digest.partition("@")
        if name == reference.name:
            return rest
    return local.id


def _quote(refusals: list[RegistryError]) -> str:
    return ", ".join(str(refusal) for refusal in refusals)
