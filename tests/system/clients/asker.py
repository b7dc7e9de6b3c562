# SPDX-License-Identifier: MIT
"""Connects to the address and port given as often as a line is read; prints what it gets, or errno."""
import os
import socket
import sys

address = (sys.argv[1], int(sys.argv[2]))


def ask():
    connection = socket.socket()
    connection.settimeout(10)
    try:
        connection.connect(address)
        return connection.recv(100).decode()
    except OSError as error:
        return f"errno {error.errno}"
    finally:
        connection.close()


for line in sys.stdin:
    for command in line.split():
        name, _, argument = command.partition("=")
        if name == "chroot":
            os.chroot(argument)
        elif name == "user":
            os.setuid(int(argument))
        elif name == "fork":
            child = os.fork()
            if child:
                os.waitpid(child, 0)
                os._exit(0)
    print(ask(), flush=True)
