"""What a path needs. Whatever is not named here needs an identity: a new view is closed until it is opened here."""

import re

# Nobody is asked who they are, and nothing is counted. /metrics sees for itself that it is not asked by the public.
_OPEN = frozenset(
    {"/healthz", "/readyz", "/version", "/metrics", "/sign-in", "/sign-out", "/theme", "/docs", "/openapi.json"}
)
_OPEN_BELOW = ("/static/", "/.well-known/", "/docs/")
_CARD = re.compile(r"(/v0\.3)?/agents/[a-z]+/\.well-known/agent-card\.json", re.ASCII)

_SCOPES = (("/v1/chat/", "chat"), ("/v1/models", "chat"), ("/agents/", "a2a"), ("/v0.3/", "a2a"))


def need(path: str, mount: str = "") -> str | None:
    """The scope that a key needs for a path, None for one that is open to everybody.

    `mount` is where the proxy mounts the application.
    """
    if path in _OPEN or path.startswith(_OPEN_BELOW) or _CARD.fullmatch(path):
        return None
    for start, scope in _SCOPES:
        if (mount + path).startswith(start):
            return scope
    return "tasks"


def takes_foreign_keys(path: str) -> bool:
    """Whether clients of this path cannot but send a key, so that one of another kind means: none.

    The OpenAI clients refuse to start without a key, and people write any word there for a server that needs none.
    """
    return path.startswith(("/v1/chat/", "/v1/models"))


def for_programs(path: str) -> bool:
    """Whether only programs ask here, which are answered in their protocol's form whatever else they would take."""
    return path.startswith(("/v1/", "/agents/", "/v0.3/"))
