# SPDX-License-Identifier: MIT
"""Answers datagrams at any number of places: datagram_server.py WORD@HOST:PORT…

An answer is the place's word and the datagram itself. The answer to "about" is the place's view of the
datagram before: its text, its type of service, and the address of its sender.
"""
import selectors
import socket
import sys

IP_RECVTOS = 13  # linux/in.h; Python's socket has no name for it before 3.12


def listen(host, port):
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind((host, int(port)))
    if listener.family == socket.AF_INET:
        listener.setsockopt(socket.IPPROTO_IP, IP_RECVTOS, 1)
    return listener


def serve(listener, word, before):
    data, control, _, sender = listener.recvmsg(65536, 64)
    service = control[0][2][0] if control else 0
    answer = before.get(listener, b"") if data == b"about" else data
    before[listener] = b"%s, service %d, from %s" % (data, service, sender[0].encode())
    listener.sendto(word.encode() + b": " + answer, sender)


selector, seen = selectors.DefaultSelector(), {}
for place in sys.argv[1:]:
    name, _, at = place.partition("@")
    selector.register(listen(*at.rsplit(":", 1)), selectors.EVENT_READ, name)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        serve(key.fileobj, key.data, seen)
