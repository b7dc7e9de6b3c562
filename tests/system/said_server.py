# SPDX-License-Identifier: MIT
"""A server at any number of addresses and paths: said_server.py SAYS AT…, see listener in test_suggest.sh."""
import itertools
import os
import socket
import sys
import threading
import time

FIRST = {  # what a server says that speaks first
    "mysql": b"\x4a\0\0\0\x0a8.0.36\0\x07\0\0\0" + bytes(range(33, 94)),
    "ssh": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "text": b"hello, who is there?\r\n",
}
counter = itertools.count()


def page(says, family, request):
    if not request.startswith((b"GET ", b"OPTIONS ", b"HEAD ")):
        return b"HTTP/1.0 400 Bad Request\r\n\r\n"
    body = b"a page\nof two lines\n"
    if says == "apart":
        body = b"%s\n" % family.name.encode()
    elif says == "counter":
        body = b"page %d\n" % next(counter)
    elif says == "named" and b"\r\nHost: b.example" in request:
        body = b"b\n"
    status = b"404 Not Found" if says == "missing" else b"200 OK"
    if says == "guarded" and family == socket.AF_UNIX:
        status = b"403 Forbidden"
    server = b"CUPS/2.4" if says == "cups" else b"said"
    return b"HTTP/1.0 %s\r\nServer: %s\r\n\r\n%s" % (status, server, body)


def serve(says, family, connection):
    with connection:
        if says in FIRST:
            connection.sendall(FIRST[says])
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.recv(4096)
            if not data or says == "closes":
                return
            request += data
        if says == "redis":
            connection.sendall(b"-ERR unknown command\r\n")
        elif says in FIRST or says == "silent":
            while connection.recv(4096):
                pass
        else:
            connection.sendall(page(says, family, request))


def calmly(*arguments):
    try:
        serve(*arguments)
    except OSError:
        pass  # the other side has gone


def accept(says, listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=calmly, args=(says, listener.family, connection), daemon=True).start()


def listen(at):
    if at[0] in "/@":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(at.replace("@", "\0"))
        listener.listen()
        return listener
    host, port = at.rsplit(":", 1)
    if ":" not in host:
        return socket.create_server((host, int(port)))
    return socket.create_server((host, int(port)), family=socket.AF_INET6, dualstack_ipv6=host == "::")


for where in sys.argv[2:]:
    threading.Thread(target=accept, args=(sys.argv[1], listen(where)), daemon=True).start()
open(sys.argv[2].replace("/", "_") + ".ready", "w").close()
time.sleep(600)
