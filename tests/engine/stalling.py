"""A registry whose image starts to arrive and then stalls."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYER = "sha256:" + "5" * 64


class Registry(http.server.ThreadingHTTPServer):
    """`asked` is set when the layer is asked for; nothing of it is sent before `end` is."""

    daemon_threads = True

    def __init__(self, architecture: str) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked, self.end = threading.Event(), threading.Event()
        layers = {"type": "layers", "diff_ids": [LAYER]}
        self.config = json.dumps({"architecture": architecture, "os": "linux", "rootfs": layers}).encode()
        kind = "application/vnd.docker"
        config = {
            "mediaType": f"{kind}.container.image.v1+json",
            "size": len(self.config),
            "digest": digest(self.config),
        }
        layer = {"mediaType": f"{kind}.image.rootfs.diff.tar.gzip", "size": 1000, "digest": LAYER}
        manifest = {"schemaVersion": 2, "mediaType": KIND, "config": config, "layers": [layer]}
        self.manifest = json.dumps(manifest).encode()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


KIND = "application/vnd.docker.distribution.manifest.v2+json"


class Answer(http.server.BaseHTTPRequestHandler):
    """One request of Docker or of the engine."""

    server: Registry

    def do_GET(self) -> None:
        if self.path.endswith(LAYER):
            self.server.asked.set()
            self.server.end.wait()
        elif "/manifests/" in self.path:
            self._send(self.server.manifest, KIND)
        elif "/blobs/" in self.path:
            self._send(self.server.config, "application/octet-stream")
        else:
            self._send(b"{}", "application/json")

    do_HEAD = do_GET  # noqa: N815  (the name that http.server calls)

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", digest(body))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


@contextlib.contextmanager
def stalling(architecture: str) -> Iterator[Registry]:
    """Serve such a registry while the block runs."""
    with Registry(architecture) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.end.set()
            server.shutdown()
            thread.join()
