"""Makes what tests need: images in memory, people, images in the library."""

import hashlib
import io
import random

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from PIL import Image as PillowImage

from images.catalogue.tags import set_tags, tag_names
from images.http import branding
from images.ingest.pipeline import ingest
from images.models import Image, Library
from images.models.figure import followed

PASSWORD = "correct horse battery staple"


def make_image(format_: str = "JPEG", size: tuple[int, int] = (64, 48), seed: int = 0, **options) -> bytes:
    """Return an encoded picture of `size` pixels; another `seed` gives other bytes.

    `frames=N` makes an animation, `mode="L"` and the like another colour mode, `exif` and other options go
    to Pillow's encoder.
    """
    frames, mode = options.pop("frames", 1), options.pop("mode", "RGB")
    pictures = [_picture(size, seed + 1000 * frame).convert(mode) for frame in range(frames)]
    if frames > 1:
        options |= {"save_all": True, "append_images": pictures[1:]}
    file = io.BytesIO()
    pictures[0].save(file, format_, **options)
    return file.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    """Return a PNG that nothing can compress much, neither itself nor what is derived of it."""
    file = io.BytesIO()
    pixels = random.Random(0).randbytes(3 * size[0] * size[1])
    PillowImage.frombytes("RGB", size, pixels).save(file, "PNG")
    return file.getvalue()


def _picture(size: tuple[int, int], seed: int) -> PillowImage.Image:
    """Return a gradient between four random corners: smooth like a photograph, different for every seed."""
    corners = random.Random(seed).randbytes(12)
    return PillowImage.frombytes("RGB", (2, 2), corners).resize(size, PillowImage.Resampling.BICUBIC)


def transparent(alpha: int = 100, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a PNG of one colour through which something shines."""
    file = io.BytesIO()
    PillowImage.new("RGBA", size, (200, 30, 30, alpha)).save(file, "PNG")
    return file.getvalue()


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in hex."""
    return hashlib.sha256(data).hexdigest()


def make_user(name: str, *groups: str, **fields):
    """Return a new person in `groups` (Viewers, Contributors, Editors)."""
    user = get_user_model().objects.create_user(name, password=PASSWORD, **fields)
    user.groups.set([Group.objects.get(name=group) for group in groups])
    return user


def add_image(
    data: bytes | None = None, *, filename: str = "photo.jpg", uploaded_by=None, **described
) -> Image:
    """Bring `data` (a small JPEG when not given) into the library through ingest; return its row."""
    data = make_image() if data is None else data
    return ingest(io.BytesIO(data), filename=filename, uploaded_by=uploaded_by, **described).image


def add_rows(count: int, **fields) -> list[Image]:
    """Add rows without bytes in this library; figures are not counted."""
    facts = {"mime_type": "image/jpeg", "size": 1, "width": 3, "height": 2, "filename": "a.jpg"} | fields
    return Image.objects.bulk_create(Image(hash=sha256(b"%d" % n), **facts) for n in range(count))


def brand(**fields) -> None:
    """Let this be set of the library, and this process show it."""
    Library.objects.update_or_create(defaults=fields)
    branding.forget()


def say(*, tags: list[str] | None = None, **fields) -> None:
    """Let all rows say this, whatever they said before."""
    for image in Image.objects.all():
        if tags is not None:
            set_tags(image, tags)
        for name, value in fields.items():
            setattr(image, name, value)
        with followed([image]):
            image.save()


def said_of(image: Image, *names: str) -> dict:
    """Return what the row of `image` says now in these fields; `tags` by their names."""
    image = Image.objects.get(pk=image.pk)
    return {name: tag_names(image) if name == "tags" else getattr(image, name) for name in names}
