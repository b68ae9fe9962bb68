"""Who reaches the database, what is dumped, and whether what was destroyed comes back."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
INVENTORY = ROOT / "tests" / "roles" / "shared" / "inventory.yml"
FOLDER = "/var/backups/postgresql"
# As a replica runs: the image's user in nginx's group.
REPLICA = "setpriv --reuid 10001 --regid www-data --clear-groups"


@pytest.fixture(autouse=True, scope="module")
def table(host):
    sql(host, "CREATE TABLE IF NOT EXISTS tasks (id int PRIMARY KEY, question text)")
    sql(host, "INSERT INTO tasks SELECT n, 'What is ' || n || ' m in ft?' FROM generate_series(1, 5000) n")


def psql(statement, user="longshore", database="longshore"):
    return f'psql -X -qtA -v ON_ERROR_STOP=1 -h /run/postgresql -U {user} -d {database} -c "{statement}"'


def sql(host, statement):
    return host.check_output(f"{REPLICA} {psql(statement)}")


def playbook(name, **variables):
    """Run one of the product's playbooks on the scenario's host."""
    given = {"release_database": "postgresql", "environment_name": "test", **variables}
    command = [Path(sys.executable).parent / "ansible-playbook", "-i", INVENTORY, f"playbooks/{name}.yml"]
    return subprocess.run(
        [*command, "-e", json.dumps(given)],
        cwd=ROOT,
        env=os.environ | {"ANSIBLE_STDOUT_CALLBACK": "longshore", "ANSIBLE_NOCOLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


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


def test_a_replica_enters_without_a_password(host):
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
def test_nobody_else_enters_and_a_replica_enters_nothing_else(host, who, user, database):
    assert host.run(f"runuser -u {who} -- {psql('SELECT 1', user, database)}").rc == 2


def test_the_owner_cannot_log_in_and_may_do_nothing_to_the_server(host):
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
        ("lc_collate", "C.UTF-8"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
    ],
)
def test_settings_are_in_force(host, setting, value):
    assert sql(host, f"SHOW {setting}") == value


def test_debian_s_own_files_are_untouched(host):
    assert "longshore" not in host.file("/etc/postgresql/15/main/postgresql.conf").content_string
    assert "longshore" not in host.file("/etc/postgresql/15/main/pg_hba.conf").content_string


def test_security_upgrades_leave_the_server_alone(host):
    # As unattended-upgrades reads them: patterns that a package's name begins with.
    patterns = re.findall(r'Package-Blacklist:: "(.*)";', host.check_output("apt-config dump"))
    names = ["postgresql", "postgresql-15", "postgresql-client-15", "libpq5"]
    assert [name for name in names if any(re.match(p, name) for p in patterns)] == ["postgresql", "postgresql-15"]


def test_a_dump_is_due_each_night(host):
    assert host.service("postgresql-dump.timer").is_enabled
    assert host.service("postgresql-dump.timer").is_running
    assert "04:20:00 UTC" in host.check_output("systemctl show postgresql-dump.timer -p TimersCalendar")


def test_the_nightly_dump_is_whole_and_nobody_elses(host):
    before = dumps(host)
    host.check_output("systemctl start postgresql-dump.service")
    (made,) = set(dumps(host)) - set(before)
    file, folder = host.file(f"{FOLDER}/{made}"), host.file(FOLDER)
    assert (file.user, file.mode) == ("postgres", 0o600)
    assert (folder.user, folder.mode) == ("postgres", 0o700)
    assert "TABLE DATA public tasks" in host.check_output(f"pg_restore --list {FOLDER}/{made}")
    assert host.check_output(f"find {FOLDER} -name '*.part'") == ""


def test_dumps_are_kept_for_a_week(host):
    for days, name in ((6, "longshore-20260102T000000Z.dump"), (8, "longshore-20260101T000000Z.dump")):
        host.check_output(f"install -m 600 -o postgres /dev/null {FOLDER}/{name}")
        host.check_output(f"touch -d '{days} days ago' {FOLDER}/{name}")
    run = playbook("backup")
    assert run.returncode == 0, run.stdout
    assert "removed longshore-20260101T000000Z.dump" in run.stdout
    assert "longshore-20260102T000000Z.dump" in dumps(host)
    host.check_output(f"rm {FOLDER}/longshore-20260102T000000Z.dump")


@pytest.mark.parametrize(("given", "found"), [({}, "nothing"), ({"restore_confirm": "production"}, "production")])
def test_nothing_is_restored_without_the_environment_s_name(host, given, found):
    run = playbook("restore", **given)
    assert run.returncode != 0
    assert f"found: {found}, and the environment is test" in run.stdout
    assert databases(host) == ["longshore"]


def test_an_environment_without_postgresql_is_told_so():
    for name in ("backup", "restore"):
        run = playbook(name, release_database="sqlite", restore_confirm="test")
        assert run.returncode != 0
        assert "database: this environment has no PostgreSQL" in run.stdout
        assert "found: release_database is sqlite" in run.stdout


def test_a_dump_that_is_not_there_is_told_the_ones_that_are(host):
    run = playbook("restore", restore_confirm="test", restore_dump="longshore-20200101T000000Z.dump")
    assert run.returncode != 0
    assert "database: there is no such dump" in run.stdout
    assert f"fix: name one of: {dumps(host)[0]}" in run.stdout


def test_a_damaged_dump_changes_nothing(host):
    name = "longshore-20990101T000000Z.dump"
    host.check_output(f"head -c 20000 {FOLDER}/{dumps(host)[-1]} > {FOLDER}/{name} && chown postgres {FOLDER}/{name}")
    run = playbook("restore", restore_confirm="test")
    assert run.returncode != 0
    assert "database: pg_restore failed" in run.stdout
    assert databases(host) == ["longshore"]
    assert sql(host, "SELECT count(*) FROM tasks") == "5000"
    host.check_output(f"rm {FOLDER}/{name}")


def test_what_was_destroyed_is_restored_and_what_served_is_kept_until_it_is_forgotten(host):
    whole = sql(host, "SELECT md5(string_agg(id || question, ',' ORDER BY id)) FROM tasks")
    host.check_output("longshore-database dump")
    sql(host, "DELETE FROM tasks WHERE id > 7; INSERT INTO tasks VALUES (0, 'after the dump')")
    # Someone is connected all the time, as replicas are.
    host.check_output(f"systemd-run --quiet --unit=visitor {REPLICA} {psql('SELECT pg_sleep(600)')}")

    run = playbook("restore", restore_confirm="test")
    assert run.returncode == 0, run.stdout
    assert f"{dumps(host)[-1]} is restored: " in run.stdout
    assert "tasks" in run.stdout
    assert " 5000; what served before is kept as longshore_before_" in run.stdout
    assert sql(host, "SELECT md5(string_agg(id || question, ',' ORDER BY id)) FROM tasks") == whole
    sql(host, "INSERT INTO tasks VALUES (9999, 'the owner may write'); DELETE FROM tasks WHERE id = 9999")

    serving, kept = databases(host)
    assert (serving, kept[:17]) == ("longshore", "longshore_before_")
    assert host.run(f"runuser -u postgres -- {psql('SELECT 1', 'postgres', kept)}").rc == 2, "nobody writes to it"

    run = playbook("restore", restore_confirm="test", restore_forget=True)
    assert run.returncode == 0, run.stdout
    assert kept in run.stdout
    assert databases(host) == ["longshore"]


def test_a_database_that_is_gone_is_restored(host):
    host.check_output("longshore-database dump")
    host.check_output("runuser -u postgres -- dropdb --force longshore")
    run = playbook("restore", restore_confirm="test")
    assert run.returncode == 0, run.stdout
    assert "there was no database before" in run.stdout
    assert sql(host, "SELECT count(*) FROM tasks") == "5000"


def test_two_at_once_are_refused(host):
    host.check_output(f"systemd-run --quiet --unit=holder flock {FOLDER}/.lock sleep 60")
    host.check_output(f"timeout 20 sh -c 'while flock -n {FOLDER}/.lock true; do sleep 0.1; done'")
    refused = host.run("longshore-database dump")
    assert refused.rc == 1
    assert "database: another dump or restore is at work" in refused.stderr
    host.check_output("systemctl stop holder")


def test_another_setting_that_needs_a_restart_gets_one_and_others_do_not(host):
    def started():
        return sql(host, "SELECT pg_postmaster_start_time()")

    def converge(**variables):
        inventory = ROOT / "tests" / "roles" / "shared" / "inventory.yml"
        command = [
            "ansible-playbook",
            "-i",
            inventory,
            "-e",
            json.dumps(variables),
            Path(__file__).parent / "converge.yml",
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout

    before = started()
    host.check_output("sed -i 's/work_mem = 4MB/work_mem = 5MB/' /etc/postgresql/15/main/conf.d/longshore.conf")
    converge()
    assert started() == before
    converge(postgresql_max_connections=61)
    assert started() != before
    assert sql(host, "SHOW max_connections") == "61"


def test_no_unit_failed(host):
    failed = [line.split()[0] for line in host.check_output("systemctl --failed --no-legend --plain").splitlines()]
    assert [unit for unit in failed if unit != "visitor.service"] == [], "the restore had to cut the visitor off"
