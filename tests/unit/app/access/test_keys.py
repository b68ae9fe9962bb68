"""Keys as text, in the database, and on the operator's command line."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from app.access import keys
from app.access.key_store import KeyStore, RefusedKeyError
from app.settings import Settings
from app.store import migrate
from app.store.database import Database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "agents.db"
    migrate.ensure(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def store(path: Path) -> KeyStore:
    return KeyStore(Database(f"sqlite:///{path}"))


@pytest.fixture(scope="module")
def app(path: Path) -> Flask:
    return create_app(Settings(database_url=f"sqlite:///{path}"))


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["keys", *arguments])


def test_key_round_trips_through_text() -> None:
    made = {keys.make() for _ in range(50)}

    assert len(made) == 50
    assert {keys.parse(str(key)) for key in made} == made
    assert all(key.secret not in repr(key) for key in made)


@given(st.text())
def test_random_text_is_not_a_key(text: str) -> None:
    assert keys.parse(text) is None
    assert keys.parse(f"lsk_{text}") is None


@given(st.data())
def test_changed_key_is_invalid_or_another_key(data: st.DataObject) -> None:
    key = keys.make()
    text = str(key)
    place = data.draw(st.integers(0, len(text) - 1))
    with_other = data.draw(st.characters().filter(lambda character: character != text[place]))
    found = keys.parse(text[:place] + with_other + text[place + 1 :])

    assert found is None or found.id != key.id or not found.matches(key.digest)


@pytest.mark.parametrize("change", ["{} ", " {}", "{}\n", "{}a", "Bearer {}", "LSK{}"])
def test_key_with_added_characters_is_invalid(change: str) -> None:
    assert keys.parse(change.format(keys.make())) is None


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("90d", timedelta(days=90)),
        ("12h", timedelta(hours=12)),
        ("2w", timedelta(weeks=2)),
        ("1y", timedelta(days=365)),
        ("2026-11-21", timedelta(hours=12)),
        ("never", None),
    ],
)
def test_expiry_is_read(text: str, after: timedelta | None) -> None:
    assert keys.expiry(text, NOW) == (None if after is None else NOW + after)


@pytest.mark.parametrize("text", ["", "0d", "90", "d", "-1d", "2026-11-20", "2026-02-30", "1.5d", "soon", "٣d"])
def test_invalid_expiry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        keys.expiry(text, NOW)


def test_only_a_digest_of_the_secret_is_stored(store: KeyStore, path: Path) -> None:
    key = store.create("stored", ["tasks"], None)

    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT * FROM api_keys WHERE id = ?", [key.id]).fetchall()
    assert len(rows) == 1
    assert key.digest in rows[0]
    assert key.secret not in repr(rows)


def test_key_is_accepted_until_revoked(store: KeyStore) -> None:
    key = store.create("mine", ["chat"], None)

    record = store.admit(str(key))
    assert (record.id, record.name, record.scopes) == (key.id, "mine", {"chat"})
    assert store.revoke(key.id) is not None
    with pytest.raises(RefusedKeyError, match=r"^This API key was revoked\.$"):
        store.admit(str(key))
    with pytest.raises(RefusedKeyError, match="revoked"):
        store.admit_id(key.id)


def test_an_expired_key_and_a_wrong_secret_are_refused(store: KeyStore) -> None:
    old = store.create("old", ["tasks"], 1)
    key = store.create("good", ["tasks"], None)

    with pytest.raises(RefusedKeyError, match=r"^This API key has expired\.$"):
        store.admit(str(old))
    for wrong in (f"lsk_{key.id}_{keys.make().secret}", str(keys.make())):
        with pytest.raises(RefusedKeyError, match=r"^This API key is not known here\.$"):
            store.admit(wrong)


def test_last_use_is_recorded_at_intervals(store: KeyStore) -> None:
    key = store.create("used", ["tasks"], None)
    assert store.admit(str(key)).last_used is None

    first = store.admit(str(key)).last_used
    assert first is not None
    assert store.admit(str(key)).last_used == first


def test_key_commands_create_list_and_revoke(app: Flask) -> None:
    made = run(app, "create", "Ann's laptop", "--scope", "tasks", "--expires", "30d")
    key = keys.parse(made.stdout.strip())

    assert made.exit_code == 0
    assert key is not None
    assert "it is shown this once" in made.stderr
    listed = run(app, "list")
    assert key.secret not in listed.output
    assert f"{key.id}  Ann's laptop  valid" in " ".join(listed.output.split(" "))
    record = next(entry for entry in json.loads(run(app, "list", "--json").stdout) if entry["id"] == key.id)
    assert (record["scopes"], record["state"], record["last_used"]) == (["tasks"], "valid", None)

    assert run(app, "revoke", key.id).stdout == f"Key {key.id} (Ann's laptop) is revoked.\n"
    assert run(app, "revoke", str(key)).stdout == f"Key {key.id} (Ann's laptop) was revoked before.\n"
    record = next(entry for entry in json.loads(run(app, "list", "--json").stdout) if entry["id"] == key.id)
    assert record["state"] == "revoked"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["create", " "], "keys: the name cannot be used\n  found: ' '\n  fix: use 1 to 80 printable characters\n"),
        (
            ["create", "a", "--scope", "all"],
            "keys: there is no such scope\n  found: all\n  fix: use tasks or chat or a2a or metrics\n",
        ),
        (
            ["create", "a", "--expires", "soon"],
            (
                "keys: this is no time to expire at\n  found: soon\n"
                "  fix: use 90d, 12h, 2w, 1y, a later day like 2027-01-31, or never\n"
            ),
        ),
        (["revoke", "nobody"], "keys: there is no such key\n  found: 'nobody'\n  fix: take an ID from `keys list`\n"),
    ],
)
def test_key_command_errors_have_three_lines(app: Flask, arguments: list[str], error: str) -> None:
    result = run(app, *arguments)

    assert (result.exit_code, result.stderr, result.stdout) == (1, error, "")


def test_key_command_reports_an_unusable_database(tmp_path: Path) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/nothing.db"))

    result = run(app, "list")
    assert result.exit_code == 1
    assert result.stderr == (
        "keys: the database cannot be used\n  found: no such table: api_keys\n"
        "  fix: see DATABASE_URL, and start the application once\n"
    )
