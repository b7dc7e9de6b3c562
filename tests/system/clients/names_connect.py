# SPDX-License-Identifier: MIT
"""Connects to the address that a name was answered with, in one way, and says who answered.

usage: names_connect.py KIND FAMILY NAME PORT
Prints the server's word or the error, then what is wrong with what the program sees, if anything.
"""
import errno
import select
import socket
import subprocess
import sys

kind, family, name, port = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
asked_family = {4: socket.AF_INET, 6: socket.AF_INET6, 46: socket.AF_INET}[family]
socket_family = {4: socket.AF_INET, 6: socket.AF_INET6, 46: socket.AF_INET6}[family]
look_up_family = asked_family if kind.endswith("-of-family") else socket.AF_UNSPEC
answers = socket.getaddrinfo(name, port, look_up_family, socket.SOCK_STREAM)
# Whoever asks for one family has its stand-in, whatever addresses the name has.
answers += socket.getaddrinfo(name, port, asked_family, socket.SOCK_STREAM)
asked = next(answer[4][:2] for answer in answers if answer[0] == asked_family)
if family == 46:  # an IPv4 address on an IPv6 socket
    asked = ("::ffff:" + asked[0], asked[1])
request = b"GET /who HTTP/1.0\r\n\r\n"


def new(type_=socket.SOCK_STREAM):
    sock = socket.socket(socket_family, type_)
    sock.setblocking(True)
    return sock


def read(sock):
    answer = b""
    while block := sock.recv(4096):
        answer += block
    return answer.decode().splitlines()[-1]


def check(sock):
    """What a program sees of a connection is what it asked for."""
    if sock.getpeername()[:2] != asked:
        print("peer", sock.getpeername())
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) != socket_family:
        print("domain", sock.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN))
    if len(sock.getsockname()) != (2 if socket_family == socket.AF_INET else 4):
        print("local", sock.getsockname())
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def converse(sock):
    check(sock)
    sock.sendall(request)
    print(read(sock))


def blocking():
    sock = new()
    sock.connect(asked)
    converse(sock)


def nonblocking():
    sock = new()
    sock.setblocking(False)
    error = sock.connect_ex(asked)
    if error not in (0, errno.EINPROGRESS):
        raise OSError(error, "")
    if not select.select([], [sock], [], 1)[1]:
        print("in progress", errno.errorcode[sock.connect_ex(asked)])
        return
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, "")
    sock.setblocking(True)
    converse(sock)


def in_progress():
    """What a non-blocking connect() says, and how it ends."""
    sock = new()
    sock.setblocking(False)
    print(errno.errorcode.get(sock.connect_ex(asked), "connected"), end=" ")
    select.select([], [sock], [], 5)
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    print(errno.errorcode.get(error, "connected"))


def fast_open():
    sock = new()
    print("sent", sock.sendto(request, socket.MSG_FASTOPEN, asked) == len(request))
    check(sock)
    print(read(sock))


def fast_open_message():
    sock = new()
    print("sent", sock.sendmsg([request], [], socket.MSG_FASTOPEN, asked) == len(request))
    check(sock)
    print(read(sock))


def again():
    """A connected socket connects no second time; one that failed does."""
    sock = new()
    sock.connect(asked)
    print(errno.errorcode[sock.connect_ex(asked)])
    converse(sock)


def with_datagram(send):
    sock = new(socket.SOCK_DGRAM)
    sock.settimeout(5)
    send(sock)
    print(sock.recv(64).decode())


def udp_connected(sock):
    sock.connect(asked)
    sock.send(b"x")
    if sock.getpeername()[:2] != asked:
        print("peer", sock.getpeername())


def bound():
    """A program that serves its own routed name."""
    sock = new()
    sock.bind((asked[0], 0))
    print(sock.getsockname()[0])
    sock.listen()
    client = new()
    client.connect(sock.getsockname()[:2])
    print("accepted", sock.accept()[0].getsockname()[0])


def bound_by_another():
    """One process looks the name up, another binds for it."""
    code = """import socket, sys
sock = socket.socket(int(sys.argv[1]))
sock.bind((sys.argv[2], 0))
print(sock.getsockname()[0])"""
    subprocess.run([sys.executable, "-c", code, str(int(socket_family)), asked[0]])


kinds = {
    "blocking": blocking,
    "blocking-of-family": blocking,
    "nonblocking": nonblocking,
    "nonblocking-of-family": nonblocking,
    "in-progress": in_progress,
    "fast-open": fast_open,
    "fast-open-message": fast_open_message,
    "again": again,
    "udp-connected": lambda: with_datagram(udp_connected),
    "udp-sendto": lambda: with_datagram(lambda sock: sock.sendto(b"x", asked)),
    "udp-sendmsg": lambda: with_datagram(lambda sock: sock.sendmsg([b"x"], [], 0, asked)),
    "bound": bound,
    "bound-by-another": bound_by_another,
}
try:
    kinds[kind]()
except OSError as problem:
    print(errno.errorcode.get(problem.errno, problem))
