"""A database of an earlier release, put in place under running replicas, is migrated by them."""

from pathlib import Path

from app.store import migrate, schema
from app.store.database import Database
from tests.server.gunicorn import client, gunicorn, stop
from tests.waiting import until

FIRST = schema.revisions()[0]


def test_running_replica_migrates_a_restored_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/agents.db")
    path = tmp_path / "app.sock"
    with gunicorn(path) as process:
        with client(path) as http:
            until(lambda: http.get("/readyz").status_code == 200)
            # As a restore does, from one moment to the next.
            migrate.run(database.engine(), "downgrade", FIRST)
            until(lambda: migrate.revision(database) == schema.revisions()[-1])
            until(lambda: http.get("/readyz").status_code == 200)
            assert http.post("/v1/tasks", json={"question": "1 + 1"}).status_code == 200
        lines = stop(process)

    (told,) = [line for line in lines if "is an earlier release's" in str(line["message"])]
    assert (told["level"], told["revision"]) == ("warning", FIRST)
    database.close()
