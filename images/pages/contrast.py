"""Contrast of colours, by WCAG 2.2. A colour is written #rrggbb."""

from collections.abc import Iterable


def parse(color: str) -> tuple[int, ...]:
    """Return red, green and blue, each up to 255."""
    return tuple(bytes.fromhex(color.removeprefix("#")))


def written(parts: Iterable[float]) -> str:
    return "#" + bytes(min(255, round(part)) for part in parts).hex()


def mixed(color: str, other: str, share: float) -> str:
    """Return `color` with a `share` of `other` in it, from 0 to 1."""
    parts = zip(parse(color), parse(other), strict=True)
    return written(one + share * (two - one) for one, two in parts)


def brighter(color: str, factor: float) -> str:
    """Return what the filter brightness() of CSS makes of it."""
    return written(factor * part for part in parse(color))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    """Return the relative luminance, from 0 to 1."""
    red, green, blue = (_linear(part / 255) for part in parse(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
