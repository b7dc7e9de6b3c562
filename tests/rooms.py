#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the rules of src/README: the order of the rooms, and base names that are there once.

Prints a line for each #include that reaches down, each folder that is not in the list, and each base name
of files in two folders.
"""
import collections
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent


def rooms():
    """The rooms of the list, each with its position."""
    lines = (ROOT / "src/README").read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if re.match(r"  include  ", line))
    names = []
    for line in lines[first:]:
        if not line.strip():
            break
        names.append(line.split()[0])
    return {name: position for position, name in enumerate(names)}


def room_of(path):
    folder = path.parent.relative_to(ROOT).as_posix()
    return folder.removeprefix("src/")


def room_of_header(path, header):
    if (path.parent / header).exists():
        return room_of(path.parent / header)
    if (ROOT / "src" / header).exists():
        return pathlib.PurePath(header).parent.as_posix()
    return "include"


def main():
    order = rooms()
    folders = collections.defaultdict(set)
    files = [path for top in ("include", "src") for path in sorted((ROOT / top).rglob("*.[ch]"))]
    for path in files:
        room = room_of(path)
        folders[path.stem].add(room)
        if room not in order:
            print(f"{path.relative_to(ROOT)}: src/README does not list the room {room}")
            continue
        for header in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
            other = room_of_header(path, header)
            # A format consists of base's types (an address), and base has the code of one format.
            if (room, other) != ("include", "base") and order.get(other, 0) > order[room]:
                print(f"{path.relative_to(ROOT)}: includes {header} of a lower room")
    for stem, where in sorted(folders.items()):
        if len(where) > 1:
            print(f"{stem}: in {', '.join(sorted(where))}")


main()
