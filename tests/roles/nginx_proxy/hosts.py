"""The scenario's host, its replicas, and its internal listener."""

import os
import ssl
import subprocess
from pathlib import Path

SCENARIO = Path(__file__).parent
# Empty where pytest only looks through this folder; molecule sets them.
STATE = Path(os.environ.get("MOLECULE_EPHEMERAL_DIRECTORY", "")) / "state"
HOST = os.environ.get("LONGSHORE_ROLE_TEST_HOST", "")
SLOTS = 12
INTERNAL = "/var/lib/longshore/internal/proxy.sock"


def trusting(site):
    return ssl.create_default_context(cafile=str(site.authority))


def start(host, service, name):
    folder = f"/var/lib/longshore/sockets/{service}-{name}"
    host.check_output(f"install -d -g www-data -m 2770 {folder} && rm -f {folder}/app.sock")
    host.check_output(
        f"systemd-run --quiet --collect --unit={unit(service, name)} python3 /root/replica.py {folder}/app.sock {name}"
    )
    host.check_output(until(f"test -S {folder}/app.sock"))


def kill(host, service, name):
    """End it as a crash would, and wait until systemd has forgotten it: its name is free then."""
    host.check_output(f"systemctl kill --signal=SIGKILL {unit(service, name)}")
    host.check_output(until(f'test "$(systemctl show {unit(service, name)} --property=LoadState --value)" = not-found'))


def unit(service, name):
    return f"replica-{service}-{name}.service"


def until(condition):
    """A command that waits for a condition of the shell, 20 seconds at most."""
    return f"timeout 20 sh -c 'until {condition}; do sleep 0.1; done'"


def internal(host, service, path="/", headers=()):
    """One request over the internal listener, as a replica makes it."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {service}", "Connection: close", *headers, "", ""]
    script = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
        's.sendall(sys.argv[2].encode().decode("unicode_escape").encode()); print(s.makefile().read())'
    )
    answer = host.check_output("python3 -c %s %s %s", script, INTERNAL, "\\r\\n".join(lines))
    head, _, body = answer.partition("\n\n")
    return int(head.split()[1]), body


def converge(*arguments):
    """The role once more, with other variables."""
    inventory = f"--inventory={SCENARIO.parent}/shared/inventory.yml"
    return subprocess.run(
        ["ansible-playbook", inventory, *arguments, SCENARIO / "converge.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
