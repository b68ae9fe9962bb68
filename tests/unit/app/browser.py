"""A browser without scripts, as far as the application can tell: it asks for HTML, keeps cookies, follows redirects."""

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Browser:
    """One person's browser; it opens the first page before anything else, as people do."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.get("/")

    def get(self, address: str, **headers: str) -> TestResponse:
        return self.client.get(address, headers={"Accept": ACCEPT, **headers})

    def post(self, address: str, *, follow: bool = True, **fields: str) -> TestResponse:
        headers = {"Accept": ACCEPT, "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
        return self.client.post(address, data=fields, headers=headers, follow_redirects=follow)

    def ask(self, question: str) -> TestResponse:
        """The page that a new question leads to."""
        return self.post("/", question=question)


def here(response: TestResponse) -> str:
    """The path of the page that was come to."""
    return response.request.path


def action(response: TestResponse, name: str) -> str:
    """Where the form whose address ends with `name` goes."""
    match = re.search(rf'action="([^"]*/{name})"', response.text)
    assert match, f"no form for {name}"
    return unescape(match[1])
