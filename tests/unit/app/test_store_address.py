import pytest
from sqlalchemy.engine import make_url

from app.settings import Settings, SettingsError
from app.store import address


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:////data/agents.db", "sqlite:////data/agents.db"),
        ("postgres://u:p@host:5432/agents", "postgresql+psycopg://u:p@host:5432/agents"),
        ("postgresql://u@host/agents?sslmode=require", "postgresql+psycopg://u@host/agents?sslmode=require"),
        ("postgresql+psycopg://host/agents", "postgresql+psycopg://host/agents"),
        (
            "postgresql://agents@/agents?host=/run/postgresql",
            "postgresql+psycopg://agents@/agents?host=/run/postgresql",
        ),
        ("postgresql://u:p%40ss@[::1]:5432/agents", "postgresql+psycopg://u:p%40ss@[::1]:5432/agents"),
    ],
)
def test_common_database_urls_are_accepted(written: str, meant: str) -> None:
    assert Settings.read({"DATABASE_URL": written}).database_url == meant
    assert make_url(meant).database
    # Told twice, it is the same.
    assert address.normal(meant) == meant


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("mysql://u:secret@host/agents", "mysql: is no database that is known here"),
        ("secret", "is no database that is known here"),
        ("postgresql://u:secret@host", "it names no database after the host"),
        ("postgresql://u:secret@host/", "it names no database after the host"),
        ("postgresql://u:secret@host/a/b", "it names no database after the host"),
        ("postgresql://u:secret@host:none/agents", "its host or port cannot be read"),
        ("postgresql://u:secret@[::1/agents", "its host or port cannot be read"),
        ("sqlite://", "an SQLite file needs an absolute path"),
        ("sqlite:///:memory:", "an SQLite file needs an absolute path"),
        ("sqlite:///agents.db", "an SQLite file needs an absolute path"),
        ("sqlite:////data/", "it does not end with a file's name"),
        ("sqlite:////data/agents.db?mode=ro", "it does not end with a file's name"),
    ],
)
def test_unusable_database_url_is_refused_without_showing_the_password(written: str, seen: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read({"DATABASE_URL": written})

    text = str(caught.value)
    assert text.startswith("settings: DATABASE_URL is no database's address\n  found: ")
    assert seen in text
    assert text.endswith("\n  fix: use sqlite:////absolute/path or postgresql://user:password@host/database")
    assert "u:secret" not in text
