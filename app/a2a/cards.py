"""Agent cards: what an agent says of itself. Strict ones for each version, and one of both at the origin.

A strict 1.0 card holds nothing that its schema does not know. Clients of 0.3 look at the origin only, so the card there
has the fields of both versions.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, current_app, request

from app.a2a import http
from app.a2a.agents import Agent
from app.access.card import security, security_0_3
from app.settings import Settings

blueprint = Blueprint("a2a_cards", __name__)

WELL_KNOWN = "/.well-known/agent-card.json"
# A release changes cards; clients may learn of it that much later.
FRESH_SECONDS = 300
# A card changes with the program that serves it, and with nothing else.
_BEGAN = datetime.now(UTC)


@blueprint.get(WELL_KNOWN)
def origin() -> Response:
    """The card of the agent that people talk to, or of the only one here, for clients of either version."""
    agents: dict[str, Agent] = current_app.extensions["a2a"]
    agent = agents.get("planner") or next(iter(agents.values()))
    return _answer(_merged(v1(agent), v03(agent)))


@blueprint.get(f"/agents/<name>{WELL_KNOWN}")
def strict(name: str) -> Response:
    """An agent's card as 1.0 has it."""
    return _answer(v1(http.agent(name)))


@blueprint.get(f"/v0.3/agents/<name>{WELL_KNOWN}")
def former(name: str) -> Response:
    """An agent's card as 0.3 has it."""
    return _answer(v03(http.agent(name)))


def v1(agent: Agent) -> dict[str, Any]:
    """The card in version 1.0's form."""
    base = _base()
    url, former = f"{base}/agents/{agent.name}", f"{base}/v0.3/agents/{agent.name}"
    card = {
        **_common(agent),
        "supportedInterfaces": [
            {"url": url, "protocolBinding": "JSONRPC", "protocolVersion": http.V1},
            {"url": url, "protocolBinding": "HTTP+JSON", "protocolVersion": http.V1},
            {"url": former, "protocolBinding": "JSONRPC", "protocolVersion": http.V03},
            {"url": former, "protocolBinding": "HTTP+JSON", "protocolVersion": http.V03},
        ],
        "capabilities": {"streaming": True, "pushNotifications": False, "extendedAgentCard": False},
    }
    return card | security(current_app.extensions["settings"])


def v03(agent: Agent) -> dict[str, Any]:
    """The card in version 0.3's form."""
    url = f"{_base()}/v0.3/agents/{agent.name}"
    card = {
        **_common(agent),
        "protocolVersion": "0.3.0",
        "url": url,
        "preferredTransport": "JSONRPC",
        "additionalInterfaces": [{"url": url, "transport": "JSONRPC"}, {"url": url, "transport": "HTTP+JSON"}],
        "capabilities": {"streaming": True, "pushNotifications": False, "stateTransitionHistory": False},
        "supportsAuthenticatedExtendedCard": False,
    }
    return card | security_0_3(current_app.extensions["settings"])


def _common(agent: Agent) -> dict[str, Any]:
    settings: Settings = current_app.extensions["settings"]
    return {
        "name": agent.title,
        "description": agent.description,
        "version": settings.release or settings.revision or "0",
        "provider": {"organization": "Longshore", "url": _base()},
        "defaultInputModes": list(agent.input_modes),
        "defaultOutputModes": list(agent.output_modes),
        "skills": agent.skills(),
    }


def _merged(card: Mapping[str, Any], former: Mapping[str, Any]) -> dict[str, Any]:
    """One card of both; their security schemes have the same names, and fields that do not clash."""
    found = {**former, **card}
    if schemes := card.get("securitySchemes"):
        found["securitySchemes"] = {name: {**former["securitySchemes"][name], **schemes[name]} for name in schemes}
    return found


def _base() -> str:
    """Where the origin is, as the client sees it."""
    return request.root_url.rstrip("/")


def _answer(card: Mapping[str, Any]) -> Response:
    response = Response(http.written(card), mimetype=http.MEDIA_TYPE)
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response.last_modified = _BEGAN
    response.add_etag()
    response.make_conditional(request)
    return response
