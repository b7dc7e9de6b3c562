# SPDX-License-Identifier: MIT
"""Sockets whose calls the kernel's programs see: kernel_sockets.py KIND HOST PORT [TARGET-HOST TARGET-PORT]

Prints what the server says, or the name of the error.
"""
import errno
import socket
import sys

kind, place = sys.argv[1], (sys.argv[2], int(sys.argv[3]))
target = (sys.argv[4], int(sys.argv[5])) if len(sys.argv) > 5 else None
family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
PATIENCE = 5  # seconds; only a failure takes so long
REQUEST = b"GET /who HTTP/1.0\r\n\r\n"
DISCONNECT = bytes(16)  # an address of the family AF_UNSPEC


def fresh(sort=socket.SOCK_DGRAM):
    sock = socket.socket(family, sort)
    sock.settimeout(PATIENCE)
    return sock


def word(sock):
    with sock.makefile("rb") as answer:
        return answer.read().split()[-1].decode()


def who():
    with fresh(socket.SOCK_STREAM) as sock:
        sock.connect(place)
        sock.sendall(REQUEST)
        print(word(sock))


def answered(sock):
    data, sender = sock.recvfrom(100)
    print(data.decode(), "from", sender[0])


def datagram():
    sock = fresh()
    sock.sendto(b"hello", place)
    answered(sock)


def connected():
    sock = fresh()
    sock.connect(place)
    sock.send(b"hello")
    answered(sock)


try:
    globals()[kind]()
except OSError as problem:
    print(errno.errorcode.get(problem.errno, problem))
