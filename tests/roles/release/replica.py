"""The smallest application that Longshore can release: serves on the socket that it is given, or fails at its start."""

import http.server
import os
import signal
import socketserver
import sys

if os.environ["VERSION"] == "broken":
    sys.exit("cannot read the model")


class Answer(http.server.BaseHTTPRequestHandler):
    """Returns its version for every request."""

    def do_GET(self):
        """Return the version."""
        body = os.environ["VERSION"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        """Return a placeholder, since a unix socket has no address to log."""
        return "-"


os.umask(0o007)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
socketserver.ThreadingUnixStreamServer(os.environ["BIND"].removeprefix("unix:"), Answer).serve_forever()
