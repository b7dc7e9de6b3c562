# SPDX-License-Identifier: MIT
"""Connects until it is told to end.

usage: trace_running.py HOST PORT THREADS FILE [chroot | children | copies | seccomp]

Writes "made" and the number of good connections, "failed" and that of the others to FILE in the end, and
"ready" when the first connection has been made. With "copies" one thread more forks children that look for a socket
of the object's; the line then ends in "copies" and the number of children that have found one.
"""
import os
import signal
import socket
import sys
import threading
import time

host, port, threads, file = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
how = sys.argv[5] if len(sys.argv) > 5 else ""
ended = threading.Event()
made, failed, copies = [0], [0], [0]
lock = threading.Lock()


def connect():
    try:
        with socket.create_connection((host, port), 10) as client:
            client.sendall(b"GET /who HTTP/1.0\r\n\r\n")
            good = b"200" in client.recv(100)
    except OSError:
        good = False
    with lock:
        (made if good else failed)[0] += 1


def work():
    while not ended.is_set():
        if how == "children" and os.fork() == 0:
            connect()
            time.sleep(0.1)
            os._exit(0)
        elif how == "children":
            os.wait()
        else:
            connect()
        time.sleep(0.005 if how != "copies" else 0)


def has_copy():
    for fd in range(3, 64):
        try:
            with socket.socket(fileno=os.dup(fd)) as copy:
                if str(copy.getpeername()).endswith("unhairpin.trace"):
                    return True
        except OSError:
            pass
    return False


def fork_children():
    while not ended.is_set():
        child = os.fork()
        if child == 0:
            os._exit(has_copy())
        copies[0] += os.waitpid(child, 0)[1] != 0


def say(text):
    with open(file + ".new", "w", encoding="ascii") as out:
        out.write(text + "\n")
    os.rename(file + ".new", file)


signal.signal(signal.SIGTERM, lambda *unused: ended.set())
connect()
if how == "chroot":
    os.chroot("/")
if how == "seccomp":
    import ctypes

    ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
say("ready")
workers = [threading.Thread(target=work) for _ in range(threads)]
if how == "copies":
    workers.append(threading.Thread(target=fork_children))
for worker in workers:
    worker.start()
while not ended.wait(0.1):  # a signal that another thread gets does not wake this one
    pass
for worker in workers:
    worker.join()
say(f"made {made[0]} failed {failed[0]}" + (f" copies {copies[0]}" if how == "copies" else ""))
