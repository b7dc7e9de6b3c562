# SPDX-License-Identifier: MIT
"""Sockets whose calls the kernel's programs see: kernel_sockets.py KIND HOST PORT [TARGET-HOST TARGET-PORT]

Prints what the server says, or the name of the error.
"""
import ctypes
import errno
import os
import select
import socket
import sys

kind, place = sys.argv[1], (sys.argv[2], int(sys.argv[3]))
target = (sys.argv[4], int(sys.argv[5])) if len(sys.argv) > 5 else None
family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
PATIENCE = 5  # seconds; only a failure takes so long
REQUEST = b"GET /who HTTP/1.0\r\n\r\n"
TCP_FASTOPEN_CONNECT, IPPROTO_MPTCP = 30, 262  # linux/tcp.h, linux/in.h
libc = ctypes.CDLL(None, use_errno=True)


def fresh(sort=socket.SOCK_DGRAM, protocol=0):
    sock = socket.socket(family, sort, protocol)
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


def disconnect(sock):
    """Python's connect() knows no AF_UNSPEC, which is 0 as everything else in the address."""
    if libc.connect(sock.fileno(), bytes(16), 16) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def peer(sock):
    host, port = sock.getpeername()[:2]
    print("peer", host, port)


def again():
    """One socket connects to the routed address, to the target itself, and to the routed address again."""
    sock = fresh(socket.SOCK_STREAM)
    for at in (place, target, place):
        sock.connect(at)
        peer(sock)
        disconnect(sock)


def again_datagram():
    sock = fresh()
    for at in (place, target, place):
        sock.connect(at)
        peer(sock)
        sock.send(b"hello")
        answered(sock)
    disconnect(sock)
    for at in (target, place, target):
        sock.sendto(b"hello", at)
        answered(sock)


def stays():
    """A connected socket, while the routes change between its datagrams."""
    sock = fresh()
    sock.connect(place)
    for _ in range(2):
        sock.send(b"hello")
        answered(sock)
        peer(sock)
        input()


def fast_open():
    """Data with the first packet, by both of the ways that there are."""
    sock = fresh(socket.SOCK_STREAM)
    sock.settimeout(None)  # a socket that does not block is still connecting after that
    print("sent", sock.sendto(REQUEST, socket.MSG_FASTOPEN, place))
    peer(sock)
    print(word(sock))
    sock = fresh(socket.SOCK_STREAM)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
    sock.connect(place)
    sock.sendall(REQUEST)
    peer(sock)
    print(word(sock))


def v6only():
    """As Go's net.Dial("tcp6")."""
    sock = fresh(socket.SOCK_STREAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.connect(place)
    peer(sock)
    sock.sendall(REQUEST)
    print(word(sock))


def bound():
    """A socket that is bound to the address of the place, which is this host's own."""
    sock = fresh(socket.SOCK_STREAM)
    sock.bind((place[0], 0))
    sock.connect(place)
    peer(sock)
    sock.sendall(REQUEST)
    print(word(sock))


def multipath():
    sock = fresh(socket.SOCK_STREAM, IPPROTO_MPTCP)
    sock.connect(place)
    peer(sock)
    sock.sendall(REQUEST)
    print(word(sock))


def waits():
    """A socket in an epoll set before it connects, and does not block."""
    sock, events = fresh(socket.SOCK_STREAM), select.epoll()
    sock.setblocking(False)
    events.register(sock, select.EPOLLOUT)
    print(sock.connect_ex(place) in (0, errno.EINPROGRESS))
    error = 0
    while not error and not events.poll(PATIENCE)[0][1] & select.EPOLLOUT:
        pass
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, os.strerror(error))
    sock.setblocking(True)
    sock.sendall(REQUEST)
    peer(sock)
    print(word(sock))


try:
    globals()[kind]()
except OSError as problem:
    print(errno.errorcode.get(problem.errno, problem))
