"""What HTTP asks of a byte answer, as one table; run against serve() itself and over a real socket.

In a case, {tag} is the file's ETag, {n} its size in bytes, {m} one less, {h} one more.
"""

from dataclasses import dataclass

FULL = (200, "0-{m}")


@dataclass(frozen=True)
class Case:
    """A request's headers, and the status and bytes ("first-last", or none) of the answer to GET and HEAD."""

    name: str
    headers: dict[str, str]
    get: tuple[int, str]
    head: tuple[int, str] = FULL

    def filled(self, tag: str, size: int) -> "Case":
        """Return the case for a file of `size` bytes with this ETag."""
        values = {"tag": tag, "n": size, "m": size - 1, "h": size + 1}

        def fill(text: str) -> str:
            return text.format(**values)

        return Case(
            self.name,
            {name: fill(value) for name, value in self.headers.items()},
            (self.get[0], fill(self.get[1])),
            (self.head[0], fill(self.head[1])),
        )


def both(name: str, headers: dict[str, str], status: int, part: str = "") -> Case:
    """Return a case whose GET and HEAD answer alike."""
    return Case(name, headers, (status, part), (status, part))


def ranged(value: str, status: int, part: str = "", **headers: str) -> Case:
    """Return a case of one Range header, which HEAD ignores."""
    others = {name.replace("_", "-"): text for name, text in headers.items()}
    return Case(f"Range {value} {others or ''}".strip(), {"Range": value, **others}, (status, part))


CASES = [
    both("nothing asked", {}, *FULL),
    # 13.1.2: If-None-Match compares weakly.
    both("If-None-Match, the tag", {"If-None-Match": "{tag}"}, 304),
    both("If-None-Match, the tag made weak", {"If-None-Match": "W/{tag}"}, 304),
    both("If-None-Match, in a list", {"If-None-Match": '"a", W/"b" , {tag}'}, 304),
    both("If-None-Match, anything", {"If-None-Match": "*"}, 304),
    both("If-None-Match, another tag", {"If-None-Match": '"other"'}, *FULL),
    both("If-None-Match, no tag at all", {"If-None-Match": "junk"}, *FULL),
    both("If-None-Match, empty", {"If-None-Match": ""}, *FULL),
    # 13.1.1: If-Match compares strongly.
    both("If-Match, the tag", {"If-Match": "{tag}"}, *FULL),
    both("If-Match, in a list", {"If-Match": '"a", {tag}'}, *FULL),
    both("If-Match, anything", {"If-Match": "*"}, *FULL),
    both("If-Match, the tag made weak", {"If-Match": "W/{tag}"}, 412),
    both("If-Match, another tag", {"If-Match": '"other"'}, 412),
    # 13.2.2: the order in which conditions count.
    both("If-Match before If-None-Match", {"If-Match": '"other"', "If-None-Match": "{tag}"}, 412),
    both("both match", {"If-Match": "{tag}", "If-None-Match": "{tag}"}, 304),
    both("If-None-Match before Range", {"If-None-Match": "{tag}", "Range": "bytes=0-0"}, 304),
    both("If-None-Match before a bad Range", {"If-None-Match": "{tag}", "Range": "bytes={n}-"}, 304),
    both("If-Match before Range", {"If-Match": '"other"', "Range": "bytes=0-0"}, 412),
    # There is no Last-Modified, so dates say nothing.
    both("If-Modified-Since", {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, *FULL),
    both("If-Unmodified-Since", {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, *FULL),
    # 14.1.2: one range of bytes.
    ranged("bytes=0-0", 206, "0-0"),
    ranged("bytes=1-4", 206, "1-4"),
    ranged("bytes=5-", 206, "5-{m}"),
    ranged("bytes=0-", 206, "0-{m}"),
    ranged("bytes=0-{m}", 206, "0-{m}"),
    ranged("bytes=0-{h}", 206, "0-{m}"),
    ranged("bytes=3-99999999999999999999999", 206, "3-{m}"),
    ranged("bytes={m}-", 206, "{m}-{m}"),
    ranged("bytes=-1", 206, "{m}-{m}"),
    ranged("bytes=-{n}", 206, "0-{m}"),
    ranged("bytes=-{h}", 206, "0-{m}"),
    ranged("BYTES=0-0", 206, "0-0"),
    ranged("bytes= 0-0 ", 206, "0-0"),
    # 15.5.17: no byte in common.
    ranged("bytes={n}-", 416),
    ranged("bytes={n}-{h}", 416),
    ranged("bytes=99999999999999999999999-", 416),
    ranged("bytes=-0", 416),
    # 14.2: several, malformed or of another unit, a range is ignored.
    ranged("bytes=0-0,2-3", *FULL),
    ranged("bytes=0-0,", *FULL),
    ranged("bytes=5-3", *FULL),
    ranged("bytes=-", *FULL),
    ranged("bytes=", *FULL),
    ranged("bytes", *FULL),
    ranged("0-5", *FULL),
    ranged("bytes=a-b", *FULL),
    ranged("bytes=--1", *FULL),
    ranged("bytes=1-2-3", *FULL),
    ranged("bytes=0x0-0x5", *FULL),
    ranged("lines=0-5", *FULL),
    ranged("bytes=\u00b2-5", *FULL),
    # 13.1.5: If-Range compares strongly.
    ranged("bytes=0-0", 206, "0-0", If_Range="{tag}"),
    ranged("bytes=0-0", *FULL, If_Range='"other"'),
    ranged("bytes=0-0", *FULL, If_Range="W/{tag}"),
    ranged("bytes=0-0", *FULL, If_Range="Fri, 01 Jan 2100 00:00:00 GMT"),
    ranged("bytes={n}-", *FULL, If_Range='"other"'),
    both("If-Range without Range", {"If-Range": '"other"'}, *FULL),
]
