"""`flask --app app keys create|list|revoke`: the operator's way to API keys."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NoReturn

import click
from flask.cli import AppGroup

from app.access import keys
from app.access.guard import guard
from app.access.key_store import LONGEST_NAME, KeyRecord
from app.store.database import UnavailableError

group = AppGroup("keys", help="API keys: make, list and revoke them.")

_COLUMNS = ("ID", "NAME", "STATE", "SCOPES", "CREATED", "EXPIRES", "LAST USED")


@group.command("create")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, help="What it may be used for; may be repeated. Default: all but metrics."
)
@click.option("--expires", default="90d", show_default=True, help="90d, 12h, 2w, 1y, 2027-01-31 or never.")
def create(name: str, scopes: tuple[str, ...], expires: str) -> None:
    """Make a key called NAME, and print it: this once, since only a digest is kept."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        _refuse("the name cannot be used", ascii(name), f"use 1 to {LONGEST_NAME} printable characters")
    for scope in scopes:
        if scope not in keys.SCOPES:
            _refuse("there is no such scope", scope, f"use {' or '.join(keys.SCOPES)}")
    try:
        moment = keys.expiry(expires, datetime.now(UTC))
    except (ValueError, OverflowError):
        _refuse("this is no time to expire at", expires, "use 90d, 12h, 2w, 1y, a later day like 2027-01-31, or never")
    with _database():
        expires_at = None if moment is None else int(moment.timestamp() * 1e6)
        key = guard().key_store.create(name.strip(), scopes or keys.USUAL_SCOPES, expires_at)
    until = "never expires" if moment is None else f"expires {moment:%Y-%m-%d %H:%M} UTC"
    click.echo(f"Key {key.id} {until}. Keep it now: it is shown this once.", err=True)
    click.echo(str(key))


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="As a JSON array.")
def list_(as_json: bool) -> None:
    """Show every key, without its secret."""
    with _database():
        found = guard().key_store.all()
    if as_json:
        click.echo(json.dumps([_json(record) for record in found], indent=2))
        return
    rows = [_COLUMNS, *(_row(record) for record in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@group.command("revoke")
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """End the key with this ID for good. Its sessions and open streams end within seconds."""
    # A whole key is also taken: it is what one has at hand when it has leaked.
    whole = keys.parse(key_id)
    with _database():
        before = guard().key_store.revoke(whole.id if whole else key_id)
    if before is None:
        _refuse("there is no such key", ascii(key_id[:20]), "take an ID from `keys list`")
    click.echo(f"Key {before.id} ({before.name}) " + ("was revoked before." if before.revoked else "is revoked."))


def _row(record: KeyRecord) -> tuple[str, ...]:
    return (
        record.id, record.name, record.state, ",".join(sorted(record.scopes)), _time(record.created),
        _time(record.expires) or "never", _time(record.last_used) or "never",
    )  # fmt: skip


def _json(record: KeyRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "name": record.name,
        "state": record.state,
        "scopes": sorted(record.scopes),
        "created": _time(record.created),
        "expires": _time(record.expires) or None,
        "last_used": _time(record.last_used) or None,
        "revoked": _time(record.revoked) or None,
    }


def _time(moment: int | None) -> str:
    return "" if moment is None else f"{datetime.fromtimestamp(moment / 1e6, UTC):%Y-%m-%dT%H:%MZ}"


@contextmanager
def _database() -> Iterator[None]:
    try:
        yield
    except UnavailableError as error:
        _refuse("the database cannot be used", str(error), "see DATABASE_URL, and start the application once")


def _refuse(wrong: str, found: str, fix: str) -> NoReturn:
    click.echo(f"keys: {wrong}\n  found: {found}\n  fix: {fix}", err=True)
    raise SystemExit(1)
