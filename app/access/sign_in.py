"""`/sign-in`: a person enters an API key once, and the page's session acts for it until it ends or the key does."""

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from app import errors
from app.access.guard import check_origin, guard, is_for_a_person, set_cookie
from app.access.identify import COOKIE, address_subject
from app.access.key_store import RefusedKeyError
from app.errors import RequestError
from app.store.database import UnavailableError

blueprint = Blueprint("sign_in", __name__, template_folder="templates")

# A person mistypes; a program that guesses would need 2 ** 255 tries.
TRIES_A_MINUTE = 10


@blueprint.get("/sign-in")
def show() -> Response:
    """The form."""
    return _page(_next(request.args.get("next", "/")))


@blueprint.post("/sign-in")
def enter() -> BaseResponse:
    """Begin a session with the key in the form, and go where the person wanted to."""
    check_origin()
    target = "/"
    try:
        target = _next(request.form.get("next", "/"))
        guard().count(f"sign-in:{address_subject(request.remote_addr)}", TRIES_A_MINUTE)
        identity = guard().identifier.session_with(request.form.get("key", ""))
    except RefusedKeyError as error:
        return _page(target, str(error), 403)
    except RequestError as error:
        return _refused(target, error)
    except (RequestEntityTooLarge, UnavailableError) as error:
        if not is_for_a_person():
            raise
        return _refused(target, errors.in_words(error))
    response = redirect(target, 303)
    set_cookie(response, identity.cookie or "")
    return response


@blueprint.post("/sign-out")
def leave() -> BaseResponse:
    """End the session in this browser."""
    check_origin()
    response = redirect("/sign-in", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _refused(target: str, error: RequestError) -> Response:
    page = _page(target, error.whole, error.status)
    page.headers.update(error.headers)
    return page


def _page(target: str, error: str = "", status: int = 200) -> Response:
    response = make_response(render_template("sign_in.html", next=target, error=error), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _next(target: str) -> str:
    """`target` if it is a path of this site: `//host` and `/\\host` lead elsewhere."""
    plain = target.isprintable() and len(target) <= 2_000 and "\\" not in target
    return target if plain and target.startswith("/") and not target.startswith("//") else "/"
