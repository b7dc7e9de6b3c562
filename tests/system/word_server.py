# SPDX-License-Identifier: MIT
"""Listens on each address given, a path or HOST:PORT, and answers each connection with the last part of
the path, or "decoy"."""
import contextlib
import selectors
import socket
import sys

selector = selectors.DefaultSelector()
for text in sys.argv[1:]:
    if text.startswith("/"):
        listener, word = socket.socket(socket.AF_UNIX), text.rpartition("/")[2]
        listener.bind(text)
    else:
        listener, word = socket.socket(), "decoy"
        host, _, port = text.rpartition(":")
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, int(port)))
    listener.listen(64)
    selector.register(listener, selectors.EVENT_READ, word)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        connection = key.fileobj.accept()[0]
        with contextlib.suppress(OSError):  # it may be gone already
            connection.sendall(key.data.encode())
        connection.close()
