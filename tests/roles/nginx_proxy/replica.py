"""A replica: answers on a unix socket with what it was asked, as JSON. Runs on the test host, standard library only."""

import http.server
import json
import os
import socket
import socketserver
import sys

PATH, NAME = sys.argv[1:3]


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        body = {"replica": NAME, "path": self.path, "headers": dict(self.headers), "read": len(self.rfile.read(length))}
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Request-ID", "the-replica's-own")
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET  # noqa: N815 - the names that the base class calls

    def address_string(self):
        return "proxy"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = socket.SOMAXCONN


os.umask(0o007)
Server(PATH, Answer).serve_forever()
