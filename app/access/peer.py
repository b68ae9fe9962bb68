"""Calls from one agent to the other say whose they are: a way that signs each of them.

What the proxy's internal listener lets through is not trusted for having come that way. The token is made with the
secret in the database that both agents share, so it needs no configuration, and works within one process too.
"""

from collections.abc import Mapping

from app.access.identify import PEER_HEADER
from app.access.signing import Signer
from app.agents.peer_way import Way
from app.store.database import UnavailableError


class SignedWay:
    """Another way, with the word of `agent` added to every request."""

    def __init__(self, way: Way, signer: Signer, agent: str) -> None:
        self._way = way
        self._signer = signer
        self._agent = agent

    def post(self, path: str, body: bytes, headers: Mapping[str, str], seconds: float) -> tuple[int, bytes]:
        """Send a request on, signed; raises what the way raises."""
        try:
            token = self._signer.peer(self._agent)
        except UnavailableError as error:
            raise ConnectionError("the secret for peers cannot be read") from error
        return self._way.post(path, body, {**headers, PEER_HEADER: token}, seconds)
