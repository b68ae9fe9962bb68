"""`flask state …`: the database in an operator's hands."""

from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from app.settings import Settings
from app.store import chores, migrate, schema
from app.store.conversations import ConversationStore
from app.store.database import Database, UnavailableError

group = AppGroup("state", help="Conversations and tasks, and the database they are kept in.")


def _database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def _refuse(problem: str) -> NoReturn:
    click.echo(problem, err=True)
    raise SystemExit(1)


@group.command()
def status() -> None:
    """Which revision the database has, and which is this release's."""
    try:
        found = migrate.revision(_database())
    except UnavailableError as error:
        _refuse(migrate.problem(error))
    click.echo(f"database: {_database().url.render_as_string(hide_password=True)}")
    click.echo(f"revision: {found or 'none'}")
    click.echo(f"this release's: {schema.revisions()[-1]}")


@group.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database to this release's revision, or to another later one."""
    _migrate("upgrade", revision)


@group.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the database back to an earlier revision; what that has no place for is lost."""
    _migrate("downgrade", revision)


@group.command()
@click.option("--days", type=click.IntRange(min=1), help="Instead of RETENTION_DAYS.")
def prune(days: int | None) -> None:
    """Delete conversations older than RETENTION_DAYS; replicas do it every hour by themselves."""
    settings: Settings = current_app.extensions["settings"]
    days = days or settings.retention_days
    if not days:
        _refuse("state: nothing is ever too old\n  found: RETENTION_DAYS=0\n  fix: say --days")
    try:
        click.echo(f"deleted {chores.prune(ConversationStore(_database()), days)} conversations")
    except UnavailableError as error:
        _refuse(migrate.problem(error))


def _migrate(direction: str, revision: str) -> None:
    known = [*schema.revisions(), "head", "base"]
    if revision not in known:
        _refuse(f"state: there is no such revision\n  found: {revision}\n  fix: use {' or '.join(known)}")
    try:
        migrate.run(_database().engine(), direction, revision)
    except migrate.MigrationError as error:
        _refuse(migrate.problem(error))
