"""The step between us and the embedded server: run by path, replaces itself with the program that it is told to run.

    python -I -S embedded_launch.py PARENT_PID SIGNAL PROGRAM ARGUMENT…

Two things have to happen in the child and right before exec: PostgreSQL refuses to run as root, so root steps into a
user namespace in which it is nobody (files stay root's own outside); and the child asks the kernel for SIGNAL when its
parent dies. The order matters: entering a namespace clears that wish. Standard library only: `-S` hides all else.
"""

from __future__ import annotations

import ctypes
import os
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NOBODY = 65534
NO_NAMESPACE = 77  # exit code: the kernel or the container refuses a user namespace
NO_PROGRAM = 78  # exit code: the program cannot be executed here
ORPHANED = 79  # exit code: the parent died before we were ready


def become_nobody(libc: ctypes.CDLL) -> None:
    """Leave root behind: inside a new user namespace this process is `nobody`, outside it still owns its files."""
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    for name, line in (("setgroups", "deny"), ("uid_map", f"{NOBODY} {user} 1"), ("gid_map", f"{NOBODY} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(line)


def main(arguments: list[str]) -> int:
    """Become the program; return an exit code only when that is not possible."""
    parent, signal_number, program = int(arguments[0]), int(arguments[1]), arguments[2]
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        try:
            become_nobody(libc)
        except OSError as problem:
            print(problem.strerror, file=sys.stderr)  # noqa: T201 - the parent reads it
            return NO_NAMESPACE
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # died between fork and prctl: nobody would ever stop us
        return ORPHANED
    try:
        os.execv(program, arguments[2:])  # noqa: S606 - no shell is wanted
    except OSError as problem:
        print(problem.strerror, file=sys.stderr)  # noqa: T201 - the parent reads it
    return NO_PROGRAM


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
