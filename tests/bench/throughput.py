"""The cost of a request through TLS, nginx and a unix socket, against a published port, and against no proxy.

The same image with the same number of replicas on the same host, the same client, in interleaved rounds:

- `socket`: TLS, nginx and the unix sockets, as Longshore serves it;
- `port`: TLS, the same nginx, and ports published by Docker with its default settings;
- `bare`: plain HTTP to gunicorn's own TCP socket in the host's network, with no nginx and no Docker network between.
"""

from __future__ import annotations

import re
import shlex
import statistics
import subprocess
from concurrent.futures import ThreadPoolExecutor

from tests.bench import report
from tests.fleet import Host, hosts

ROUNDS = 4
SECONDS = 8
CONNECTIONS = 32
PORTS = (18001, 18002)
BARE_PORTS = (18011, 18012)
SITE = "/etc/nginx/conf.d/bench-published-port.conf"
WANTED = {"port": 2.0, "bare": 0.9}


def _wrk(url: str, connections: int, *headers: str) -> float:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", *headers, url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"the client met errors, so the figure means nothing:\n{output}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if found is None:
        raise RuntimeError(f"wrk gave no summary:\n{output}")
    return float(found[1])


def _serve_otherwise(host: Host) -> None:
    """Start the alternatives on the host: two replicas behind published ports, two in the host's own network."""
    status = host.longshore("status")
    image = status["image"]
    common = "sudo docker run -d --label bench.throughput --read-only --tmpfs /tmp"
    for port in PORTS:
        host.run(f"{common} -p 127.0.0.1:{port}:5000 {image}")
    for port in BARE_PORTS:
        host.run(f"{common} --network host -e BIND=0.0.0.0:{port} {image}")
    servers = " ".join(f"server 127.0.0.1:{port};" for port in PORTS)
    site = f"""upstream bench_port {{ {servers} }}
server {{
    listen 443 ssl http2;
    server_name bench.invalid;
    ssl_certificate /etc/longshore/tls/fullchain.pem;
    ssl_certificate_key /etc/longshore/tls/privkey.pem;
    location / {{ proxy_pass http://bench_port; }}
}}"""
    host.run(f"echo {shlex.quote(site)} | sudo tee {SITE} && sudo nginx -t && sudo systemctl reload nginx")
    for port in (*PORTS, *BARE_PORTS):
        ask = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/readyz')"
        ready = f"python3 -c {shlex.quote(ask)} 2>/dev/null"
        host.run(f"for _ in $(seq 50); do {ready} && exit; sleep 0.1; done; exit 1")


def _clear(host: Host) -> None:
    host.run(f"sudo rm -f {SITE} && sudo systemctl reload nginx")
    host.run("sudo docker ps -aq --filter label=bench.throughput | xargs -r sudo docker rm -f")


def _bare(host: Host) -> float:
    urls = [f"http://{host.address}:{port}/" for port in BARE_PORTS]
    with ThreadPoolExecutor(len(urls)) as pool:
        return sum(pool.map(lambda url: _wrk(url, CONNECTIONS // len(urls)), urls))


def _round(host: Host) -> dict[str, float]:
    return {
        "socket": _wrk(f"{host.url}/", CONNECTIONS),
        "port": _wrk(f"{host.url}/", CONNECTIONS, "-H", "Host: bench.invalid"),
        "bare": _bare(host),
    }


def main() -> None:
    """Measure the rounds, write the section, and fail below the wanted ratios."""
    host = hosts()[0]
    try:
        _serve_otherwise(host)
        rounds = [_round(host) for _ in range(ROUNDS)]
    finally:
        _clear(host)
    ratios = {rival: statistics.median(each["socket"] / each[rival] for each in rounds) for rival in WANTED}
    rows = [[f"{each[name]:.0f}" for name in ("socket", "port", "bare")] for each in rounds]
    body = report.table(["TLS, nginx, unix socket", "TLS, nginx, published port", "gunicorn alone"], rows)
    body += f"\n\nRequests per second, {CONNECTIONS} connections, two replicas each. Median ratios: "
    body += f"**{ratios['port']:.2f}** times the published port, **{ratios['bare']:.2f}** of gunicorn alone."
    body += " Command: `make bench-throughput`."
    report.write("throughput", "Throughput of the way a request takes", body)
    if missed := [
        f"{rival}: {ratios[rival]:.2f} < {wanted}" for rival, wanted in WANTED.items() if ratios[rival] < wanted
    ]:
        raise SystemExit("; ".join(missed))


if __name__ == "__main__":
    main()
