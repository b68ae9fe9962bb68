"""The application, or the traceback that it could not be imported for, as a page.

A mistake is then fixed by saving the file again, where gunicorn alone would end.
"""

import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any


def create_app() -> Callable[..., Iterable[bytes]]:
    """Import the application anew; called in each worker."""
    try:
        from app import create_app as create  # noqa: PLC0415

        return create()
    except Exception:  # noqa: BLE001 - whatever a half-written module raises
        report = traceback.format_exc()
        sys.stderr.write(report)

    def failed(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")])
        return [report.encode()]

    return failed
