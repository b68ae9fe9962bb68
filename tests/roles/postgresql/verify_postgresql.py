"""Who can reach the database, what is dumped, and whether destroyed data can be restored."""

import json
import re
from pathlib import Path

import pytest

from tests.roles.running import ansible, name, operate, shown

VERSIONS = {"bookworm": "15", "trixie": "17"}
FOLDER = "/var/backups/postgresql"
# A replica runs as the image's user in nginx's group.
REPLICA = "setpriv --reuid 10001 --regid www-data --clear-groups"


@pytest.fixture(autouse=True, scope="module")
def table(host):
    sql(host, "CREATE TABLE IF NOT EXISTS tasks (id int PRIMARY KEY, question text)")
    sql(host, "INSERT INTO tasks SELECT n, 'What is ' || n || ' m in ft?' FROM generate_series(1, 5000) n")


def psql(statement, user="longshore", database="longshore"):
    return f'psql -X -qtA -v ON_ERROR_STOP=1 -h /run/postgresql -U {user} -d {database} -c "{statement}"'


def sql(host, statement):
    return host.check_output(f"{REPLICA} {psql(statement)}")


def environment(host):
    """The name of the environment, as an operator confirms it."""
    return f"test-{name(host)}"


def playbook(host, name, **variables):
    """Run one of the product's playbooks on this host."""
    return operate(host, name, **{"release_database": "postgresql", **variables})


def dumps(host):
    return json.loads(host.check_output("longshore-database list"))["dumps"]


def databases(host):
    listed = host.check_output(
        f"runuser -u postgres -- {psql('SELECT datname FROM pg_database', 'postgres', 'postgres')}"
    )
    return sorted(name for name in listed.split() if name.startswith("longshore"))


def test_no_port_is_open(host):
    assert "postgres" in host.check_output("ps -eo comm")
    listening = host.check_output("ss --tcp --udp --listening --numeric --processes --no-header")
    assert "postgres" not in listening
    assert ":5432" not in listening


def test_replica_connects_without_a_password(host):
    assert sql(host, "SELECT current_user, current_database()") == "longshore|longshore"


@pytest.mark.parametrize(
    ("who", "user", "database"),
    [
        ("root", "longshore", "longshore"),
        ("nobody", "longshore", "longshore"),
        ("www-data", "longshore", "longshore"),
        ("postgres", "longshore", "longshore"),
        ("longshore", "postgres", "postgres"),
        ("longshore", "longshore", "postgres"),
        ("longshore", "longshore", "template1"),
    ],
)
def test_only_replicas_may_connect_and_only_to_their_database(host, who, user, database):
    assert host.run(f"runuser -u {who} -- {psql('SELECT 1', user, database)}").rc == 2


def test_owner_cannot_log_in_and_has_no_rights_on_the_server(host):
    user = host.user("longshore")
    assert (user.uid, user.gid, user.shell) == (10001, 10001, "/usr/sbin/nologin")
    assert host.check_output("getent shadow longshore").split(":")[1] == "!"
    rights = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = 'longshore'"
    assert sql(host, rights) == "f|f|f|f"
    assert host.run(f"{REPLICA} {psql('COPY tasks TO PROGRAM $$id$$')}").rc != 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("shared_buffers", "32MB"),
        ("max_connections", "60"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
    ],
)
def test_settings_are_active(host, setting, value):
    assert sql(host, f"SHOW {setting}") == value


def test_database_sorts_by_code_point(host):
    # PostgreSQL 16 and later no longer show it as a setting.
    assert sql(host, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C.UTF-8"


def test_version_is_that_of_the_debian_release(host):
    assert sql(host, "SHOW server_version").split(".")[0] == VERSIONS[name(host)]


def test_debian_s_own_files_are_unchanged(host):
    folder = f"/etc/postgresql/{VERSIONS[name(host)]}/main"
    assert "longshore" not in host.file(f"{folder}/postgresql.conf").content_string
    assert "longshore" not in host.file(f"{folder}/pg_hba.conf").content_string


def test_security_upgrades_exclude_the_server(host):
    # As unattended-upgrades reads them: patterns for the start of a package's name.
    patterns = re.findall(r'Package-Blacklist:: "(.*)";', host.check_output("apt-config dump"))
    server = f"postgresql-{VERSIONS[name(host)]}"
    packages = ["postgresql", server, f"postgresql-client-{VERSIONS[name(host)]}", "libpq5"]
    assert [each for each in packages if any(re.match(p, each) for p in patterns)] == ["postgresql", server]


def test_dump_is_scheduled_each_night(host):
    assert host.service("postgresql-dump.timer").is_enabled
    assert host.service("postgresql-dump.timer").is_running
    assert "04:20:00 UTC" in host.check_output("systemctl show postgresql-dump.timer -p TimersCalendar")


def test_nightly_dump_is_complete_and_private(host):
    before = dumps(host)
    host.check_output("systemctl start postgresql-dump.service")
    (made,) = set(dumps(host)) - set(before)
    file, folder = host.file(f"{FOLDER}/{made}"), host.file(FOLDER)
    assert (file.user, file.mode) == ("postgres", 0o600)
    assert (folder.user, folder.mode) == ("postgres", 0o700)
    assert "TABLE DATA public tasks" in host.check_output(f"pg_restore --list {FOLDER}/{made}")
    assert host.check_output(f"find {FOLDER} -name '*.part'") == ""


def test_dumps_are_kept_for_a_week(host):
    for days, dump in ((6, "longshore-20260102T000000Z.dump"), (8, "longshore-20260101T000000Z.dump")):
        host.check_output(f"install -m 600 -o postgres /dev/null {FOLDER}/{dump}")
        host.check_output(f"touch -d '{days} days ago' {FOLDER}/{dump}")
    run = playbook(host, "backup")
    assert run.returncode == 0, run.stdout
    assert "removed longshore-20260101T000000Z.dump" in run.stdout
    assert "longshore-20260102T000000Z.dump" in dumps(host)
    host.check_output(f"rm {FOLDER}/longshore-20260102T000000Z.dump")


@pytest.mark.parametrize(("given", "found"), [({}, "nothing"), ({"restore_confirm": "production"}, "production")])
def test_restore_requires_the_environments_name(host, given, found):
    run = playbook(host, "restore", **given)
    assert run.returncode != 0
    assert f"found: {found}, and the environment is {environment(host)}" in run.stdout
    assert databases(host) == ["longshore"]


def test_environment_without_postgresql_is_refused(host):
    for playbook_name in ("backup", "restore"):
        run = playbook(host, playbook_name, release_database="sqlite", restore_confirm=environment(host))
        assert run.returncode != 0
        assert "database: this environment has no PostgreSQL" in run.stdout
        assert "found: release_database is sqlite" in run.stdout


def test_missing_dump_is_refused_with_the_existing_ones(host):
    run = playbook(host, "restore", restore_confirm=environment(host), restore_dump="longshore-20200101T000000Z.dump")
    assert run.returncode != 0
    assert "database: there is no such dump" in run.stdout
    assert f"fix: name one of: {dumps(host)[0]}" in run.stdout


def test_damaged_dump_changes_nothing(host):
    damaged = f"{FOLDER}/longshore-20990101T000000Z.dump"
    host.check_output(f"head -c 20000 {FOLDER}/{dumps(host)[-1]} > {damaged} && chown postgres {damaged}")
    run = playbook(host, "restore", restore_confirm=environment(host))
    assert run.returncode != 0
    assert "database: pg_restore failed" in run.stdout
    assert databases(host) == ["longshore"]
    assert sql(host, "SELECT count(*) FROM tasks") == "5000"
    host.check_output(f"rm {damaged}")


def test_destroyed_data_is_restored_and_the_replaced_database_is_kept_until_deleted(host):
    whole = sql(host, "SELECT md5(string_agg(id || question, ',' ORDER BY id)) FROM tasks")
    host.check_output("longshore-database dump")
    sql(host, "DELETE FROM tasks WHERE id > 7; INSERT INTO tasks VALUES (0, 'after the dump')")
    # A client stays connected, as replicas do.
    host.check_output(f"systemd-run --quiet --unit=visitor {REPLICA} {psql('SELECT pg_sleep(600)')}")

    run = playbook(host, "restore", restore_confirm=environment(host))
    assert run.returncode == 0, run.stdout
    assert f"{dumps(host)[-1]} is restored: " in run.stdout
    assert "tasks" in run.stdout
    assert " 5000; the previous database is kept as longshore_before_" in run.stdout
    assert sql(host, "SELECT md5(string_agg(id || question, ',' ORDER BY id)) FROM tasks") == whole
    sql(host, "INSERT INTO tasks VALUES (9999, 'the owner may write'); DELETE FROM tasks WHERE id = 9999")

    serving, kept = databases(host)
    assert (serving, kept[:17]) == ("longshore", "longshore_before_")
    assert host.run(f"runuser -u postgres -- {psql('SELECT 1', 'postgres', kept)}").rc == 2, "nobody can write to it"

    run = playbook(host, "restore", restore_confirm=environment(host), restore_forget=True)
    assert run.returncode == 0, run.stdout
    assert kept in run.stdout
    assert databases(host) == ["longshore"]


def test_missing_database_is_restored(host):
    host.check_output("longshore-database dump")
    host.check_output("runuser -u postgres -- dropdb --force longshore")
    run = playbook(host, "restore", restore_confirm=environment(host))
    assert run.returncode == 0, run.stdout
    assert "there was no database before" in run.stdout
    assert sql(host, "SELECT count(*) FROM tasks") == "5000"


def test_concurrent_dump_is_refused(host):
    host.check_output(f"systemd-run --quiet --unit=holder flock {FOLDER}/.lock sleep 60")
    host.check_output(f"timeout 20 sh -c 'while flock -n {FOLDER}/.lock true; do sleep 0.1; done'")
    refused = host.run("longshore-database dump")
    assert refused.rc == 1
    assert "database: another dump or restore is running" in refused.stderr
    host.check_output("systemctl stop holder")


def test_server_restarts_only_for_settings_that_require_it(host):
    def started():
        return sql(host, "SELECT pg_postmaster_start_time()")

    def converge(**variables):
        done = ansible(host, Path(__file__).parent / "converge.yml", **variables)
        assert done.returncode == 0, shown(done)

    before = started()
    settings = f"/etc/postgresql/{VERSIONS[name(host)]}/main/conf.d/longshore.conf"
    host.check_output(f"sed -i 's/work_mem = 4MB/work_mem = 5MB/' {settings}")
    converge()
    assert started() == before
    converge(postgresql_max_connections=61)
    assert started() != before
    assert sql(host, "SHOW max_connections") == "61"


def test_no_unit_failed(host):
    failed = [line.split()[0] for line in host.check_output("systemctl --failed --no-legend --plain").splitlines()]
    assert [unit for unit in failed if unit != "visitor.service"] == [], "the restore ends the visitor's connection"
