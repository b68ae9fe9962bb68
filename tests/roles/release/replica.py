"""The smallest application that Longshore can release: answers on the socket it is given, or ends when told to."""

import http.server
import os
import signal
import socketserver
import sys

if os.environ["VERSION"] == "broken":
    sys.exit("cannot read the model")


class Answer(http.server.BaseHTTPRequestHandler):
    """Says which version it is, whatever is asked."""

    def do_GET(self):
        """Answer."""
        body = os.environ["VERSION"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        """A unix socket has no address to log."""
        return "-"


os.umask(0o007)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
socketserver.ThreadingUnixStreamServer(os.environ["BIND"].removeprefix("unix:"), Answer).serve_forever()
