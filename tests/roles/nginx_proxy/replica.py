"""A replica: returns each request as JSON, on a unix socket. Runs on the test host, with the standard library alone."""

import http.server
import json
import os
import socket
import socketserver
import sys
import time
from pathlib import Path

PATH, NAME = sys.argv[1:3]
CONNECTIONS = Path("/root/connections")
ASKED = Path("/root/asked")


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.path = ""
        self.began = self.answered = time.monotonic()

    def do_GET(self):
        with ASKED.open("a") as asked:
            asked.write(f"{self.path}\n")
        if self.path == "/stream":
            self.stream()
        elif self.path == "/dies":
            self.close_connection = True
        elif self.path == "/slow":
            time.sleep(5)
            self.answer()
        else:
            self.answer()
        self.answered = time.monotonic()

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        body = {"replica": NAME, "path": self.path, "headers": dict(self.headers), "read": len(self.rfile.read(length))}
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Request-ID", "the-replica's-own")
        self.end_headers()
        self.wfile.write(data)

    def stream(self):
        """Events until the client disconnects, as those of a task: each is sent at once."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("X-Accel-Buffering", "no")
        self.send_header("Connection", "close")
        self.end_headers()
        number = 0
        while True:
            number += 1
            self.wfile.write(f"id: {number}\n\n".encode())
            time.sleep(1)

    def finish(self):
        """Record how long this connection lasted, and how long after its last response the proxy closed it."""
        ended = time.monotonic()
        lasted = {"path": self.path, "seconds": ended - self.began, "idle": ended - self.answered}
        with CONNECTIONS.open("a") as connections:
            connections.write(json.dumps(lasted) + "\n")
        super().finish()

    do_POST = do_GET  # noqa: N815 - the names that the base class calls

    def address_string(self):
        return "proxy"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = socket.SOMAXCONN


os.umask(0o007)
Server(PATH, Answer).serve_forever()
