#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Answers each HTTP request on a Unix socket with two bytes. usage: web_server.py PATH"""
import socket
import sys

server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(128)
while True:
    client, _ = server.accept()
    with client:
        client.recv(4096)
        client.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
