"""A replica for tests: it answers on a unix socket and goes wrong in the ways its environment asks for.

It speaks just enough of HTTP: hundreds of it start, and are asked all the time.
"""

import os
import pathlib
import signal
import socketserver
import threading
import time

INDEX = os.environ["REPLICA"].split("-")[1]


class Answer(socketserver.BaseRequestHandler):
    """`/readyz` says whether it is ready, `/slow` takes its time, everything else says who answers."""

    def handle(self):
        request = b""
        while b"\r\n\r\n" not in request:
            part = self.request.recv(4096)
            if not part:
                return
            request += part
        path = request.split()[1]
        if path == b"/slow":
            time.sleep(float(os.environ.get("SLOW_SECONDS", "2")))
        ready = time.monotonic() - BEGAN >= float(os.environ.get("READY_AFTER", "0"))
        ready = ready and pathlib.Path(os.environ.get("READY_WHILE", "/")).exists()  # what all of them depend on
        status = "503 Service Unavailable" if path == b"/readyz" and not ready else "200 OK"
        body = os.environ["REPLICA"]
        self.request.sendall(f"HTTP/1.0 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One thread per connection; its end waits for them, as gunicorn's does."""

    request_queue_size = 128
    daemon_threads = False


def end():
    """Stop accepting, and end when the last request is answered."""
    server.shutdown()
    server.server_close()


def exit_later(seconds, code):
    """End by itself, as a program with a bug would."""
    time.sleep(seconds)
    print(f"giving up with {code}")
    os._exit(code)


if os.environ.get("ONLY_INDEX", INDEX) != INDEX:  # what goes wrong goes wrong elsewhere
    for switch in ("READY_AFTER", "EXIT_CODE"):
        os.environ.pop(switch, None)
BEGAN = time.monotonic()
print("starting", os.environ["REPLICA"])
if "EAT_MEMORY" in os.environ:
    hoard = [bytearray(1024 * 1024) for _ in range(4096)]
if "EXIT_CODE" in os.environ:
    exit_later(float(os.environ.get("EXIT_AFTER", "0")), int(os.environ["EXIT_CODE"]))
os.umask(int(os.environ.get("UMASK", "007"), 8))
server = Server(os.environ["BIND"].removeprefix("unix:"), Answer)
ignore = "IGNORE_SIGTERM" in os.environ
signal.signal(signal.SIGTERM, signal.SIG_IGN if ignore else lambda *_: threading.Thread(target=end).start())
server.serve_forever()
