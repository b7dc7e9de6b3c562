# SPDX-License-Identifier: MIT
"""Python's sockets, used in the ways that event loops, servers and scripts do.

usage: socket_client.py KIND HOST PORT
Prints the server's word and what the program saw of its connection.
"""
import errno
import os
import select
import socket
import struct
import subprocess
import sys
import threading

kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ":" in host else socket.AF_INET
REQUEST = b"GET /who HTTP/1.0\r\n\r\n"
PATIENCE = 10  # seconds; only a failure takes so long


def fresh(blocking=True):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(blocking)
    return sock


def connected():
    sock = fresh()
    sock.connect((host, port))
    return sock


def start(sock):
    """A non-blocking connect: done or under way are both right for TCP."""
    error = sock.connect_ex((host, port))
    if error not in (0, errno.EINPROGRESS):
        sys.exit(f"connect: {os.strerror(error)}")


def answer_of(sock):
    sock.setblocking(True)
    sock.settimeout(PATIENCE)
    with sock.makefile("rb") as stream:
        return stream.read().decode().splitlines()[-1]


def converse(sock):
    sock.setblocking(True)
    sock.sendall(REQUEST)
    return answer_of(sock)


def names(sock):
    print("peer", sock.getpeername(), "local", sock.getsockname()[0])


def blocking():
    sock = connected()
    names(sock)
    print(converse(sock))


def timeout():
    sock = socket.create_connection((host, port), timeout=PATIENCE)
    names(sock)
    print(sock.gettimeout(), converse(sock))


def with_poll():
    sock = fresh(False)
    start(sock)
    poller = select.poll()
    poller.register(sock, select.POLLOUT)
    events = poller.poll(PATIENCE * 1000)
    print([event for _, event in events] == [select.POLLOUT], sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    names(sock)
    print(converse(sock))


def with_select():
    sock = fresh(False)
    start(sock)
    _, writable, broken = select.select([], [sock], [sock], PATIENCE)
    print(writable == [sock], broken, os.get_blocking(sock.fileno()))
    print(converse(sock))


def wait_for(poller, sock, wanted):
    """Waits for an event of sock's own number; edge-triggered sets give each only once."""
    while True:
        events = poller.poll(PATIENCE)
        if not events:
            sys.exit("no event")
        for number, event in events:
            if number != sock.fileno():
                sys.exit(f"event for descriptor {number}")
            if event & wanted:
                return event & ~(select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP)


def epoll_before(flags=0):
    """As nginx does: the socket is in the set before it is connected."""
    sock = fresh(False)
    poller = select.epoll()
    poller.register(sock, select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | flags)
    start(sock)
    print("writable", wait_for(poller, sock, select.EPOLLOUT))
    try:
        poller.register(sock, select.EPOLLIN)
        print("registered twice")
    except FileExistsError:
        print("still registered")
    poller.modify(sock, select.EPOLLIN | flags)
    sock.sendall(REQUEST)
    wait_for(poller, sock, select.EPOLLIN)
    print(answer_of(sock))
    poller.unregister(sock)
    print("left", poller.poll(0))


def epoll_two_sets():
    sock = fresh(False)
    pollers = [select.epoll(), select.epoll()]
    for poller in pollers:
        poller.register(sock, select.EPOLLOUT)
    start(sock)
    for poller in pollers:
        print("writable", wait_for(poller, sock, select.EPOLLOUT))
        poller.unregister(sock)
    print(converse(sock))


def forked():
    """The child speaks, the parent listens, over one connection."""
    sock = connected()
    child = os.fork()
    if child == 0:
        sock.sendall(REQUEST)
        os._exit(0 if sock.getpeername()[:2] == (host, port) else 1)
    print("child", os.waitpid(child, 0)[1], answer_of(sock))


def fork_before():
    """Connections of a child that was forked from a process with threads."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    print(converse(connected()), flush=True)
    child = os.fork()
    if child == 0:
        print(converse(connected()), flush=True)
        os._exit(0)
    print("child", os.waitpid(child, 0)[1])
    stop.set()
    thread.join()


def inherited():
    """Another program gets the connected socket as its standard input and output."""
    sock = connected()
    subprocess.run(["/bin/sh", "-c", r"printf 'GET /who HTTP/1.0\r\n\r\n'"], stdout=sock, check=True)
    print(answer_of(sock))


def duplicated():
    """Copies made before and after connect() are the connection, and outlive the first."""
    sock = fresh()
    early = sock.dup()
    sock.connect((host, port))
    late = sock.dup()
    names(early)
    names(late)
    sock.close()
    early.sendall(REQUEST)
    early.close()
    names(late)
    print(answer_of(late))


def reused():
    """The number of a connection that another socket was put over."""
    sock = connected()
    with fresh() as other:
        os.dup2(other.fileno(), sock.fileno())
    try:
        sock.getpeername()
    except OSError as error:
        print(error.strerror)
    sock.connect((host, port))
    print(converse(sock))


def options():
    """Options set before connect() hold after it; TCP's own are remembered."""
    tcp = socket.IPPROTO_TCP
    sock = fresh()
    sock.setsockopt(tcp, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 5))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", PATIENCE, 0))
    sock.connect((host, port))
    sock.setsockopt(tcp, socket.TCP_KEEPIDLE, 77)
    sock.setsockopt(tcp, socket.TCP_CORK, 1)
    sock.setsockopt(tcp, socket.TCP_CORK, 0)
    sock.setsockopt(tcp, socket.TCP_QUICKACK, 1)
    for name in ("TCP_NODELAY", "TCP_KEEPIDLE", "TCP_CORK"):
        print(name, sock.getsockopt(tcp, getattr(socket, name)))
    for name in ("SO_KEEPALIVE", "SO_TYPE", "SO_DOMAIN", "SO_PROTOCOL", "SO_ERROR", "SO_ACCEPTCONN"):
        print(name, sock.getsockopt(socket.SOL_SOCKET, getattr(socket, name)))
    print(struct.unpack("ii", sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)))
    print("state", sock.getsockopt(tcp, socket.TCP_INFO, 1))
    print(os.get_inheritable(sock.fileno()), sock.family, sock.type)
    print(converse(sock))


def twice():
    """connect() on a connected socket."""
    sock = connected()
    print(errno.errorcode[sock.connect_ex((host, port))])
    print(converse(sock))


def half_closed():
    sock = connected()
    sock.sendall(REQUEST)
    sock.shutdown(socket.SHUT_WR)
    print(answer_of(sock))


def fastopen():
    sock = fresh()
    sent = sock.sendto(REQUEST, socket.MSG_FASTOPEN, (host, port))
    print("sent", sent, sock.getpeername())
    print(answer_of(sock))


kinds = {
    "blocking": blocking,
    "timeout": timeout,
    "poll": with_poll,
    "select": with_select,
    "epoll-before": epoll_before,
    "epoll-edge-before": lambda: epoll_before(select.EPOLLET),
    "epoll-two-sets": epoll_two_sets,
    "fork-after": forked,
    "fork-before": fork_before,
    "inherited": inherited,
    "dup": duplicated,
    "reuse": reused,
    "options": options,
    "connect-twice": twice,
    "half-close": half_closed,
    "fastopen": fastopen,
}

kinds[kind]()
