# SPDX-License-Identifier: MIT
"""Python's datagram sockets, used in the ways that clients of DNS, statsd, NTP and QUIC do.

usage: datagram_client.py KIND HOST PORT [PORT]…
Prints each answer after the address that the program got with it.
"""
import asyncio
import select
import socket
import struct
import sys

kind, host, ports = sys.argv[1], sys.argv[2], [int(text) for text in sys.argv[3:]]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
place = (host, ports[0])
LOOPBACK = "127.0.0.1"
PATIENCE = 5  # seconds; only a failure takes so long
IP_RECVERR, IP_PKTINFO = 11, 8  # linux/in.h; Python's socket lacks the first, and the second before 3.12


def fresh():
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE)
    return sock


def show(data, sender):
    print(sender, bytes(data).decode())


def unconnected():
    sock = fresh()
    for text in (b"first", b"second"):
        print("sent", sock.sendto(text, place))
        show(*sock.recvfrom(100))


def connected():
    sock = fresh()
    sock.connect(place)
    print("peer", sock.getpeername())
    sock.send(b"connected")
    show(*sock.recvfrom(100))
    sock.sendall(b"by recvmsg")
    data, _, _, sender = sock.recvmsg(100)
    show(data, sender)
    sock.send(b"by recv")
    print(sock.recv(100).decode())


def messages():
    """Control data in both directions, beside an address."""
    sock = fresh()
    sock.bind((LOOPBACK, 0))
    sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    source = struct.pack("=I4s4s", 0, socket.inet_aton(LOOPBACK), bytes(4))
    service = struct.pack("i", 0x10)
    control = [(socket.IPPROTO_IP, socket.IP_TOS, service), (socket.IPPROTO_IP, IP_PKTINFO, source)]
    print("sent", sock.sendmsg([b"in ", b"parts"], control, 0, place))
    data, control, flags, sender = sock.recvmsg(100, 100)
    show(data, sender)
    for level, sort, content in control:
        print(level, sort, [socket.inet_ntoa(content[at:at + 4]) for at in (4, 8)], flags)
    sock.sendto(b"about", place)
    show(*sock.recvfrom(100))


def into():
    sock, room = fresh(), bytearray(100)
    sock.sendto(b"into a buffer", place)
    size, sender = sock.recvfrom_into(room)
    show(room[:size], sender)
    sock.sendto(b"into two buffers", place)
    head, rest = bytearray(4), bytearray(100)
    size, _, flags, sender = sock.recvmsg_into([head, rest])
    show((head + rest)[:size], sender)
    print(flags)


def peeked():
    """The size first, then the datagram; a datagram that is cut off keeps its sender, too."""
    sock = fresh()
    sock.sendto(b"peeked at", place)
    print(sock.recvfrom(1, socket.MSG_PEEK | socket.MSG_TRUNC)[1])
    show(*sock.recvfrom(100, socket.MSG_PEEK))
    data, _, flags, sender = sock.recvmsg(12)
    show(data, sender)
    print(flags == socket.MSG_TRUNC)


def several():
    """Places that answer over one socket, the last of them on the loopback interface."""
    sock, answers = fresh(), []
    places = [(host, port) for port in ports[:-1]] + [(LOOPBACK, ports[-1])]
    for at in places:
        sock.sendto(b"to port %d" % at[1], at)
    for _ in places:
        data, sender = sock.recvfrom(100)
        answers.append((sender, data.decode()))
    for answer in sorted(answers):
        print(*answer)


def errors():
    """The error queue names the address to which the refused datagram went."""
    sock = fresh()
    sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    sock.sendto(b"anybody?", place)
    poller = select.poll()
    poller.register(sock, select.POLLIN)
    events = poller.poll(PATIENCE * 1000)
    if events[0][1] & select.POLLERR:
        data, control, flags, name = sock.recvmsg(100, 200, socket.MSG_ERRQUEUE)
        print("refused", name, data, flags == socket.MSG_ERRQUEUE)
        print([(level, sort, struct.unpack_from("=IBBB", content)) for level, sort, content in control])
    else:
        show(*sock.recvfrom(100))


class Asking(asyncio.DatagramProtocol):
    def __init__(self, answer):
        self.answer = answer

    def datagram_received(self, data, addr):
        self.answer.set_result((data, addr))

    def error_received(self, exc):
        self.answer.set_exception(exc)


async def ask_by_loop(**to):
    loop = asyncio.get_running_loop()
    answer = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(lambda: Asking(answer), family=family, **to)
    transport.sendto(b"asyncio", None if to else place)
    show(*await asyncio.wait_for(answer, PATIENCE))
    print(transport.get_extra_info("peername"))
    transport.close()


def last():
    """The server's view of the datagram that it got last, whoever sent it."""
    sock = fresh()
    sock.connect(place)
    sock.send(b"about")
    print(sock.recv(1000).decode())


def statsd():
    """Debian's statsd client sends and never listens."""
    from statsd import StatsClient  # pylint: disable=import-outside-toplevel

    client = StatsClient(host, ports[0], prefix="shop", ipv6=family == socket.AF_INET6)
    client.incr("orders", 3)
    last()
    with client.pipeline() as pipe:
        pipe.gauge("carts", 7)
        pipe.timing("page", 320)
    last()


kinds = {
    "sendto": unconnected,
    "connect": connected,
    "sendmsg": messages,
    "into": into,
    "peek": peeked,
    "several": several,
    "errors": errors,
    "asyncio": lambda: asyncio.run(ask_by_loop()),
    "asyncio-connect": lambda: asyncio.run(ask_by_loop(remote_addr=place)),
    "last": last,
    "statsd": statsd,
}

kinds[kind]()
