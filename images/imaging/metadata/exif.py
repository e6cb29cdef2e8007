"""Reads Exif (2.32, CIPA DC-008, section 4.6; 3.0), and the fields that Windows writes beside it."""

import re
from collections.abc import Iterable
from typing import Any

from images.imaging.metadata import words
from images.imaging.metadata.moments import Moment, moment
from images.imaging.metadata.tiff import Directory, Field, directories

MAKE, MODEL = 0x010F, 0x0110
LENS, EXPOSURE_TIME, F_NUMBER, ISO, FOCAL_LENGTH = 0xA434, 0x829A, 0x829D, 0x8827, 0x920A
CHANGED, TAKEN, DIGITIZED = 0x0132, 0x9003, 0x9004
# Of each time its offset and its fraction of a second. A change is the shutter's where a camera is named.
TIMES = {TAKEN: (0x9011, 0x9291), DIGITIZED: (0x9012, 0x9292), CHANGED: (0x9010, 0x9290)}
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4

DESCRIPTION, ARTIST, COPYRIGHT, USER_COMMENT = 0x010E, 0x013B, 0x8298, 0x9286
XP_TITLE, XP_COMMENT, XP_AUTHOR, XP_KEYWORDS, XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F
IMAGE_TITLE, PHOTOGRAPHER = 0xA436, 0xA437  # Exif 3.0
RATING, RATING_PERCENT = 0x4746, 0x4749

UNICODE, JIS = b"UNICODE\0", b"JIS\0\0\0\0\0"


def read(structure: bytes) -> dict[str, Any]:
    """Return what a TIFF structure says. Raises ValueError when it is none."""
    image, shot, place = first_fields(directories(structure))
    make, model = text(image.get(MAKE)), text(image.get(MODEL))
    return {
        "moments": _moments(image, shot, has_camera=bool(make or model)),
        "camera": camera(make, model),
        "lens": text(shot.get(LENS)),
        "exposure_time": positive(shot.get(EXPOSURE_TIME)),
        "f_number": positive(shot.get(F_NUMBER)),
        "iso": positive(shot.get(ISO)),
        "focal_length": positive(shot.get(FOCAL_LENGTH)),
        "location": _location(place),
        "rating": _rating(image),
        "title": wide_text(image.get(XP_TITLE)) or text(shot.get(IMAGE_TITLE)),
        "description": next(filter(None, descriptions(image, shot)), ""),
        "author": text(image.get(ARTIST)) or wide_text(image.get(XP_AUTHOR)) or text(shot.get(PHOTOGRAPHER)),
        "copyright": _copyright(image.get(COPYRIGHT)),
        "keywords": wide_text(image.get(XP_KEYWORDS)).split(";"),
    }


def first_fields(those: Iterable[Directory]) -> list[dict[int, Field]]:
    """Return the fields of the first image, of its shot and of its place."""
    found: dict[str, dict[int, Field]] = {}
    for directory in those:
        found.setdefault(directory.name, directory.fields)
    return [found.get(name, {}) for name in ("image", "exif", "gps")]


def descriptions(image: dict[int, Field], shot: dict[int, Field]) -> list[str]:
    """Return what describes the picture, the most meant for it first."""
    comments = [wide_text(image.get(tag)) for tag in (XP_COMMENT, XP_SUBJECT)]
    described = [text(image.get(DESCRIPTION)), *comments, user_comment(shot.get(USER_COMMENT))]
    return [words.word("description", one) for one in described]


def text(field: Field | None) -> str:
    """Return a text, which ends at the first NUL."""
    return words.decoded(field.raw.partition(b"\0")[0]).strip() if field else ""


def wide_text(field: Field | None) -> str:
    """Return a text as Windows writes it, in UTF-16 whatever the order of the structure is."""
    return field.raw.decode("utf-16-le", "replace").partition("\0")[0].strip() if field else ""


def user_comment(field: Field | None) -> str:
    """Return a comment whose first eight bytes tell its coding."""
    if not field:
        return ""
    code, raw = field.raw[:8], field.raw[8:]
    if code == UNICODE:
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            order = {b"\xff\xfe": "le", b"\xfe\xff": "be"}[raw[:2]]
        else:  # by where the zeros of Latin letters are: programs write another order than the structure's
            high, low = raw[::2].count(0), raw[1::2].count(0)
            order = "be" if high > low or (high == low and field.order == ">") else "le"
        return raw.decode(f"utf-16-{order}", "replace").lstrip("\ufeff").strip("\0 ")
    if code == JIS:
        return raw.decode(words.JAPANESE, "replace").strip("\0 ")
    return words.decoded(raw.partition(b"\0")[0]).strip() if code in (b"ASCII\0\0\0", bytes(8)) else ""


def camera(make: str, model: str) -> str:
    """Return make and model, the make once: many cameras write it into both."""
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()


def positive(field: Field | None) -> float | None:
    number = next(iter(field.numbers), None) if field else None
    return number if number and 0 < number < 1e9 else None


def _moments(image: dict[int, Field], shot: dict[int, Field], *, has_camera: bool) -> list[Moment]:
    found: list[Moment | None] = []
    for tag, (offset, fraction) in TIMES.items():
        if tag == CHANGED and (any(found) or not has_camera):
            continue
        clock = text((image if tag == CHANGED else shot).get(tag))
        digits = text(shot.get(fraction))
        clock += f".{digits}" if re.fullmatch(r"[0-9]+", digits) else ""
        zone = text(shot.get(offset))
        found.append(moment(clock + zone) or moment(clock))
    return [one for one in found if one]


def _location(place: dict[int, Field]) -> list[float] | None:
    latitude = _degrees(place.get(LATITUDE), place.get(LATITUDE_REF), "S", 90)
    longitude = _degrees(place.get(LONGITUDE), place.get(LONGITUDE_REF), "W", 180)
    return None if latitude is None or longitude is None else [latitude, longitude]


def _degrees(field: Field | None, reference: Field | None, negative: str, limit: int) -> float | None:
    numbers = [number for number in field.numbers if number is not None] if field else []
    if len(numbers) != 3:
        return None
    degrees = round(numbers[0] + numbers[1] / 60 + numbers[2] / 3600, 6)
    if not 0 <= degrees <= limit:
        return None
    return -degrees if text(reference).upper().startswith(negative) else degrees


def _rating(image: dict[int, Field]) -> int | None:
    stars, percent = positive(image.get(RATING)), positive(image.get(RATING_PERCENT))
    if stars is None and percent is not None:
        stars = 1 + round(percent / 25)  # 1, 25, 50, 75 and 99
    return int(stars) if stars and stars <= 5 else None


def _copyright(field: Field | None) -> str:
    """Return the photographer's notice and, on a line of its own, the editor's (Exif 2.32, 4.6.5.4)."""
    notices = field.raw.split(b"\0")[:2] if field else []
    return "\n".join(filter(None, (words.decoded(notice).strip() for notice in notices)))
