"""What a decoder that a file has taken over cannot do: each thing is tried from inside a child.

Each is also tried unconfined, where it works, and with one layer alone, as on a kernel that lacks the other.
"""

import errno
import io
import logging
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from images.errors import RefusedFile
from images.imaging import confinement, inspection, process, rendering, sandbox, seccomp
from images.imaging.jobs import Job
from tests import BASE_DIR
from tests.factories import make_image
from tests.files.hostile import hostile_files
from tests.files.located import photo
from tests.files.pictures import PICTURES, picture
from tests.resilience.sandbox_jobs import attempt, attempt_in_a_thread, pid
from tests.servers.machine import need

# What is tried with what arguments, and whether Landlock alone refuses it.
ATTEMPTS = {
    "reading a file": (("read_file", "{secret}"), True),
    "listing a folder": (("list_folder", "{folder}"), True),
    "asking for a file": (("find_out", "{secret}"), False),
    "writing a file": (("write_file", "{folder}/new"), True),
    "overwriting a file": (("write_file", "{folder}/other"), True),
    "environment of the parent": (("read_file", "/proc/{parent}/environ"), True),
    "memory of the parent": (("read_memory", "{parent}"), True),
    "open files of the parent": (("list_folder", "/proc/{parent}/fd"), True),
    "TCP": (("connect", "127.0.0.1", "{port}"), True),
    "UDP": (("send_a_packet", "127.0.0.1", "{port}"), False),
    "listening": (("listen",), True),
    "UNIX socket": (("connect_to_path", "{folder}/socket"), False),
    "abstract UNIX socket": (("connect_to_path", "\0{name}"), True),
    "ptrace": (("trace", "{parent}"), True),
    "a signal to the parent": (("signal_to", "{parent}"), True),
    "execve": (("execute", "/bin/echo"), True),
    "fork": (("fork",), False),
    "posix_spawn": (("spawn", "/bin/true"), True),
}
attempts = pytest.mark.parametrize("name", ATTEMPTS)


@pytest.fixture
def world(tmp_path) -> Iterator[Callable[[str], tuple]]:
    """What there is to be reached. Yields the arguments of an attempt."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "other").write_text("other")
    name = f"imagelib-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as of_path,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        for listener, address in ((of_path, str(tmp_path / "socket")), (abstract, f"\0{name}")):
            listener.bind(address)
            listener.listen()
        numbers = {"port": server.getsockname()[1], "parent": os.getpid()}
        texts = {"secret": tmp_path / "secret", "folder": tmp_path, "name": name}

        def arguments(attempted: str) -> tuple:
            words = ATTEMPTS[attempted][0]
            return tuple(numbers.get(word.strip("{}")) or word.format(**texts, **numbers) for word in words)

        yield arguments


def forked(work: Callable[[], str]) -> str:
    """Return what `work` returns, or prints, in a process forked from this one."""
    ours, its_end = os.pipe()
    number = os.fork()
    if not number:
        try:
            os.dup2(its_end, 1)
            os.write(1, work().encode())
        except BaseException as error:
            os.write(1, f"died of {error!r}".encode())
        finally:
            os._exit(0)
    os.close(its_end)
    with os.fdopen(ours) as pipe:
        said = pipe.read()
    os.waitpid(number, 0)
    return said


@attempts
def test_it_is_refused_in_a_child(name, world):
    got = sandbox.pool.run(attempt, io.BytesIO(), *world(name))
    assert got in ("PermissionError", "BlockingIOError"), got


@attempts
def test_it_works_unconfined(name, world):
    """Else the other tests would say nothing."""
    if os.getuid() and "{parent}" in str(ATTEMPTS[name]):
        pytest.skip("a process with a pool is hidden, but for root")
    got = forked(lambda: attempt(None, *world(name)))
    assert got
    assert "Error" not in got


@attempts
def test_without_landlock_it_is_refused(name, world):
    def with_seccomp_alone() -> str:
        confinement.restrict_system_calls()
        return attempt(None, *world(name))

    confined_first = forked(lambda: (confinement.drop_privileges(), with_seccomp_alone())[1])
    assert confined_first == "PermissionError"


@pytest.mark.parametrize("name", [name for name, (_, is_by_landlock) in ATTEMPTS.items() if is_by_landlock])
def test_without_seccomp_it_is_refused(name, world):
    need("Landlock of Linux 6.12", confinement._landlock_version() >= 6, "that it refuses all this alone")

    def with_landlock_alone() -> str:
        confinement.drop_privileges()
        confinement.restrict_paths()
        return attempt(None, *world(name))

    assert forked(with_landlock_alone) == "PermissionError"


@attempts
def test_it_is_refused_in_threads_of_a_child(name, world):
    assert sandbox.pool.run(attempt_in_a_thread, io.BytesIO(), *world(name)) == "PermissionError"


def test_all_threads_of_a_child_are_confined():
    threads = [
        path.read_text()
        for path in Path("/proc").glob(f"{sandbox.pool.run(pid, io.BytesIO())}/task/*/status")
    ]
    assert len(threads) == 2  # the second ends the child with its parent
    for status in threads:
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")
        assert {int(facts[name], 16) for name in ("CapInh", "CapPrm", "CapEff")} == {0}


def test_this_kernel_lacks_nothing():
    missing = confinement.missing_confinement()
    need("Confinement", not missing, f"decoding confined by {missing}")


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        ("confinement._landlock_version = lambda: 0", ["Landlock"]),
        ("confinement._machine = lambda: ''", ["seccomp"]),
        (
            "confinement._machine = lambda: ''; confinement._landlock_version = lambda: 0",
            ["Landlock", "seccomp"],
        ),
    ],
)
def test_a_child_does_with_what_there_is_and_the_log_says_once_what_is_missing(
    without, missing, monkeypatch, caplog
):
    exec(without, {"confinement": StandIn(monkeypatch)})  # noqa: S102
    assert confinement.missing_confinement() == missing
    lacking = f"; from images.imaging import confinement; {without}; child.main()"
    monkeypatch.setattr(process, "PROGRAM", process.PROGRAM.removesuffix("; child.main()") + lacking)
    pool = sandbox.Pool(1)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert pool.run(pid, io.BytesIO())
            pool.close()
    assert [record.message for record in caplog.records] == [
        f"images are decoded less confined: this system has no {', no '.join(missing)}"
    ]


class StandIn:
    """The module, as far as attributes are set."""

    def __init__(self, monkeypatch):
        object.__setattr__(self, "_monkeypatch", monkeypatch)

    def __setattr__(self, name, value):
        self._monkeypatch.setattr(confinement, name, value)


def test_a_process_with_a_pool_is_hidden_from_others_of_its_user():
    """So that a child without Landlock and seccomp reads no secret of its parent."""

    def read_of_parent(parent: int) -> str:
        return forked(
            lambda: " ".join(attempt(None, "read_file", f"/proc/{parent}/{name}") for name in SECRETS)
        )

    def tell() -> str:
        if not os.getuid():
            os.setresuid(65534, 65534, 65534)
        confinement._call("prctl", confinement.PR_SET_DUMPABLE, 1, 0, 0, 0)
        before = read_of_parent(os.getpid())
        sandbox.pool.close()
        confinement.hide_process()
        return f"{before} / {read_of_parent(os.getpid())}"

    before, after = forked(tell).split(" / ")
    assert "Error" not in before
    assert after == "PermissionError PermissionError"


SECRETS = ("environ", "auxv")


def test_whoever_starts_a_child_is_hidden():
    script = (
        "import ctypes\nfrom images.imaging.process import Child\nChild().end()\n"
        "print(ctypes.CDLL(None).prctl(3))\n"  # PR_GET_DUMPABLE
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=BASE_DIR, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("0\n", "")


# --- The filter, on machines that this is not ------------------------------------------------------

REFUSED = {  # numbers of x86-64 and of arm64
    "openat": (257, 56),
    "newfstatat": (262, 79),
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "sendmsg": (46, 211),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kill": (62, 129),
    "rt_sigqueueinfo": (129, 138),
    "fcntl": (72, 25),  # which can have signals sent
    "ioctl": (16, 29),
    "prctl": (157, 167),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
    "one to come": (999, 999),
}
ALLOW, PERMISSION, NONE_SUCH = seccomp.ALLOW, seccomp.REFUSE | errno.EPERM, seccomp.REFUSE | errno.ENOSYS
MACHINES = pytest.mark.parametrize("machine", seccomp.MACHINES)
PID = 4242


def verdict(machine: str, number: int, argument: int = 0, architecture: int | None = None) -> int:
    """Return what the kernel would make of the call: it runs the filter."""
    if architecture is None:
        architecture = seccomp.AUDIT_ARCH[seccomp.MACHINES[machine]]
    data = struct.pack("<IIQQ", number & 0xFFFFFFFF, architecture, 0, argument)
    steps = list(struct.iter_unpack("=HBBI", seccomp.program(machine, PID)))
    position, value = 0, 0
    while True:
        operation, if_true, if_false, operand = steps[position]
        position += 1
        if operation == seccomp.RETURN:
            return operand
        if operation == seccomp.LOAD:
            (value,) = struct.unpack_from("<I", data, operand)
        else:
            is_true = value == operand if operation == seccomp.EQUAL else bool(value & operand)
            position += if_true if is_true else if_false


@MACHINES
def test_the_filter_allows_what_it_lists_and_nothing_else(machine):
    column = seccomp.MACHINES[machine]
    allowed = {numbers[column] for numbers in seccomp.ALLOWED.values()}
    sometimes = {numbers[column] for numbers in (seccomp.CLONE, seccomp.TGKILL, seccomp.PRLIMIT64)}
    assert len(allowed) == len(seccomp.ALLOWED)
    assert {number for number in range(1000) if verdict(machine, number) == ALLOW} - sometimes == allowed
    for name, numbers in REFUSED.items():
        assert verdict(machine, numbers[column]) == PERMISSION, name


@MACHINES
def test_the_filter_looks_at_the_arguments_of_three(machine):
    def its_verdict(numbers, argument):
        return verdict(machine, numbers[seccomp.MACHINES[machine]], argument)

    thread, process_, own_namespace = 0x3D0F00, 0x01200011, 0x10000000
    assert [its_verdict(seccomp.CLONE, flags) for flags in (thread, process_, own_namespace, 0)] == [
        ALLOW,
        *[PERMISSION] * 3,
    ]
    assert [its_verdict(seccomp.TGKILL, number) for number in (PID, PID - 1, 0, 2**32 - 1)] == [
        ALLOW,
        *[PERMISSION] * 3,
    ]
    assert [its_verdict(seccomp.PRLIMIT64, number) for number in (0, PID - 1)] == [ALLOW, PERMISSION]
    assert its_verdict(seccomp.CLONE3, 0) == NONE_SUCH


def test_calls_of_another_kind_end_the_process_or_are_refused():
    i386, x32 = 0x40000003, 0x40000000
    assert verdict("x86_64", 3, architecture=i386) == seccomp.KILL_PROCESS
    assert verdict("aarch64", 3, architecture=0x40000028) == seccomp.KILL_PROCESS
    assert {verdict("x86_64", x32 | number) for number in range(600)} == {PERMISSION}
    assert verdict("x86_64", -1) == PERMISSION


# --- All of decoding happens confined --------------------------------------------------------------


@pytest.mark.drill
def test_after_its_rehearsal_a_child_imports_nothing(tmp_path):
    """Whatever the file: once confined it could not. Here it is not, and what it would import is told."""
    files = [
        make_image(format_, (64, 48), frames=3) for format_ in ("PNG", "GIF", "WEBP", "AVIF", "MPO", "TIFF")
    ]
    files += [
        make_image("JPEG"),
        make_image("JPEG", progressive=True),
        *(data for _, data in hostile_files()),
    ]
    files += [photo(), *map(picture, PICTURES)]
    for number, data in enumerate(files):
        (tmp_path / f"{number}.file").write_bytes(data)
    script = """
import pathlib, sys
from images.imaging import child
from images.imaging.jobs import Job
from images.imaging.words.words import Words

class Recorder:
    def find_spec(self, name, path=None, target=None):
        print(name)

formats = ("jpg", "png", "webp", "avif", "gif")
jobs = [
    Job((0, 0, 9, 9), (8, 8), True, 90, quality, format_)
    for quality in ("color", "gray", "bitonal") for format_ in formats
]
paths = list(pathlib.Path(sys.argv[1]).glob("*.file"))
child.rehearse()
sys.meta_path.insert(0, Recorder())
for path in paths:
    for work, args in (
        (child.inspect, ()), (child.render, (jobs,)), (child.strip, ()), (child.embed, (Words(title="a"),))
    ):
        try:
            with path.open("rb") as file:
                work(file, *args)
        except Exception as error:
            "".join(child.traceback.format_exception(error))
            if work is child.inspect:  # nobody asks for more of what was refused
                break
print(len(paths))
"""
    ended = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=BASE_DIR, capture_output=True, text=True
    )
    assert (ended.stdout, ended.stderr) == (f"{len(files)}\n", "")


@pytest.mark.parametrize("name", PICTURES)
def test_confined_a_picture_is_read_and_drawn_as_unconfined(name):
    file = io.BytesIO(picture(name))
    facts = inspection.inspect_image(file)
    assert sandbox.inspect_image(file) == facts
    width, height = facts.width, facts.height
    size = (max(1, width // 5), max(1, height // 5))
    jobs = [
        Job((0, 0, width, height), size, False, 0, quality, format_)
        for quality, format_ in [
            ("gray", "png"),
            ("bitonal", "png"),
            *(("color", name) for name in rendering.OPTIONS),
        ]
    ]
    assert sandbox.render(file, jobs) == rendering.render(file, jobs)


@pytest.mark.parametrize(("name", "data"), [pytest.param(*file, id=file[0]) for file in hostile_files()])
def test_confined_a_hostile_file_is_refused_as_unconfined(name, data):
    assert outcome(sandbox.inspect_image, data) == outcome(inspection.inspect_image, data)


def outcome(inspect: Callable, data: bytes) -> object:
    try:
        return inspect(io.BytesIO(data))
    except RefusedFile as refusal:
        return type(refusal), str(refusal)
