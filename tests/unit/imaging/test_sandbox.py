"""Children that decode: what they may take, and what becomes of the file that takes more."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from select import select

import pytest

from images.errors import Busy, InvalidImage, Unrenderable, UnsupportedFormat
from images.iiif.requests import RenditionSpec
from images.imaging import child, process, sandbox
from images.imaging.channel import Channel
from images.imaging.sandbox import Pool, inspect_image, render
from tests import BASE_DIR
from tests.factories import make_image
from tests.resilience.sandbox_jobs import (
    count_faults,
    die,
    eat_memory,
    fail,
    hang,
    limit_cpu,
    pid,
    read,
    spin,
    spin_with_one_second,
    wait_for_a_word,
    write_to_its_file,
)


def run(decode, *args, pool: Pool = sandbox.pool, **options):
    return pool.run(decode, io.BytesIO(b"a file"), *args, **options)


def test_it_tells_what_inspection_tells():
    facts = inspect_image(io.BytesIO(make_image("PNG", (64, 48))))
    assert (facts.mime_type, facts.width, facts.height) == ("image/png", 64, 48)


def test_refusals_come_back_as_they_are():
    with pytest.raises(UnsupportedFormat, match="JPEG, PNG, GIF, WebP, AVIF, HEIC and TIFF"):
        inspect_image(io.BytesIO(b"hello"))


def test_a_child_that_dies_costs_only_its_own_file():
    with pytest.raises(InvalidImage):
        run(die)
    assert inspect_image(io.BytesIO(make_image())).width == 64


def test_a_child_that_dies_at_rest_is_replaced():
    with fresh_pool():
        number = run(pid)
        with os.fdopen(os.pidfd_open(number)) as ended:
            os.kill(number, signal.SIGKILL)
            assert select([ended], [], [], 10)[0]
        for _ in range(3):
            assert inspect_image(io.BytesIO(make_image())).width == 64


def test_when_no_child_can_be_started_one_is_asked_to_come_back(monkeypatch):
    with fresh_pool():
        monkeypatch.setattr(process, "PROGRAM", "raise SystemExit")
        with pytest.raises(Busy):
            run(pid)
        monkeypatch.setattr(process, "PROGRAM", "import time; time.sleep(60)")
        monkeypatch.setattr(process, "START_TIMEOUT", 0.3)
        with pytest.raises(Busy):
            run(pid)
        monkeypatch.undo()
        assert run(pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_that_is_killed_at_work_from_outside_says_nothing_of_its_file(number):
    """By the kernel, which is short of memory, or by whoever stops the machine."""
    with fresh_pool(), ThreadPoolExecutor(1) as threads:
        child_of_this = run(pid)
        waiting = threads.submit(run, hang)
        while sandbox.pool._resting:
            os.sched_yield()
        os.kill(child_of_this, number)
        with pytest.raises(Busy):
            waiting.result(20)
        assert run(pid) != child_of_this


def test_a_child_is_replaced_after_so_many_jobs(monkeypatch):
    monkeypatch.setattr(sandbox, "JOBS", 2)
    with closing(Pool(1)) as one:
        pids = [run(pid, pool=one) for _ in range(5)]
    assert [pids.count(number) for number in dict.fromkeys(pids)] == [2, 2, 1]


def test_what_a_job_raises_that_none_should_is_an_error_of_ours():
    with pytest.raises(RuntimeError, match="a word") as raised:
        run(fail, "a word")
    assert "ArithmeticError" in str(raised.value.__cause__)


@pytest.mark.parametrize(
    "answer", [b"no JSON", b"{}", b"[" * 10**5, b'{"parts": "x"}', b'{"error": []}', b"7"]
)
def test_a_child_that_answers_with_rubbish_costs_only_its_own_file(monkeypatch, answer):
    """Its file has taken it over. What it sends is data to this process, and never more."""
    with fresh_pool():
        ours = run(pid)
        receive = Channel.receive
        with monkeypatch.context() as channel:
            channel.setattr(Channel, "receive", lambda *args: bytearray(receive(*args) and answer))
            with pytest.raises(InvalidImage):
                run(pid)
        assert run(pid) != ours


def test_an_answer_without_end_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(process, "MAX_HEAD", 100)
    with fresh_pool(), pytest.raises(InvalidImage):
        run(fail, "long" * 100)


def test_the_answer_to_a_job_that_was_given_up_is_not_the_next_ones(monkeypatch):
    with fresh_pool():
        ours = run(pid)
        with monkeypatch.context() as channel:
            channel.setattr(Channel, "receive", interrupted)
            with pytest.raises(KeyboardInterrupt):
                run(pid)
        assert run(spin, 0) == "done"
        assert run(pid) != ours


def interrupted(*args):
    raise KeyboardInterrupt


def test_a_file_is_read_from_its_start_and_left_where_it_was(tmp_path):
    path = tmp_path / "file"
    with path.open("w+b") as file:
        file.write(b"some words")  # which may be in this process yet
        assert sandbox.pool.run(read, file) == "some words"
        path.unlink()
        assert (sandbox.pool.run(read, file), file.tell()) == ("some words", 10)


def test_a_file_cannot_be_written_by_a_child(tmp_path):
    with (tmp_path / "file").open("w+b") as file:
        file.write(b"some words")
        with pytest.raises(RuntimeError, match="Bad file descriptor"):
            sandbox.pool.run(write_to_its_file, file)


def test_nothing_is_left_of_a_file_however_its_process_ends(tmp_path):
    script = (
        "import io, os, threading, time\nfrom images.imaging import process, sandbox\n"
        "process.MODULES.append('tests.resilience.sandbox_jobs')\n"
        "from tests.resilience.sandbox_jobs import hang, pid\n"
        "sandbox.pool.run(pid, io.BytesIO())\n"
        "threading.Thread(target=sandbox.pool.run, args=(hang, io.BytesIO(b'a body')), daemon=True).start()\n"
        "while sandbox.pool._resting: time.sleep(0.01)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    folder = tmp_path / "tmp"
    folder.mkdir()
    environment = os.environ | {"TMPDIR": str(folder)}
    ended = subprocess.run([sys.executable, "-c", script], cwd=BASE_DIR, env=environment)
    assert ended.returncode == -signal.SIGKILL
    assert list(folder.iterdir()) == []


def test_a_child_at_rest_has_no_limit_of_time():
    """Its watch over the parent takes some, and would use the last job's limit up within days."""
    with fresh_pool():
        limits = Path(f"/proc/{run(pid)}/limits")
        until = time.monotonic() + 10  # it may still be on its way to rest
        while not re.search(r"Max cpu time +unlimited +unlimited", limits.read_text()):
            assert time.monotonic() < until
            os.sched_yield()


def test_a_child_leaves_the_processor_to_whoever_only_waits_to_be_answered():
    ours, theirs = (os.getpriority(os.PRIO_PROCESS, number) for number in (0, run(pid)))
    assert theirs == min(ours + child.NICENESS, 19)


def test_a_child_keeps_the_memory_of_one_picture_for_the_next():
    """12 megapixels are 8,800 pages, which to be given takes a third of the time that decoding does."""
    photo = io.BytesIO(make_image(size=(4000, 3000)))
    with closing(Pool(1)) as one:
        faults = [one.run(count_faults, photo) for _ in range(4)]
    assert faults[-1] < 1000, faults


def test_memory_ends_at_the_limit():
    assert run(eat_memory, 2**29) == 2**29
    with pytest.raises(MemoryError):
        run(eat_memory, child.MEMORY)


def test_whatever_is_raised_in_drawing_is_unrenderable():
    """The job asks for more than the picture has, as of a row that says more of its file than there is."""
    job = RenditionSpec.parse("full/max/0/default.png").job(640, 480)
    with pytest.raises(Unrenderable) as raised:
        render(io.BytesIO(make_image("PNG", (64, 48))), [job])
    assert "box can't exceed" in str(raised.value.__cause__)


@pytest.mark.drill
def test_cpu_time_ends_at_the_limit_of_one_job():
    with closing(Pool(1)) as one:
        assert [run(spin, 0.4, pool=one) for _ in range(3)] == ["done"] * 3  # each has the whole of it


@pytest.mark.drill
def test_a_job_past_its_cpu_time_is_killed():
    with fresh_pool(), pytest.raises(InvalidImage):
        run(spin_with_one_second)


@pytest.mark.drill
def test_a_render_past_its_cpu_time_is_killed_and_cannot_be_drawn():
    """As a file whose decoding takes more is refused: it does on any machine of this kind."""
    with fresh_pool():
        sandbox.pool.run(limit_cpu, io.BytesIO(), 0)
        jobs = [
            RenditionSpec.parse(f"full/{width},/0/default.avif").job(2000, 2000)
            for width in range(1900, 2000)
        ]
        with pytest.raises(Unrenderable):
            render(io.BytesIO(make_image(size=(2000, 2000))), jobs)


def test_a_job_that_takes_long_without_using_its_cpu_time_is_no_judgement_of_its_file(monkeypatch):
    """The machine is hard at work, or slow. Trying again may help."""
    monkeypatch.setattr(sandbox, "JOB_TIMEOUT", 0.3)
    with pytest.raises(Busy):
        run(hang, timeout=0)
    assert run(pid)


def test_an_inspection_and_a_render_that_take_long_are_busy(monkeypatch):
    monkeypatch.setattr(sandbox, "JOB_TIMEOUT", 0.05)
    picture = make_image(size=(1500, 1500))
    job = RenditionSpec.parse("full/max/0/default.avif").job(1500, 1500)
    with pytest.raises(Busy):
        render(io.BytesIO(picture), [job], timeout=0)
    with pytest.raises(Busy):
        inspect_image(io.BytesIO(make_image("PNG", size=(5000, 5000))), timeout=0)


def test_who_waits_longer_for_a_child_waits_longer_for_its_work(monkeypatch):
    monkeypatch.setattr(sandbox, "JOB_TIMEOUT", 0.01)
    assert run(spin, 0.2, timeout=20) == "done"


@pytest.mark.drill
def test_when_all_children_are_at_work_for_long_it_is_busy(monkeypatch):
    monkeypatch.setattr(sandbox, "JOB_TIMEOUT", 3)
    with ThreadPoolExecutor(sandbox.CHILDREN) as threads:
        jobs = [threads.submit(run, hang, timeout=1) for _ in range(sandbox.CHILDREN)]
        while sandbox.pool._free._value:
            os.sched_yield()
        with pytest.raises(Busy):
            run(pid, timeout=0.1)
        assert {type(job.exception()) for job in jobs} == {Busy}
    assert run(pid)


def test_children_have_no_secret_and_no_socket(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    with (
        fresh_pool(),
        (tmp_path / "database").open("w") as file,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        for inheritable in (file, server):
            os.set_inheritable(inheritable.fileno(), True)
        here = Path(f"/proc/{run(pid)}")
        environment = (here / "environ").read_text()
        descriptors = sorted(os.readlink(path).partition(":")[0] for path in (here / "fd").iterdir())
    assert "secret" not in environment
    assert descriptors == ["/dev/null", "/dev/null", "/dev/null", "socket"]  # the one to this process


@pytest.mark.drill
def test_children_end_with_their_parent():
    script = (
        "import io, os\nfrom images.imaging import process\nfrom images.imaging.sandbox import pool\n"
        "process.MODULES.append('tests.resilience.sandbox_jobs')\n"
        "from tests.resilience.sandbox_jobs import pid\n"
        "print(pool.run(pid, io.BytesIO()), flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.run([sys.executable, "-c", script], cwd=BASE_DIR, capture_output=True, text=True)
    orphan = int(parent.stdout)
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{orphan}"):
        assert time.monotonic() < deadline, "the child outlived its parent"
        os.sched_yield()


def test_a_command_may_have_more_children(tmp_path):
    word = tmp_path / "word"
    word.touch()
    with closing(Pool(2)) as pool, ThreadPoolExecutor(3) as threads:
        pool.grow(3)
        pool.grow(1)  # which is less
        waiting = [threads.submit(lambda: pool.run(wait_for_a_word, word.open("rb"))) for _ in range(3)]
        while pool._free._value:
            os.sched_yield()
        word.write_text("now")
        pids = [job.result(20) for job in waiting]
    assert len(set(pids)) == 3


def test_a_pool_that_is_closed_makes_new_children():
    ours = run(pid)
    sandbox.pool.close()
    assert run(pid) != ours
    with pytest.raises(ProcessLookupError):
        os.kill(ours, 0)


def test_a_forked_process_has_children_of_its_own_whatever_its_parent_is_at():
    ours = run(pid)
    with sandbox.pool._lock:
        for _ in range(sandbox.CHILDREN):
            sandbox.pool._free.acquire()
        answer, its_end = os.pipe()
        forked = os.fork()
        if not forked:
            try:
                os.write(its_end, str(run(pid, timeout=0)).encode())
            finally:
                os._exit(0)
        sandbox.pool._free.release(sandbox.CHILDREN)
    os.close(its_end)
    with os.fdopen(answer) as pipe:
        its_own = int(pipe.read())
    os.waitpid(forked, 0)
    assert its_own != ours
    assert run(pid)


class fresh_pool:
    """Children of its own for the length of the block."""

    def __enter__(self):
        sandbox.pool.close()

    def __exit__(self, *error):
        sandbox.pool.close()
