"""What runs in the sandbox's children: confined, each job is one file, within limits of memory and time."""

import ctypes
import importlib
import io
import json
import math
import os
import pickle
import resource
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import IO, Any, TypeVar

from PIL import Image, ImageCms

from images.errors import ImageTooLarge, InvalidImage, Unrenderable, Unstrippable, UnsupportedFormat
from images.imaging import confinement, embedding, inspection, rendering, stripping
from images.imaging.channel import Channel
from images.imaging.containers import plans
from images.imaging.formats import FORMATS
from images.imaging.jobs import Job
from images.imaging.words.words import Words

Result = TypeVar("Result")

MEMORY = 2 * 2**30  # bytes of address space
NICENESS = 5  # whoever only waits to be answered goes before, three times as often
CPU_SECONDS = 10  # of one job
MAX_TRACE = 4_000  # characters

# glibc gives pixels back to the kernel and asks for them anew, or does not, by what it was asked for earlier.
# These are the largest values that it takes by itself; without them 12 megapixels cost half as much again.
M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -3, -1  # <malloc.h>
KEPT = {M_MMAP_THRESHOLD: 32 * 2**20, M_TRIM_THRESHOLD: 64 * 2**20}  # bytes

# What a job may raise in the process that asked for it.
ERRORS = {
    error.__name__: error
    for error in (UnsupportedFormat, InvalidImage, ImageTooLarge, Unrenderable, Unstrippable, MemoryError)
}


def main() -> None:
    """Do the jobs that come over the socket whose descriptor is the first argument, until it is closed.

    The other arguments are modules that jobs are in: once confined, a process can import nothing.
    """
    descriptor, *modules = sys.argv[1:]
    for name in modules:
        importlib.import_module(name)
    keep_memory()
    rehearse()
    channel, parent = Channel(socket.socket(fileno=int(descriptor))), os.getppid()
    missing = enter()
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    channel.send(json.dumps(missing).encode())
    while True:
        try:
            job, file = channel.receive_with_file()
        except (EOFError, OSError):
            return  # the parent is gone, or wants no more
        answer(channel, job, file)


def enter() -> list[str]:
    """Give up what a decoder has no use for: it has seen no file. Returns what the kernel lacks for that."""
    os.environ.clear()
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(sys.stdout.fileno(), sys.stderr.fileno())  # the first is /dev/null, the second was the log
    return confinement.confine()


def keep_memory() -> None:
    """Keep the pages of one picture for the next, whatever was decoded first. Does nothing without glibc."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        for parameter, size in KEPT.items():
            mallopt(parameter, size)


def rehearse() -> None:
    """Have all imported that inspecting, rendering and rewriting import when they are first at it.

    What reads HEIC has that when it is imported itself; what writes it has threads, which would stay free.
    """
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:01:01 00:00:00"
    picture = Image.new("RGBA", (8, 8), (200, 100, 50, 128))
    job = Job((0, 0, 8, 8), (4, 4), mirrored=False, rotation=0, quality="color", format="png")
    for format_ in (format_ for format_ in FORMATS.values() if not format_.package):
        file = io.BytesIO()
        image = picture.convert("RGB") if format_.name == "JPEG" else picture
        image.save(file, format_.name, exif=exif, icc_profile=profile)
        inspection.inspect_image(file)
        rendering.render(file, [job])
        stripping.strip(file)
        embedding.embed(file, Words(title="a"))


def answer(channel: Channel, job: bytes | bytearray, descriptor: int) -> None:
    """Do one job and send what came of it: a value that JSON can say, or the number of messages of bytes that
    follow; else the name of an error, its text and its trace.
    """
    parts: list[bytes] = []
    try:
        with open(descriptor, "rb") as file:
            decode, args = pickle.loads(job)  # noqa: S301  the parent's own
            value = run(decode, file, *args)
        if isinstance(value, list) and all(isinstance(part, bytes) for part in value):
            parts, head = value, {"parts": len(value)}
        else:
            head = {"value": value}
        message = json.dumps(head)
    except Exception as error:
        name = next((name for name, class_ in ERRORS.items() if isinstance(error, class_)), "")
        trace = "".join(traceback.format_exception(error))[-MAX_TRACE:]
        message = json.dumps({"error": name, "text": str(error)[-MAX_TRACE:], "trace": trace})
    channel.send(message.encode())
    for part in parts:
        channel.send(part)


def run(decode: Callable[..., Result], file: IO[bytes], *args: Any) -> Result:
    """Return `decode(file, *args)`, which may take CPU_SECONDS: then the kernel kills."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(spent.ru_utime + spent.ru_stime) + CPU_SECONDS  # of the child's life so far
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
    try:
        return decode(file, *args)
    finally:  # waiting for the next job takes time of this clock too
        resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def inspect(file: IO[bytes]) -> dict[str, Any]:
    """Do what inspection.inspect_image does. Returns the fields of its facts, moment and day in ISO 8601."""
    facts = inspection.inspect_image(file)
    moments = {"taken_at": facts.taken_at, "taken_day": facts.taken_day}
    return asdict(facts) | {name: moment and moment.isoformat() for name, moment in moments.items()}


def render(file: IO[bytes], jobs: Sequence[Job]) -> list[bytes]:
    """Do what rendering.render does. Raises Unrenderable, whatever Pillow raises: the file was inspected, so
    this drawing is what is wrong. MemoryError stays what it is.
    """
    try:
        return rendering.render(file, jobs)
    except MemoryError:
        raise
    except Exception as error:
        raise Unrenderable("This cannot be drawn.") from error


def strip(file: IO[bytes]) -> list[bytes]:
    """Do what stripping.strip does. Returns the plan as it is sent. Raises Unstrippable, whatever Pillow
    raises. MemoryError stays what it is.
    """
    try:
        return plans.sent(stripping.strip(file))
    except (Unstrippable, MemoryError):
        raise
    except Exception as error:
        raise Unstrippable("The file is damaged: it cannot be written without its metadata.") from error


def embed(file: IO[bytes], words: Words) -> list[bytes]:
    """Do what embedding.embed does. Returns the plan as it is sent. Raises Unstrippable, whatever a container
    raises. MemoryError stays what it is.
    """
    try:
        return plans.sent(embedding.embed(file, words))
    except (Unstrippable, MemoryError):
        raise
    except Exception as error:
        raise Unstrippable("The file is damaged: no words can be written into it.") from error


def _follow(parent: int) -> None:
    """End within a second of the parent. (PR_SET_PDEATHSIG would with the thread that made this process.)"""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
