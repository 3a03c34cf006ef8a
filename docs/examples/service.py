"""Reads images that are posted to it, one Reader for all threads: python service.py [PORT]

    curl --data-binary @scan.png 'localhost:8000/?adapter=fraktur'

It listens to this machine alone. For others, put a server in front that bounds who asks how often.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from gsaocr import GsaocrError, UsageError, load

LARGEST = 50_000_000  # bytes of an image
reader = load()  # the weights once; an adapter when it is first asked for


class Handler(BaseHTTPRequestHandler):
    """A thread for each request; the adapter is an argument of its reading alone."""

    def do_POST(self) -> None:
        """Answer with what the JSON output holds, or with what is wrong."""
        adapter = parse_qs(urlsplit(self.path).query).get("adapter", [None])[0]
        size = int(self.headers.get("Content-Length") or 0)
        try:
            if not 0 < size <= LARGEST or "/" in (adapter or ""):
                raise UsageError("request", f"send 1 to {LARGEST:,} bytes and an adapter's name")
            status, content = (
                200,
                reader.transcribe(self.rfile.read(size), adapter=adapter).to_dict(),
            )
        except GsaocrError as error:
            status, content = 400, {"error": str(error)}
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
