# SPDX-License-Identifier: MIT
"""Connects and sends datagrams without a pause: kernel_load.py HOST PORT STOP

Ends when there is a file STOP. Prints who answered connections, and who answered datagrams; a failure is an
answer, too, as is a wrong peer or sender. The last line is the number of connections and datagrams.
"""
import os
import socket
import sys

place, stop = (sys.argv[1], int(sys.argv[2])), sys.argv[3]
PATIENCE = 10  # seconds; only a failure takes so long


def connect():
    with socket.create_connection(place, PATIENCE) as sock:
        if sock.getpeername() != place:
            return "a wrong peer"
        sock.sendall(b"GET /who HTTP/1.0\r\n\r\n")
        with sock.makefile("rb") as answer:
            return answer.read().split()[-1].decode()


def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.sendto(b"hello", place)
        data, sender = sock.recvfrom(100)
        return data.decode().partition(":")[0] if sender == place else "a wrong sender"


def outcome(call):
    try:
        return call()
    except OSError as problem:
        return str(problem)


connections, datagrams, count = set(), set(), 0
print("started", flush=True)
while not os.path.exists(stop):
    connections.add(outcome(connect))
    datagrams.add(outcome(send))
    count += 2
print(", ".join(" and ".join(sorted(words)) for words in (connections, datagrams)))
print(count)
