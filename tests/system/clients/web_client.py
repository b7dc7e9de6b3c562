# SPDX-License-Identifier: MIT
"""Python's web libraries against an HTTP server: prints what they got and what they saw.

usage: web_client.py KIND HOST PORT [CA-FILE]
"""
import asyncio
import concurrent.futures
import http.client
import socket
import ssl
import sys
import urllib.request

kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def client_http():
    connection = http.client.HTTPConnection(host, port, timeout=10)
    for _ in range(3):
        connection.request("GET", "/who", headers={"User-Agent": "test"})
        response = connection.getresponse()
        print(response.status, response.getheader("Served"), response.read().decode().strip())
    print("peer", connection.sock.getpeername()[:2], "local", connection.sock.getsockname()[0])
    print("nodelay", connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)


def client_urllib():
    context = ssl.create_default_context(cafile=sys.argv[4]) if len(sys.argv) > 4 else None
    scheme = "https" if context else "http"
    with urllib.request.urlopen(f"{scheme}://{authority}/", context=context, timeout=10) as response:
        print(response.status, response.read().decode().strip())


async def get(reader, writer):
    writer.write(b"GET /who HTTP/1.0\r\n\r\n")
    await writer.drain()
    answer = await reader.read()
    return answer.decode().splitlines()[-1]


async def streams():
    reader, writer = await asyncio.open_connection(host, port)
    peer = writer.get_extra_info("peername")
    local = writer.get_extra_info("sockname")
    answer = await get(reader, writer)
    writer.close()
    await writer.wait_closed()
    return f"{answer} peer {peer[:2]} local {local[0]}"


async def many():
    for line in await asyncio.gather(*(streams() for _ in range(50))):
        print(line)


async def loop_connect():
    """The calls below open_connection, on a socket of the program's own."""
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        await loop.sock_connect(sock, (host, port))
        await loop.sock_sendall(sock, b"GET /who HTTP/1.0\r\n\r\n")
        answer = b""
        while block := await loop.sock_recv(sock, 4096):
            answer += block
    print(answer.decode().splitlines()[-1])


def fetch_five(_):
    connection = http.client.HTTPConnection(host, port, timeout=20)
    words = set()
    for _ in range(5):
        connection.request("GET", "/who")
        words.add(connection.getresponse().read().decode().strip())
    connection.close()
    return " ".join(sorted(words))


def client_threads():
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(fetch_five, range(50)))
    print(len(answers), sorted(set(answers)))


kinds = {
    "http.client": client_http,
    "urllib": client_urllib,
    "asyncio": lambda: asyncio.run(streams_once()),
    "asyncio-many": lambda: asyncio.run(many()),
    "asyncio-socket": lambda: asyncio.run(loop_connect()),
    "threads": client_threads,
}


async def streams_once():
    print(await streams())


kinds[kind]()
