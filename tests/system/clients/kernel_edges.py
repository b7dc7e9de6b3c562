# SPDX-License-Identifier: MIT
"""Calls that the kernel's programs refuse: kernel_edges.py KIND ARGUMENT…

stand_in ADDRESS PORT TYPE [DEVICE]: prints the error of connect() or sendto(), or "sent".
keeps HOST PORT REFUSED-HOST REFUSED-PORT: the peer and the sender after a connect() and a sendto() that fail.
"""
import errno
import socket
import sys

PATIENCE = 5  # seconds; only a failure takes so long


def name_of(error):
    return errno.errorcode.get(error.errno, str(error))


def stand_in(address, port, sort, device=""):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM if sort == "tcp" else socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE)
    if device:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    try:
        if sort == "tcp":
            sock.connect((address, int(port)))
        else:
            sock.sendto(b"hello", (address, int(port)))
        print("sent")
    except OSError as error:
        print(name_of(error))


def keeps(host, port, refused_host, refused_port):
    refused = (refused_host, int(refused_port))
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE)
    sock.connect((host, int(port)))
    for call in (lambda: sock.connect(refused), lambda: sock.sendto(b"hello", refused)):
        try:
            call()
            print("allowed")
        except OSError as error:
            print(name_of(error))
        print("peer", *sock.getpeername())
    sock.send(b"hello")
    data, sender = sock.recvfrom(100)
    print(data.decode(), "from", sender[0])


globals()[sys.argv[1]](*sys.argv[2:])
