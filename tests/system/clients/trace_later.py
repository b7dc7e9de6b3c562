# SPDX-License-Identifier: MIT
"""Makes connections whose outcome is known after connect(2) returned, and learns it in each way that there is.

usage: trace_later.py CASE...

Each case is OUTCOME-WAY: connects from a non-blocking socket to 127.0.0.1, where the backlog is full, so that the
kernel asks again a second later; by then the backlog has room ("made"), nobody listens ("refused"), or the program
has given the connection up ("never"). All wait at the same time.
"""
import ctypes
import fcntl
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading

SO_ERROR = socket.SOL_SOCKET, socket.SO_ERROR
SYN_SENT = 2


class Case:
    def __init__(self, text):
        self.outcome, self.way = text.split("-")
        self.listener = socket.socket()
        self.listener.bind(("0.0.0.0", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.filler = socket.create_connection(("127.0.0.2", self.port))
        self.made = socket.socket()
        if self.way == "timeout":
            self.made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 10000))
        else:
            self.made.setblocking(False)
        if self.way == "signal":
            self.connect_interrupted()
        else:
            assert self.connect() != 0
        if self.way == "apart":
            self.connect_apart()

    def connect_apart(self):
        """Another connection goes on under a number that is far away."""
        number = self.made.fileno() + 4096
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        with socket.socket() as first:
            self.other = socket.socket(fileno=fcntl.fcntl(first, fcntl.F_DUPFD, number))
        assert self.other.fileno() == number
        self.other.setblocking(False)
        assert self.other.connect_ex(("127.0.0.1", self.port)) != 0

    def connect(self):
        return self.made.connect_ex(("127.0.0.1", self.port))

    def connect_interrupted(self):
        """Python waits when connect() gives EINTR, and then asks."""
        def interrupt():
            while self.made.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != SYN_SENT:
                pass
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

        self.made.setblocking(True)
        signal.signal(signal.SIGUSR1, lambda number, frame: self.go_on())
        threading.Thread(target=interrupt).start()
        assert (self.connect() == 0) == (self.outcome == "made")

    def go_on(self):
        if self.outcome == "made":
            self.listener.listen(10)
            self.listener.accept()
        else:
            self.listener.close()

    def learn(self):
        if self.outcome != "never" and self.way != "signal":
            waiting = select.poll()
            waiting.register(self.made, select.POLLOUT)
            waiting.poll()
        getattr(self, self.way)()

    def ask(self):
        assert (self.made.getsockopt(*SO_ERROR) == 0) == (self.outcome == "made")

    timeout = ask

    def signal(self):
        """Has been asked."""

    def again(self):
        assert (self.connect() == 0) == (self.outcome == "made")

    def peer(self):
        self.made.getpeername()

    def sendmsg(self):
        try:
            self.made.sendmsg([b"x"])
        except OSError:
            assert self.outcome == "refused"

    def apart(self):
        self.sendmsg()
        waiting = select.poll()
        waiting.register(self.other, select.POLLOUT)
        waiting.poll()
        self.other.sendmsg([b"x"])

    def write(self):
        try:
            os.write(self.made.fileno(), b"x")
        except OSError:
            assert self.outcome == "refused"
        self.made.close()

    def close(self):
        self.made.close()

    def dup2(self):
        os.dup2(0, self.made.fileno())

    def dup3(self):
        assert ctypes.CDLL(None).dup3(0, self.made.fileno(), 0) == self.made.fileno()

    def range(self):
        number = self.made.detach()
        assert ctypes.CDLL(None).close_range(number, number, 0) == 0

    def reuse(self):
        """Another connection, which is made, gets the number."""
        number = self.made.fileno()
        self.made.close()
        with socket.create_connection(("127.0.0.2", other.getsockname()[1])) as another:
            assert another.fileno() == number
            self.made = another
            self.ask_other()

    def ask_other(self):
        assert self.made.getsockopt(*SO_ERROR) == 0

    def unspec(self):
        nowhere = struct.pack("=H14x", socket.AF_UNSPEC)
        assert ctypes.CDLL(None).connect(self.made.fileno(), nowhere, len(nowhere)) == 0

    def fork(self):
        """The parent's copy is closed before the child asks."""
        wait, go = os.pipe()
        child = os.fork()
        if child == 0:
            os.read(wait, 1)
            self.ask()
            os._exit(0)
        self.made.close()
        os.write(go, b"x")
        assert os.waitpid(child, 0)[1] == 0

    def thread(self):
        thread = threading.Thread(target=self.ask)
        thread.start()
        thread.join()

    def exec(self):
        number = str(self.made.fileno())
        subprocess.run([sys.executable, "-c", "import socket, sys\n"
                        "socket.socket(fileno=int(sys.argv[1])).getsockopt(%d, %d)" % SO_ERROR, number],
                       pass_fds=[self.made.fileno()], check=True)

    def pass_on(self):
        """A socket that came back over a Unix socket has another number."""
        one, two = socket.socketpair()
        socket.send_fds(one, [b"x"], [self.made.fileno()])
        number = socket.recv_fds(two, 1, 1)[1][0]
        self.made.close()
        self.made = socket.socket(fileno=number)
        self.ask()

    def exit(self):
        """Nobody asks, and nothing is closed, before the program ends."""


other = socket.socket()
other.bind(("127.0.0.2", 0))
other.listen(10)
cases = [Case(text) for text in sys.argv[1:]]
for case in cases:
    if case.outcome != "never" and case.way != "signal":
        case.go_on()
for case in cases:
    case.learn()
