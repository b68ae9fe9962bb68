"""The page's own files: addresses that change with their content, and the digests that browsers hold them to."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, url_for

# A changed file has another address, so a day is only for tidiness.
KEPT_SECONDS = 86_400


def register(app: Flask) -> None:
    """Read every static file once, and let templates name them."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = KEPT_SECONDS
    folder = Path(str(app.static_folder))
    digests = {path.name: hashlib.sha384(path.read_bytes()).digest() for path in folder.iterdir()}

    def asset(name: str) -> str:
        return url_for("static", filename=name, v=digests[name].hex()[:12])

    def integrity(name: str) -> str:
        return f"sha384-{base64.b64encode(digests[name]).decode()}"

    @app.context_processor
    def _names() -> dict[str, Any]:
        return {"asset": asset, "integrity": integrity}
