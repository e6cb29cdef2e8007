"""A folder of photographs as a camera leaves it after three days."""

import io
import random
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image as PillowImage

DAYS = [datetime(2026, 7, day, 9, 30) for day in (14, 15, 16)]
A_DAY = 20  # photographs of each
SIZE = (320, 240)  # small ones, for the sake of time
OCTAVES = 6
TAKEN, OF_EXIF = 0x9003, 0x8769  # DateTimeOriginal, in the Exif directory


def photograph(seed: int, taken: datetime) -> bytes:
    """Return a JPEG with something to see at every scale that says when it was taken."""
    source = random.Random(seed)
    picture = PillowImage.new("RGB", SIZE)
    for octave in range(OCTAVES):
        width, height = 3 << octave, 2 << octave
        noise = PillowImage.frombytes("RGB", (width, height), source.randbytes(3 * width * height))
        picture = PillowImage.blend(
            picture, noise.resize(SIZE, PillowImage.Resampling.BICUBIC), 1 / (octave + 1)
        )
    exif = PillowImage.Exif()
    exif.get_ifd(OF_EXIF)[TAKEN] = f"{taken:%Y:%m:%d %H:%M:%S}"
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80, exif=exif)
    return file.getvalue()


def save_folder(folder: Path) -> None:
    """Save the photographs in `folder`, which is made: IMG_0001.jpg is the earliest."""
    folder.mkdir()
    for number in range(A_DAY * len(DAYS)):
        day, hour = divmod(number, A_DAY)
        taken = DAYS[day] + timedelta(minutes=20 * hour)
        (folder / f"IMG_{number + 1:04}.jpg").write_bytes(photograph(number, taken))
