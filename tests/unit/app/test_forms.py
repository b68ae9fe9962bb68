"""Forms: what is no text is refused, and not put right in a way that nobody asked for."""

import pytest
from flask.testing import FlaskClient

from tests.unit.app.browser import ACCEPT

FORM = "application/x-www-form-urlencoded"
PARTS = b'--x\r\nContent-Disposition: form-data; name="question"\r\n\r\n%s\r\n--x--\r\n'
HERE = {"Accept": ACCEPT, "Origin": "http://localhost"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"question=%ff%fe+2", FORM),
        (b"question=1+%2B+1&other=%ff", FORM),
        (b"question=1\xff", FORM),
        (PARTS % b"1 \xff", "multipart/form-data; boundary=x"),
    ],
)
def test_form_that_is_not_text_is_refused(client: FlaskClient, body: bytes, kind: str) -> None:
    response = client.post("/", data=body, content_type=kind, headers=HERE)

    assert response.status_code == 400
    assert "The form is not text. Send it in UTF-8." in response.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"question=2+%2B+3+%C2%B7+4", FORM),
        ("question=2 %2B 3 · 4".encode(), FORM),
        (PARTS % "2 + 3 · 4".encode(), "multipart/form-data; boundary=x"),
    ],
)
def test_form_of_text_is_accepted(client: FlaskClient, body: bytes, kind: str) -> None:
    response = client.post("/", data=body, content_type=kind, headers=HERE, follow_redirects=True)

    assert "14" in response.text
