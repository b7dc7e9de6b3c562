# SPDX-License-Identifier: MIT
"""An HTTP server at any number of places: counting_server.py WORD@HOST:PORT… or WORD@PATH…

An answer is the place's word. Each connection that is accepted is a line of the output.
"""
import socket
import sys
import threading


def answer(connection, word):
    with connection:
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.recv(4096)
            if not data:
                return
            request += data
        body = word.encode() + b"\n"
        connection.sendall(b"HTTP/1.1 200 OK\r\nServed: %s\r\nConnection: close\r\n\r\n" % word.encode() + body)


def calmly(connection, word):
    try:
        answer(connection, word)
    except OSError:
        pass  # the client has gone


def accept(listener, word):
    while True:
        connection, sender = listener.accept()
        print(f"accepted {word} from {sender[0] if sender else 'a Unix socket'}", flush=True)
        threading.Thread(target=calmly, args=(connection, word), daemon=True).start()


def listen(at):
    if at.startswith("/"):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(at)
        listener.listen(1024)
        return listener
    host, port = at.rsplit(":", 1)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, int(port)), family=family, backlog=1024)


threads = []
for place in sys.argv[1:]:
    name, _, at = place.partition("@")
    threads.append(threading.Thread(target=accept, args=(listen(at), name)))
for thread in threads:
    thread.start()
print("ready", flush=True)
