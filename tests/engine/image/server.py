"""A replica for tests: it answers on a unix socket and goes wrong in the ways its environment asks for."""

import http.server
import os
import pathlib
import signal
import socketserver
import threading
import time

INDEX = os.environ["REPLICA"].split("-")[1]


class Answer(http.server.BaseHTTPRequestHandler):
    """`/readyz` says whether it is ready, `/slow` takes its time, everything else says who answers."""

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(float(os.environ.get("SLOW_SECONDS", "2")))
        ready = time.monotonic() - BEGAN >= float(os.environ.get("READY_AFTER", "0"))
        ready = ready and pathlib.Path(os.environ.get("READY_WHILE", "/")).exists()  # what all of them depend on
        status = 503 if self.path == "/readyz" and not ready else 200
        body = os.environ["REPLICA"].encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One thread per connection; its end waits for them, as gunicorn's does."""

    request_queue_size = 128
    daemon_threads = False

    def get_request(self):
        connection, _ = super().get_request()
        return connection, ("unix", 0)


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
