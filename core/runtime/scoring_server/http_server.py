"""HTTP/1.1 with connections kept alive: reads requests, writes responses, leaves what they mean to the routes."""
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from scoring_server import log
from scoring_server.messages import Headers, Request


class HttpServer:
    def __init__(self, listener, worker, routes):
        self._server = Server(listener.getsockname(), Handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = listener
        self._server.worker = worker
        self._server.routes = routes

    def start(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # A client that went away is no news; everything else is.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            log.error("A connection failed.\n" + traceback.format_exc())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def answer(self):
        with self.server.worker:
            body = self.read_body()
            if body is None:
                self.send_error(400, "The request's body is not framed as HTTP/1.1 asks for.")
                return
            response = self.server.routes.answer(Request(self.command, self.path, Headers(self.headers.items()), body))
            self.write(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def read_body(self):
        """The whole body, or None when its length cannot be told."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self.read_chunks()
        try:
            length = int(self.headers.get("Content-Length", 0))
        except ValueError:
            return None
        return self.rfile.read(length) if length >= 0 else None

    def read_chunks(self):
        chunks = []
        while True:
            try:
                size = int(self.rfile.readline(1024).partition(b";")[0].strip(), 16)
            except ValueError:
                return None
            if size == 0:
                while self.rfile.readline(65536).strip():
                    pass
                return b"".join(chunks)
            chunks.append(self.rfile.read(size))
            self.rfile.readline(1024)

    def write(self, response):
        if self.server.worker.stopping:
            self.close_connection = True
        body = response.body.encode("utf-8") if isinstance(response.body, str) else response.body
        whole = isinstance(body, (bytes, bytearray))
        self.send_response_only(response.status_code)
        self.send_header("Date", self.date_time_string())
        for name, value in response.headers:
            self.send_header(name, value)
        if whole:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Transfer-Encoding", "chunked")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        if whole:
            self.wfile.write(body)
        else:
            self.write_pieces(body)
        self.wfile.flush()

    def write_pieces(self, pieces):
        # The pieces come from the entry script's code, which runs on the main thread only.
        done = object()
        while True:
            piece = self.server.worker.call(lambda: next(pieces, done))
            if piece is done:
                break
            data = piece.encode("utf-8") if isinstance(piece, str) else bytes(piece)
            if data:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        """The routes write the log."""
