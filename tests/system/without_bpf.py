# SPDX-License-Identifier: MIT
"""Runs a command whose bpf(2) fails with ENOSYS, as by a container's seccomp filter.

usage: without_bpf.py COMMAND [ARGUMENT]...
"""
import ctypes
import os
import platform
import struct
import sys

BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_NUMBER, IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # seccomp(2), bpf(4)
ERRNO, ALLOW, ENOSYS = 0x00050000, 0x7FFF0000, 38

program = b"".join(struct.pack("HBBI", *row) for row in (
    (LOAD_NUMBER, 0, 0, 0), (IF_EQUAL, 0, 1, BPF), (RETURN, 0, 0, ERRNO | ENOSYS), (RETURN, 0, 0, ALLOW)))
rows = ctypes.create_string_buffer(program)
filter = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(rows))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter, 0, 0):
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
