"""Takes from a process, for good, what decoding has no use for: paths, sockets, other processes.

Each layer is enough by itself for most of it, and a kernel may lack one: Landlock (Linux 5.13, of its rules
those that the kernel has) knows paths, TCP and signals, seccomp every system call.
"""

import ctypes
import errno
import os
import struct
import sys

from images.imaging import seccomp

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 4, 38, 22, 2
CAPABILITY_VERSION = 0x20080522

# landlock(7). The numbers of its system calls are the same on all machines.
LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF, ASK_VERSION = 444, 446, 1
LANDLOCK_PATHS = {1: 13, 2: 14, 3: 15, 5: 16}  # how many rights to paths there are from each version on
LANDLOCK_TCP, LANDLOCK_SCOPES = 4, 6  # the versions that brought these, two rights each

_libc = ctypes.CDLL(None, use_errno=True)


def confine() -> list[str]:
    """Leave this process its memory and the descriptors it has; return which layers the kernel lacks.

    To be called while it has one thread, whose later ones inherit all of it, and after the last import.
    """
    missing = []
    for name, restrict in LAYERS.items():
        try:
            restrict()
        except OSError:
            missing.append(name)
    return missing


def missing_confinement() -> list[str]:
    """Return which layers this kernel, or what this process runs in, lacks. Changes nothing."""
    missing = [] if _landlock_version() else ["Landlock"]
    try:
        _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, None, 0, 0)
    except OSError as error:  # EFAULT: there are filters, and this is none
        if error.errno != errno.EFAULT or not _machine():
            missing.append("seccomp")
    return missing


def hide_process() -> None:
    """Keep other processes of this user from the memory and environment of this one: /proc, ptrace.

    Its files in /proc become root's (py-spy and the like need root), and it dumps no core. Children that it
    forks inherit that; another program that it becomes does not.
    """
    _call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)


def drop_privileges() -> None:
    """Have no capability, of root's either, and get none from a file that is run."""
    _call("capset", struct.pack("=II", CAPABILITY_VERSION, 0), bytes(24))
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def restrict_paths() -> None:
    """Allow this thread no path, no TCP and no signal to others. Raises OSError without Landlock."""
    version = _landlock_version()
    rights = max((count for since, count in LANDLOCK_PATHS.items() if version >= since), default=0)
    ruleset = struct.pack(
        "=QQQ",
        (1 << rights) - 1,
        0b11 if version >= LANDLOCK_TCP else 0,
        0b11 if version >= LANDLOCK_SCOPES else 0,
    )
    descriptor = _call("syscall", LANDLOCK_CREATE_RULESET, ruleset, len(ruleset), 0)
    try:
        _call("syscall", LANDLOCK_RESTRICT_SELF, descriptor, 0)
    finally:
        os.close(descriptor)


def restrict_system_calls() -> None:
    """Allow this thread the system calls of seccomp.ALLOWED. Raises OSError without seccomp."""
    machine = _machine()
    if not machine:
        raise OSError(errno.ENOSYS, "no filter for this machine")
    steps = ctypes.create_string_buffer(seccomp.program(machine, os.getpid()))
    sock_fprog = struct.pack("@HP", len(steps) // 8, ctypes.addressof(steps))
    _call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, sock_fprog, 0, 0)


LAYERS = {"no_new_privs": drop_privileges, "Landlock": restrict_paths, "seccomp": restrict_system_calls}


def _machine() -> str:
    """Return the name under which seccomp knows this machine; empty for any other."""
    name = os.uname().machine
    return name if name in seccomp.MACHINES and sys.maxsize > 2**32 else ""


def _landlock_version() -> int:
    """Return the version of Landlock's interface, 0 without it."""
    try:
        return _call("syscall", LANDLOCK_CREATE_RULESET, None, 0, ASK_VERSION)
    except OSError:
        return 0


def _call(function: str, *args: int | bytes | None) -> int:
    """Return what the C library's `function` returns. Raises OSError."""
    words = [ctypes.c_ulong(arg) if isinstance(arg, int) else ctypes.c_char_p(arg) for arg in args]
    result: int = _libc[function](*words)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
