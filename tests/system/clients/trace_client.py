# SPDX-License-Identifier: MIT
"""Connects in every way that a trace has to tell of.

usage: trace_client.py ADDRESS PORT WAY [COUNT]

  threads   COUNT connections from each of 32 threads
  forks     COUNT connections from each of 8 children, half of them made while others fork
  names     looks names up in each way that there is, and connects to what they lead to
  open      MSG_FASTOPEN, by sendto and by sendmsg
  udp       a datagram socket that connects
  datagrams COUNT datagrams to PORT and as many to the next one, by sendto and sendmsg, on one socket that does not
            connect; to PORT also one that is too long
  children  COUNT datagrams, and as many again from a child of fork
  confined  COUNT datagrams, then PR_SET_NO_NEW_PRIVS and one datagram more
  refused   a connection that is refused, blocking and not
  race      COUNT non-blocking connections from each of 8 threads, which another thread asks about all the time
  again     a non-blocking connection that is asked about again
  crowd     COUNT non-blocking connections from each of 8 threads, which another thread asks about
  seccomp   a connection, then another after PR_SET_NO_NEW_PRIVS
"""
import ctypes
import errno
import os
import queue
import select
import socket
import sys
import threading

address, port, way = sys.argv[1], int(sys.argv[2]), sys.argv[3]
count = int(sys.argv[4]) if len(sys.argv) > 4 else 1


def connect(to=(address, port)):
    made = socket.socket()
    try:
        made.connect(to)
    finally:
        made.close()


def many():
    for _ in range(count):
        connect()


if way == "threads":
    threads = [threading.Thread(target=many) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
elif way == "forks":
    children = []
    for _ in range(8):
        child = os.fork()
        if child == 0:
            many()
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
elif way == "names":
    connect(socket.getaddrinfo("one.example.com", port, socket.AF_INET)[0][4])
    libc = ctypes.CDLL(None)
    libc.gethostbyname.restype = ctypes.c_void_p
    assert libc.gethostbyname(b"two.example.com")
    connect((socket.gethostbyname("three.example.com"), port))
    connect(("203.0.113.2", port))
elif way == "open":
    for send in (lambda s: s.sendto(b"x", socket.MSG_FASTOPEN, (address, port)),
                 lambda s: s.sendmsg([b"x"], [], socket.MSG_FASTOPEN, (address, port))):
        with socket.socket() as made:
            send(made)
elif way == "datagrams":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(count):
            for to in (address, port), (address, port + 1):
                if number % 2:
                    sender.sendto(b"x", to)
                else:
                    sender.sendmsg([b"x"], [], 0, to)
        try:
            sender.sendto(bytes(70000), (address, port))
        except OSError as error:
            assert error.errno == errno.EMSGSIZE
elif way == "confined":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(count):
            sender.sendto(b"x", (address, port))
        assert ctypes.CDLL(None).prctl(38, 1, 0, 0, 0) == 0
        sender.sendto(b"x", (address, port))
elif way == "children":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(count // 2):
            sender.sendto(b"x", (address, port))
        child = os.fork()
        for _ in range(count if child == 0 else count - count // 2):
            sender.sendto(b"x", (address, port))
    assert child == 0 or os.waitpid(child, 0)[1] == 0
elif way == "udp":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.connect((address, port))
elif way == "refused":
    with socket.socket() as made:
        assert made.connect_ex((address, port)) == errno.ECONNREFUSED
    with socket.socket() as made:
        made.setblocking(False)
        assert made.connect_ex((address, port)) in (errno.EINPROGRESS, errno.ECONNREFUSED)
elif way in ("crowd", "race"):
    begun, kept = queue.Queue(), []

    def begin():
        for _ in range(count):
            made = socket.socket()
            made.setblocking(False)
            if way == "race":
                begun.put(made)
            assert made.connect_ex((address, port)) == errno.EINPROGRESS
            if way == "crowd":
                begun.put(made)
        begun.put(None)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    ended = 0
    while ended < len(threads):
        made = begun.get()
        if not made:
            ended += 1
            continue
        if way == "crowd":
            select.select([], [made], [])
        while not made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) and way == "race":
            pass
        kept.append(made)
elif way == "again":
    with socket.socket() as made:
        made.setblocking(False)
        made.connect_ex((address, port))
        select.select([], [made], [], 5)
        assert made.connect_ex((address, port)) in (0, errno.EISCONN)
        assert made.connect_ex((address, port)) == errno.EISCONN
elif way == "seccomp":
    connect()
    assert ctypes.CDLL(None, use_errno=True).prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    connect()
