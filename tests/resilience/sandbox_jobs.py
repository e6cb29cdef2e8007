"""What the sandbox's children are made to do in tests. A child imports this, so this imports no Django."""

import ctypes
import os
import resource
import signal
import socket
import threading
import time

from images.imaging import child
from images.imaging.containers.parts import Copied
from images.imaging.containers.plans import sent

_libc = ctypes.CDLL(None, use_errno=True)


def eat_memory(file, size: int) -> int:
    return len(bytearray(size))


def spin(file, seconds: float) -> str:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def hang(file) -> None:
    threading.Event().wait()


def die(file) -> None:
    signal.raise_signal(signal.SIGSEGV)


def pid(file) -> int:
    return os.getpid()


def plan_past_the_end(file) -> list[bytes]:
    return sent([Copied(0, len(file.read()) + 1)])


def read(file) -> str:
    return file.read().decode()


def write_to_its_file(file) -> None:
    os.write(file.fileno(), b"something else")


def fail(file, text: str) -> None:
    raise ArithmeticError(text)


def spin_with_one_second(file) -> None:
    child.CPU_SECONDS = 1
    child.run(spin, file, 60)


def limit_cpu(file, seconds: int) -> None:
    """Give later jobs of this child less time."""
    child.CPU_SECONDS = seconds


def count_faults(file) -> int:
    """Return for how many pages of memory the kernel is asked while the file is inspected."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    child.inspect(file)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def wait_for_a_word(file) -> int:
    """Return when somebody has written into the file."""
    while not file.read():
        file.seek(0)
        os.sched_yield()
    return os.getpid()


# --- What nobody may do who is confined: each raises OSError, or returns what it got -----------------


def read_file(path: str) -> str:
    with open(path, "rb") as file:
        return repr(file.read(4))


def read_memory(number: int) -> str:
    """Return where the first mapping of another process begins, having read there."""
    with open(f"/proc/{number}/maps") as maps:
        start = int(maps.readline().split("-")[0], 16)
    with open(f"/proc/{number}/mem", "rb", buffering=0) as memory:
        memory.seek(start)
        return repr(memory.read(4))


def list_folder(path: str) -> str:
    return repr(os.listdir(path))


def find_out(path: str) -> str:
    return repr(os.stat(path).st_size)


def write_file(path: str) -> str:
    with open(path, "w") as file:
        return repr(file.write("hello"))


def connect(host: str, port: int) -> str:
    with socket.socket() as connection:
        connection.connect((host, port))
        return repr(connection.getpeername())


def send_a_packet(host: str, port: int) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        return repr(connection.sendto(b"hello", (host, port)))


def connect_to_path(path: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        return "connected"


def listen() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return repr(server.getsockname())


def trace(number: int) -> str:
    ptrace_attach, ptrace_detach = 16, 17
    _called("ptrace", ptrace_attach, number, 0, 0)
    os.waitpid(number, 0)
    _called("ptrace", ptrace_detach, number, 0, 0)
    return "traced"


def signal_to(number: int) -> str:
    os.kill(number, 0)
    return "reached"


def execute(path: str) -> str:
    os.execv(path, [path, "executed"])  # noqa: S606
    raise AssertionError


def fork() -> str:
    number = os.fork()
    if not number:
        os._exit(0)
    os.waitpid(number, 0)
    return "forked"


def spawn(path: str) -> str:
    number = os.posix_spawn(path, [path], {})
    os.waitpid(number, 0)
    return "spawned"


def attempt(file, what: str, *args) -> str:
    """Return what one of these got, or the name of the error it ended with."""
    try:
        return globals()[what](*args)
    except OSError as error:
        return type(error).__name__


def attempt_in_a_thread(file, what: str, *args) -> str:
    got = []
    thread = threading.Thread(target=lambda: got.append(attempt(file, what, *args)))
    thread.start()
    thread.join()
    return got[0]


def _called(function: str, *args: int) -> None:
    if _libc[function](*map(ctypes.c_long, args)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
