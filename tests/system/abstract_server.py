#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An HTTP server on an abstract Unix socket, which nginx and gunicorn can't listen on.

usage: abstract_server.py NAME
"""
import http.server
import socketserver
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"unhairpin\n"
        self.send_response(200)
        self.send_header("Served", "unhairpin")
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "unix"


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 1000


Server("\0" + sys.argv[1], Handler).serve_forever()
