"""A bare Flask application: one view that answers as `/` does, for gunicorn with the application's settings."""

from flask import Flask, Response


class _Nothing:
    """What gunicorn's configuration starts and stops in the application: nothing here."""

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


app = Flask("bare")
app.extensions.update(desks={}, chores=_Nothing(), fixing=_Nothing(), feed=_Nothing())


@app.get("/")
def home() -> Response:
    """The same text as the application."""
    return Response("Hello World\n", mimetype="text/plain")
