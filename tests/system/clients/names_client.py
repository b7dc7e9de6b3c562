# SPDX-License-Identifier: MIT
"""Python's ways to look a name up, each followed by a connection to what it gave.

usage: names_client.py KIND NAME PORT
"""
import asyncio
import socket
import sys

kind, name, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


def talk(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(10)
        sock.connect(address)
        sock.sendall(b"GET /who HTTP/1.0\r\n\r\n")
        answer = b""
        while block := sock.recv(4096):
            answer += block
    return answer.decode().splitlines()[-1]


def with_gethostbyname():
    print(talk(socket.AF_INET, (socket.gethostbyname(name), port)))


def with_gethostbyname_ex():
    canonical, aliases, addresses = socket.gethostbyname_ex(name)
    print(canonical, aliases, len(addresses))
    for address in addresses:
        print(talk(socket.AF_INET, (address, port)))


def show(answers):
    """Every address must lead to the same server; there may be more or less of them."""
    _, socktype, protocol, canonical, _ = answers[0]
    print(socktype, protocol, canonical, {talk(answer[0], answer[4]) for answer in answers})


def with_getaddrinfo():
    show(socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME))


async def with_loop():
    loop = asyncio.get_running_loop()
    show(await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM))
    reader, writer = await asyncio.open_connection(name, port, happy_eyeballs_delay=0.25)
    writer.write(b"GET /who HTTP/1.0\r\n\r\n")
    print((await reader.read()).decode().splitlines()[-1])
    writer.close()
    await writer.wait_closed()


def with_names():
    for answer in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM):
        print(*socket.getnameinfo(answer[4], socket.NI_NUMERICSERV | socket.NI_NAMEREQD))


def with_gethostbyaddr():
    for answer in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM):
        print(socket.gethostbyaddr(answer[4][0])[0])


kinds = {
    "gethostbyname": with_gethostbyname,
    "gethostbyname_ex": with_gethostbyname_ex,
    "getaddrinfo": with_getaddrinfo,
    "asyncio": lambda: asyncio.run(with_loop()),
    "getnameinfo": with_names,
    "gethostbyaddr": with_gethostbyaddr,
}
kinds[kind]()
