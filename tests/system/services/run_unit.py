# SPDX-License-Identifier: MIT
"""Starts a service as its systemd unit says, where no systemd runs: user, environment, directories, commands.

usage: run_unit.py UNIT [WORD]...

The unit is read with its drop-ins, as systemd finds them. The WORDs stand before the words of ExecStart=. The
command replaces this process, so that a service of Type=simple has the process id of this one. Settings that confine
the service are not applied.
"""
import glob
import os
import pwd
import grp
import shlex
import sys

PLACES = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system")


def files_of(unit):
    """The unit's own file, and then its drop-ins; those of the template come with those of the instance."""
    name, at, rest = unit.partition("@")
    names = [unit] + ([f"{name}@.service"] if at else [])
    found = [path for each in names for place in PLACES if os.path.exists(path := f"{place}/{each}")]
    drop_ins = {os.path.basename(path): path for each in reversed(names) for place in reversed(PLACES)
                for path in glob.glob(f"{place}/{each}.d/*.conf")}
    return found[:1] + [drop_ins[base] for base in sorted(drop_ins)]


def settings_of(unit):
    """The [Service] settings: each a list of values, which an empty value clears."""
    settings, section = {}, ""
    instance = unit.partition("@")[2].removesuffix(".service")
    for path in files_of(unit):
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("\\\n", " ")
        for line in map(str.strip, text.splitlines()):
            if line.startswith("["):
                section = line
            elif section == "[Service]" and "=" in line and not line.startswith(("#", ";")):
                key, _, value = line.partition("=")
                value = value.strip().replace("%i", instance).replace("%n", unit).replace("%%", "%")
                settings.setdefault(key, []).append(value)
                if not value:
                    settings[key] = []
    return settings


def environment_of(settings, user):
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
    if user:
        environment.update(HOME=user.pw_dir, USER=user.pw_name, LOGNAME=user.pw_name, SHELL=user.pw_shell)
    for value in settings.get("Environment", []):
        environment.update(word.split("=", 1) for word in shlex.split(value))
    return environment


def make_directories(settings, user, group):
    for key, base in (("RuntimeDirectory", "/run"), ("StateDirectory", "/var/lib"), ("LogsDirectory", "/var/log")):
        for name in " ".join(settings.get(key, [])).split():
            os.makedirs(f"{base}/{name}", exist_ok=True)
            if user:
                os.chown(f"{base}/{name}", user.pw_uid, group)


def main():
    unit, words = sys.argv[1], sys.argv[2:]
    settings = settings_of(unit)
    last = {key: values[-1] for key, values in settings.items() if values}
    user = pwd.getpwnam(last["User"]) if "User" in last else None
    group = grp.getgrnam(last["Group"]).gr_gid if "Group" in last else user.pw_gid if user else 0
    environment = environment_of(settings, user)
    make_directories(settings, user, group)
    os.chdir(last.get("WorkingDirectory", "/"))
    os.umask(int(last.get("UMask", "0022"), 8))
    if user:
        os.initgroups(user.pw_name, group)
        os.setgid(group)
        os.setuid(user.pw_uid)
    command = words + [word for word in shlex.split(last["ExecStart"].lstrip("-+!@:"))
                       if not word.startswith("$")]
    os.execvpe(command[0], command, environment)


main()
