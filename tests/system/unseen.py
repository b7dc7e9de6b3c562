#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reads a log of strace -f, and prints what a program saw of the compiler of routes.

usage: unseen.py LOG

The first line is how many compilers were started. Each line after it is something that should not be: a signal of
a keeper or a compiler, a wait that found one, a compiler that was given more than its own descriptors.
"""
import re
import sys

keepers, compilers = set(), set()
seen = []
pending = {}
with open(sys.argv[1], errors="replace") as log:
    lines = []
    for line in log:
        pid, _, rest = line.rstrip("\n").partition(" ")
        rest = rest.strip()
        # A call that another process interrupted in the log is told in two halves.
        if rest.endswith("<unfinished ...>"):
            pending[pid] = rest[: -len("<unfinished ...>")]
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", rest)
        if resumed and pid in pending:
            rest = pending.pop(pid) + resumed.group(1)
        lines.append((pid, rest))

for pid, call in lines:
    clone = re.match(r"clone\(.*flags=CLONE_VM\|CLONE_FILES\|CLONE_CHILD_CLEARTID\b.*= (\d+)$", call)
    if clone:
        keepers.add(clone.group(1))
for pid, call in lines:
    if re.match(r'execve\("[^"]*/unhairpin-compiler",', call) and call.endswith("= 0"):
        compilers.add(pid)
unseen = keepers | compilers
for pid, call in lines:
    signal = re.match(r"--- SIG\w+ .*si_pid=(\d+)", call)
    if signal and signal.group(1) in unseen and pid not in unseen:
        seen.append(f"{pid} got {call}")
    found = re.match(r"wait\w+\(.*= (\d+)$", call)
    if found and found.group(1) in unseen and pid not in unseen and "__WCLONE" not in call:
        seen.append(f"{pid} found {call}")
print(len(compilers))
print("\n".join(seen))
