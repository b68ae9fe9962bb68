"""What is refused before or around a view, in the form that the binding at the path has for errors."""

import re

from flask import Response, request

from app.a2a import http, jsonrpc, rest, rpc
from app.a2a.faults import refusal
from app.errors import RequestError

BELOW = ("/agents/", "/v0.3/")
_RPC = re.compile(r"(/v0\.3)?/agents/[^/]+/?")


def respond(error: RequestError) -> Response:
    """JSON-RPC's form, which both versions share, at an agent's own URL, where it is posted to; else that of REST."""
    fault = refusal(error)
    if request.method == "POST" and _RPC.fullmatch(request.path):
        return rpc.failed(jsonrpc.V1, None, fault)
    return rest.failed(fault, http.V03 if request.path.startswith("/v0.3/") else http.V1)
