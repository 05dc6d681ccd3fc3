"""Serves a bank's face on a real port, for clients in processes of their own."""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2

from tests.unit.client.simulator import Face


def _request(asked: BaseHTTPRequestHandler, url: str, *, body: bytes) -> httpx2.Request:
    language = {"Accept-Language": asked.headers.get("Accept-Language", "")}
    return httpx2.Request(asked.command, url, content=body, headers=language)


@contextmanager
def served(face: Face) -> Iterator[str]:
    """Serve a face on a port of this machine; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._go()

        def do_POST(self) -> None:
            self._go()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

        def _go(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            url = f"http://127.0.0.1{self.path}"
            try:
                found = face.answer(_request(self, url, body=body))
            except httpx2.TransportError:
                self.close_connection = True
                return
            self.send_response(found.status)
            for name, text in found.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(found.content)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(found.content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
