# SPDX-License-Identifier: MIT
"""Confines itself, then connects for the first time and prints the server's answer.

usage: confined_client.py HOST PORT CONFINEMENT[=ARGUMENT]…
Confinements: chroot=DIRECTORY, user=ID, unshare (a mount name space without the configuration),
seccomp (a filter that ends the process at any call that a connecting program has no need of), and
epoll, which is none: the socket is in an epoll set before it is connected.
"""
import ctypes
import errno
import os
import select
import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)
# Loaded now: a chroot has no libraries.
seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True) if "seccomp" in sys.argv else None
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWNS = 0x00020000
SCMP_ACT_KILL_PROCESS = 0x80000000
SCMP_ACT_ALLOW = 0x7FFF0000

# What a program needs that connects, waits and talks; neither files, nor processes, nor /proc.
ALLOWED = """
    socket connect sendto recvfrom sendmsg recvmsg read write readv writev close shutdown poll ppoll
    select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait getsockopt setsockopt getpeername
    getsockname fcntl dup dup2 dup3 ioctl fstat newfstatat lseek futex brk mmap munmap mremap madvise
    mprotect rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack clock_gettime clock_nanosleep
    gettimeofday getpid gettid getuid geteuid getgid getegid getrandom exit exit_group
    restart_syscall
""".split()


def check(result, what):
    if result != 0:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno() or -result)}")


def enter_chroot(directory):
    os.chroot(directory)
    os.chdir("/")


def become(user):
    os.setgroups([])
    os.setgid(int(user))
    os.setuid(int(user))


def leave_mounts(_):
    check(libc.unshare(CLONE_NEWNS), "unshare")
    directory = os.path.dirname(os.environ.get("UNHAIRPIN_CONF", os.environ["UH_TMP"] + "/x")).encode()
    check(libc.mount(b"none", b"/", None, 0x44000, None), "private mounts")
    check(libc.mount(b"tmpfs", directory, b"tmpfs", 0, None), "mount")


def filter_calls(_):
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(SCMP_ACT_KILL_PROCESS)))
    for name in ALLOWED:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # negative: this architecture has no such call
            check(seccomp.seccomp_rule_add(context, ctypes.c_uint32(SCMP_ACT_ALLOW), number, 0), name)
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    check(seccomp.seccomp_load(context), "seccomp")


confinements = {"chroot": enter_chroot, "user": become, "unshare": leave_mounts, "seccomp": filter_calls}

poller = None
for argument in sys.argv[3:]:
    confinement, _, value = argument.partition("=")
    if confinement == "epoll":
        poller = select.epoll()
    else:
        confinements[confinement](value)

sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
if poller:
    sock.setblocking(False)
    poller.register(sock, select.EPOLLOUT | select.EPOLLET)
error = sock.connect_ex((host, port))
if error not in ((0, errno.EINPROGRESS) if poller else (0,)):
    sys.exit(f"connect: {os.strerror(error)}")
if poller and not poller.poll(10):
    sys.exit("no event")
sock.setblocking(True)
sock.sendall(b"GET /who HTTP/1.0\r\n\r\n")
answer = b""
while block := sock.recv(4096):
    answer += block
os.write(1, b"peer %s\n%s" % (str(sock.getpeername()).encode(), answer.split(b"\r\n")[-1]))
os._exit(0)  # what an interpreter does at its end is not the filter's business
