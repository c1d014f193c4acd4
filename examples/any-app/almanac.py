"""Somebody else's web service: it takes its time and tells nobody of it. Nothing but Python's own library."""

import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Almanac(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.6)
        self.send_response(200)
        self.end_headers()


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "5001"))), Almanac)
print(f"Running on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
