"""`/`: a line of text to curl and other programs, a page to a browser."""

from flask import Blueprint, Response, make_response, render_template, request

blueprint = Blueprint("pages", __name__)

GREETING = "Hello World\n"


@blueprint.get("/")
def home() -> Response:
    """Plain text unless HTML is asked for before it: curl accepts anything, a browser names text/html."""
    if request.accept_mimetypes.best_match(["text/plain", "text/html"]) == "text/html":
        response = make_response(render_template("home.html"))
    else:
        response = Response(GREETING, mimetype="text/plain")
    response.vary.add("Accept")
    return response
