"""The scenario's replicas and nginx's internal listener."""

import ssl
from pathlib import Path

from engine.longshore.host.layout import facts
from engine.longshore.settings import Settings
from tests.roles.running import ansible, until

SCENARIO = Path(__file__).parent
LAYOUT = facts(Settings())


def trusting(site):
    return ssl.create_default_context(cafile=str(site.authority))


def start(host, service, name):
    folder = f"{LAYOUT['sockets']}/{service}-{name}"
    host.check_output(f"install -d -g {LAYOUT['proxy_user']} -m 2770 {folder} && rm -f {folder}/app.sock")
    host.check_output(
        f"systemd-run --quiet --collect --unit={unit(service, name)} python3 /root/replica.py {folder}/app.sock {name}"
    )
    host.check_output(until(f"test -S {folder}/app.sock"))


def kill(host, service, name):
    """End a replica as a crash would, and wait until its unit's name is free again."""
    host.check_output(f"systemctl kill --signal=SIGKILL {unit(service, name)}")
    host.check_output(until(f'test "$(systemctl show {unit(service, name)} --property=LoadState --value)" = not-found'))


def unit(service, name):
    return f"replica-{service}-{name}.service"


def internal(host, service, path="/", headers=()):
    """One request to the internal listener, as a replica sends it."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {service}", "Connection: close", *headers, "", ""]
    script = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
        's.sendall(sys.argv[2].encode().decode("unicode_escape").encode()); print(s.makefile().read())'
    )
    answer = host.check_output("python3 -c %s %s %s", script, LAYOUT["proxy_socket"], "\\r\\n".join(lines))
    head, _, body = answer.partition("\n\n")
    return int(head.split()[1]), body


def converge(host, *arguments, **variables):
    """Run the role once more, with other variables."""
    return ansible(host, SCENARIO / "converge.yml", *arguments, **variables)
