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
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path

import pytest

from images.errors import Busy, InvalidImage, Unrenderable, UnsupportedFormat
from images.iiif.requests import RenditionSpec
from images.imaging import child, sandbox
from images.imaging.sandbox import Pool, inspect_image, render
from tests import BASE_DIR
from tests.factories import make_image
from tests.resilience.sandbox_jobs import (
    die,
    eat_memory,
    hang,
    look_around,
    meet,
    pid,
    spin,
    spin_with_one_second,
)


def run(decode, *args, pool: Pool = sandbox.pool, **options):
    return pool.run(decode, io.BytesIO(b"a file"), *args, **options)


def test_it_tells_what_inspection_tells():
    facts = inspect_image(io.BytesIO(make_image("PNG", (64, 48))))
    assert (facts.mime_type, facts.width, facts.height) == ("image/png", 64, 48)


def test_refusals_come_back_as_they_are():
    with pytest.raises(UnsupportedFormat, match="JPEG, PNG, GIF, WebP and AVIF"):
        inspect_image(io.BytesIO(b"hello"))


def test_a_child_that_dies_costs_only_its_own_file():
    with pytest.raises(InvalidImage):
        run(die)
    assert inspect_image(io.BytesIO(make_image())).width == 64


def test_a_child_that_dies_at_rest_is_replaced():
    with fresh_pool():
        os.kill(run(pid), signal.SIGKILL)
        time.sleep(1)  # the pool has noticed
        for _ in range(3):
            assert inspect_image(io.BytesIO(make_image())).width == 64


def test_while_the_pool_is_lost_one_is_asked_to_come_back(monkeypatch):
    with fresh_pool():
        assert inspect_image(io.BytesIO(make_image())).width == 64
        sandbox.pool._processes._pool_manager.handle_broken_pool(BrokenProcessPool())
        monkeypatch.setattr(type(sandbox.pool._processes), "active", True)  # nobody has seen it yet
        with pytest.raises(Busy):
            inspect_image(io.BytesIO(make_image()))
        monkeypatch.undo()
        assert inspect_image(io.BytesIO(make_image())).width == 64


def test_a_job_that_waits_in_a_lost_pool_is_asked_to_come_back():
    with fresh_pool(), ThreadPoolExecutor(1) as threads:
        assert inspect_image(io.BytesIO(make_image())).width == 64
        waiting = threads.submit(run, hang)
        time.sleep(0.5)
        sandbox.pool._processes._pool_manager.handle_broken_pool(BrokenProcessPool())
        with pytest.raises(Busy):
            waiting.result(20)


def test_a_child_at_rest_has_no_limit_of_time():
    """Its watch over the parent takes some, and would use the last job's limit up within days."""
    with fresh_pool():
        number = run(pid)
        time.sleep(0.2)
        limits = Path(f"/proc/{number}/limits").read_text()
    assert re.search(r"Max cpu time +unlimited +unlimited", limits)


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


def test_cpu_time_ends_at_the_limit_of_one_job():
    with closing(Pool(1)) as one:
        assert [run(spin, 0.4, pool=one) for _ in range(3)] == ["done"] * 3  # each has the whole of it


def test_a_job_past_its_cpu_time_is_killed():
    with fresh_pool(), pytest.raises(InvalidImage):
        run(spin_with_one_second)


def test_a_job_past_its_time_is_killed(monkeypatch):
    monkeypatch.setattr(sandbox, "JOB_TIMEOUT", 0.3)
    with pytest.raises(InvalidImage):
        run(hang)


def test_a_render_past_its_time_is_killed(monkeypatch):
    monkeypatch.setattr(sandbox, "JOB_TIMEOUT", 0.05)
    job = RenditionSpec.parse("full/max/0/default.avif").job(1500, 1500)
    with pytest.raises(sandbox.Unrenderable):
        sandbox.render(io.BytesIO(make_image(size=(1500, 1500))), [job])


def test_when_all_children_are_at_work_for_long_it_is_busy(monkeypatch):
    monkeypatch.setattr(sandbox, "JOB_TIMEOUT", 3)
    with ThreadPoolExecutor(sandbox.CHILDREN) as threads:
        jobs = [threads.submit(run, hang) for _ in range(sandbox.CHILDREN)]
        while sandbox.pool._free._value:
            os.sched_yield()
        with pytest.raises(Busy):
            run(pid, timeout=0.1)
        assert {type(job.exception()) for job in jobs} == {InvalidImage}
    assert run(pid)


def test_children_have_no_secret_and_no_socket(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    with fresh_pool(), (tmp_path / "database").open("w"), socket.create_server(("127.0.0.1", 0)):
        environment, descriptors = run(look_around)
    assert environment == {}
    assert not [name for name in descriptors if name.startswith("socket:") or "database" in name]


def test_children_end_with_their_parent():
    script = (
        "import io, os\nfrom images.imaging.sandbox import pool\n"
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
    (tmp_path / "here").mkdir()
    with closing(Pool(2)) as pool, ThreadPoolExecutor(3) as threads:
        run(pid, pool=pool)
        pool.grow(3)
        pool.grow(1)  # which is less
        pids = list(threads.map(lambda number: run(meet, str(tmp_path / "here"), 3, pool=pool), range(3)))
    assert len(set(pids)) == 3


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
