"""The system calls that a confined process keeps: a filter for the kernel (seccomp, in classic BPF).

It lists what is allowed: what it does not name, and what later kernels bring, fails with EPERM. No call that
takes a path, makes a socket or a process, or touches another process is in it.
"""

import errno
import struct
from collections.abc import Iterator

MACHINES = {"x86_64": 0, "aarch64": 1}  # the column of each in the tables
AUDIT_ARCH = (0xC000003E, 0xC00000B7)

# Numbers of x86-64 and of arm64.
ALLOWED = {
    # the descriptors it has: the job's file and the socket to the parent
    "read": (0, 63),
    "write": (1, 64),
    "lseek": (8, 62),
    "pread64": (17, 67),
    "fstat": (5, 80),
    "close": (3, 57),
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    "sendto": (44, 206),
    # memory
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "mprotect": (10, 226),
    "madvise": (28, 233),
    "brk": (12, 214),
    # threads of its own
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "sigaltstack": (131, 132),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "restart_syscall": (219, 128),
    # clocks and chance
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "times": (100, 153),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "getrandom": (318, 278),
}
CLONE, CLONE3, TGKILL, PRLIMIT64 = (56, 220), (435, 435), (234, 131), (302, 261)
CLONE_THREAD = 0x00010000

LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06  # LD|W|ABS, JMP|JEQ|K, JMP|JSET|K, RET
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # places in struct seccomp_data, of the last its low half
ALLOW, REFUSE, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000


def program(machine: str, pid: int) -> bytes:
    """Return the filter, as struct sock_filter[], for process `pid` on a `machine` of MACHINES."""
    return b"".join(struct.pack("=HBBI", *step) for step in _steps(MACHINES[machine], pid))


def _steps(column: int, pid: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield operation, steps to leave out when it is true and when it is false, operand."""
    yield LOAD, 0, 0, ARCHITECTURE
    yield EQUAL, 1, 0, AUDIT_ARCH[column]
    yield RETURN, 0, 0, KILL_PROCESS  # the numbers of a 32-bit call mean something else
    yield LOAD, 0, 0, NUMBER  # x32, whose numbers have bit 30 set, is not in the list
    for numbers in ALLOWED.values():
        yield EQUAL, 0, 1, numbers[column]
        yield RETURN, 0, 0, ALLOW
    # The flags of clone3 are out of a filter's sight. Without it, the C library takes clone.
    yield EQUAL, 0, 1, CLONE3[column]
    yield RETURN, 0, 0, REFUSE | errno.ENOSYS
    for numbers, test, operand in (
        (CLONE, ANY_BIT, CLONE_THREAD),  # a thread, not a process
        (TGKILL, EQUAL, pid),  # abort() ends this process, and no other
        (PRLIMIT64, EQUAL, 0),  # limits of its own
    ):
        yield EQUAL, 0, 4, numbers[column]
        yield LOAD, 0, 0, FIRST_ARGUMENT
        yield test, 0, 1, operand
        yield RETURN, 0, 0, ALLOW
        yield RETURN, 0, 0, REFUSE | errno.EPERM
    yield RETURN, 0, 0, REFUSE | errno.EPERM
