"""Reads what a camera wrote into a file: a few facts, as plain data. Text in them is a stranger's.

Tags are those of Exif 2.32 (CIPA DC-008), section 4.6.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

MAKE, MODEL, EXIF_IFD, GPS_IFD = 0x010F, 0x0110, 0x8769, 0x8825
EXPOSURE_TIME, F_NUMBER, ISO, FOCAL_LENGTH, LENS_MODEL = 0x829A, 0x829D, 0x8827, 0x920A, 0xA434
TAKEN, TAKEN_OFFSET = 0x9003, 0x9011
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4

MAX_TEXT = 200  # characters of one value


def read_metadata(exif: Any) -> tuple[datetime | None, dict[str, Any]]:
    """Return when the picture was taken and a table of facts, from Pillow's Exif of it.

    The table may have: camera, lens, exposure_time (seconds), f_number, iso, focal_length (millimetres) and
    location (latitude and longitude, degrees). What is missing or makes no sense is left out.
    """
    shot, place = _directory(exif, EXIF_IFD), _directory(exif, GPS_IFD)
    facts = {
        "camera": _camera(_text(exif.get(MAKE)), _text(exif.get(MODEL))),
        "lens": _text(shot.get(LENS_MODEL)),
        "exposure_time": _positive(shot.get(EXPOSURE_TIME)),
        "f_number": _positive(shot.get(F_NUMBER)),
        "iso": _positive(shot.get(ISO)),
        "focal_length": _positive(shot.get(FOCAL_LENGTH)),
        "location": _location(place),
    }
    return _moment(shot), {name: fact for name, fact in facts.items() if fact}


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """Return `text` in one line, without control and formatting characters, at most `limit` long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:limit]


def _directory(exif: Any, pointer: int) -> Mapping[int, Any]:
    """Return the directory behind `pointer`, empty if it points nowhere: the other one may be whole."""
    try:
        directory: Mapping[int, Any] = exif.get_ifd(pointer)
        return directory
    except Exception:  # Pillow seeks wherever it is told to, and raises what comes of it
        return {}


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return clean_text(value) if isinstance(value, str) else ""


def _camera(make: str, model: str) -> str:
    """Return make and model, the make once: many cameras write it into both."""
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()


def _number(value: Any) -> float | None:
    """Return a finite number, of Pillow's rationals too, which may have a zero below the line."""
    if isinstance(value, tuple):
        value = value[0] if value else None
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return round(number, 6) if math.isfinite(number) else None


def _positive(value: Any) -> float | None:
    number = _number(value)
    return number if number and 0 < number < 1e9 else None


def _moment(shot: Mapping[int, Any]) -> datetime | None:
    """Return when the shutter opened; without a time zone in the file its clock is taken for UTC."""
    zone = UTC
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", _text(shot.get(TAKEN_OFFSET)))
    try:
        if offset:
            minutes = int(offset[2]) * 60 + int(offset[3])
            zone = timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
        moment = datetime.strptime(_text(shot.get(TAKEN)), "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _location(place: Mapping[int, Any]) -> list[float] | None:
    latitude = _degrees(place.get(LATITUDE), place.get(LATITUDE_REF), "S", 90)
    longitude = _degrees(place.get(LONGITUDE), place.get(LONGITUDE_REF), "W", 180)
    return None if latitude is None or longitude is None else [latitude, longitude]


def _degrees(parts: Any, reference: Any, negative: str, limit: int) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    numbers = [number for part in parts if (number := _number(part)) is not None]
    if len(numbers) != 3:
        return None
    degrees = round(numbers[0] + numbers[1] / 60 + numbers[2] / 3600, 6)
    if not 0 <= degrees <= limit:
        return None
    return -degrees if _text(reference).upper().startswith(negative) else degrees
