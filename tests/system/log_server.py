# SPDX-License-Identifier: MIT
"""Takes what is logged to a datagram socket, and writes each message as a line of JSON.

usage: log_server.py native|syslog SOCKET OUTPUT
"""
import json
import os
import socket
import struct
import sys


def native(data):
    """The fields of a message of the journal's native protocol; nothing may be left over."""
    fields = {}
    while data:
        line, newline, rest = data.partition(b"\n")
        assert newline, "a field without an end"
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack_from("<Q", rest)
            value, end, rest = rest[8 : 8 + length], rest[8 + length : 9 + length], rest[9 + length :]
            assert len(value) == length and end == b"\n", "a wrong length"
        fields[name.decode("ascii")] = value.decode("utf-8", "replace")
        data = rest
    return fields


form, path, output = sys.argv[1:]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(path)
os.chmod(path, 0o666)
with open(output, "w", encoding="utf-8") as out:
    while True:
        message = server.recv(65536)
        print(json.dumps(native(message) if form == "native" else message.decode()), file=out, flush=True)
