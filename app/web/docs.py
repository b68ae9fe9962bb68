"""`/openapi.json`, and `/docs`: the same document as a page to read, with nothing from elsewhere."""

import hashlib
import json
import re
from functools import cache

from flask import Blueprint, Response, current_app, render_template, request
from markupsafe import Markup, escape

from app import openapi
from app.settings import Settings

blueprint = Blueprint("docs", __name__)

_MAX_AGE_SECONDS = 300


@blueprint.get("/openapi.json")
def document() -> Response:
    """The document, for programs."""
    settings: Settings = current_app.extensions["settings"]
    text, tag = _written(settings.roles, settings.release)
    response = Response(text, mimetype="application/json")
    response.set_etag(tag)
    response.cache_control.public = True
    response.cache_control.max_age = _MAX_AGE_SECONDS
    response.make_conditional(request)
    return response


@blueprint.get("/docs")
def page() -> str:
    """The document, for people."""
    settings: Settings = current_app.extensions["settings"]
    api = openapi.document(settings.roles, settings.release)
    operations = list(openapi.operations(api))
    return render_template("docs.html", api=api, operations=operations, in_words=openapi.in_words)


@blueprint.app_template_filter()
def prose(text: str) -> Markup:
    """A description as a page shows it: what stands between backticks is code, the ends of its lines are nothing."""
    parts = re.split("`([^`]*)`", " ".join(text.split()))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


@cache
def _written(roles: tuple[str, ...], release: str | None) -> tuple[str, str]:
    text = json.dumps(openapi.document(roles, release), ensure_ascii=False)
    return text, hashlib.sha256(text.encode()).hexdigest()[:16]
