"""The ways in which networks and servers fail: faults for a FaultyProxy, and what they must not reveal."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator

from storage import get_storage
from storage.errors import StorageUnavailable
from tests.servers.faulty_proxy import Answer, Cut, Fault, FaultyProxy, Reset, no_fault, refused

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def reset(answer: Answer) -> Iterable[bytes]:
    """Reset the connection."""
    raise Reset


def cut(answer: Answer) -> Iterable[bytes]:
    """Close the connection."""
    raise Cut


def stall(answer: Answer) -> Iterable[bytes]:
    """Say nothing any more, and stay connected."""
    for _ in answer:
        pass
    return ()


def after(size: int, then: Fault) -> Fault:
    """Return the fault that lets so many bytes of the body pass before `then` has the rest."""

    def fault(answer: Answer) -> Iterator[bytes]:
        left = size
        yield next(answer)
        for piece in answer:
            yield piece[:left]
            if len(piece) > left:
                yield from then(answer)
                return
            left -= len(piece)

    return fault


def flipped(position: int) -> Fault:
    """Return the fault that flips a bit of that byte of the body."""

    def fault(answer: Answer) -> Iterator[bytes]:
        left = position
        yield next(answer)
        for piece in answer:
            if 0 <= left < len(piece):
                piece = piece[:left] + bytes([piece[left] ^ 1]) + piece[left + 1 :]
            left -= len(piece)
            yield piece

    return fault


def drip(size: int, seconds: float) -> Fault:
    """Return the fault that lets so many bytes of the body pass at a time, with such a pause before each."""

    def fault(answer: Answer) -> Iterator[bytes]:
        yield next(answer)
        for piece in answer:
            for start in range(0, len(piece), size):
                if answer.is_given_up(within=seconds):
                    break
                yield piece[start : start + size]

    return fault


def drip_head(size: int, seconds: float) -> Fault:
    """Return the fault that lets so many bytes of the head pass at a time, with such a pause before each."""

    def fault(answer: Answer) -> Iterator[bytes]:
        head = next(answer)
        for start in range(0, len(head), size):
            if answer.is_given_up(within=seconds):
                break
            yield head[start : start + size]
        yield from answer

    return fault


def late(seconds: float) -> Fault:
    """Return the fault that answers so much later."""

    def fault(answer: Answer) -> Iterator[bytes]:
        head = next(answer)
        if not answer.is_given_up(within=seconds):
            yield head
        yield from answer

    return fault


def only(method: str, fault: Fault) -> Fault:
    """Return the fault that is `fault` for requests of this method, and none for others."""
    return lambda answer: (fault if answer.request.startswith(f"{method} ") else no_fault)(answer)


def instead(reply: bytes) -> Fault:
    """Return the fault that says `reply` and closes the connection."""

    def fault(answer: Answer) -> Iterator[bytes]:
        yield reply
        raise Cut

    return fault


def refusal(status: str, code: str, bucket: str, endpoint: str) -> Fault:
    """Return the fault that answers as S3 does when it cannot, telling all about itself."""
    body = (
        f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><BucketName>{bucket}</BucketName>"
        f"<Message>s3://{bucket} at {endpoint} is not well</Message><HostId>{endpoint}</HostId></Error>"
    )
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nx-amz-request-id: 17\r\n"
    return instead(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())


def unlabelled(answer: Answer) -> Iterator[bytes]:
    """Do not say how long the body is."""
    yield LENGTH.sub(b"X-No-Length: \\1", next(answer))
    yield from answer


def mislabelled(change: Callable[[int], int], body: Fault = no_fault) -> Fault:
    """Return the fault that announces a body of `change(length)` bytes; `body` has the answer after that."""

    def fault(answer: Answer) -> Iterator[bytes]:
        def lie(header: re.Match) -> bytes:
            return b"Content-Length: %d" % change(int(header[1]))

        head = LENGTH.sub(lie, next(answer))
        answer.put_back(head)
        yield from body(answer)

    return fault


def unavailable_after(monkeypatch, puts: int) -> None:
    """Let the configured store take `puts` objects, and be unavailable for all that follow."""
    put, calls = get_storage().put, itertools.count()

    def put_some(*args) -> None:
        if next(calls) >= puts:
            raise StorageUnavailable("The store cannot be used now.")
        put(*args)

    monkeypatch.setattr(get_storage(), "put", put_some)


# --- All of them, by name ---------------------------------------------------------------------------

PLACE = 10_000  # in a body that is altered

ENDPOINT, BUCKET = "http://seaweed.internal:8333", "telltale-bucket"

OF_ANSWERS: dict[str, Fault] = {
    "refused": refused,
    "reset": reset,
    "closed": cut,
    "stalled": stall,
    "garbage": instead(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "500": refusal("500 Internal Server Error", "InternalError", BUCKET, ENDPOINT),
    "503": refusal("503 Service Unavailable", "ServiceUnavailable", BUCKET, ENDPOINT),
    "403": refusal("403 Forbidden", "AccessDenied", BUCKET, ENDPOINT),
    "404": refusal("404 Not Found", "NoSuchBucket", BUCKET, ENDPOINT),
    "redirected": refusal(
        f"307 Temporary Redirect\r\nLocation: {ENDPOINT}/{BUCKET}", "Redirect", BUCKET, ENDPOINT
    ),
    "a page": instead(b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nPlease sign in"),
    "no length": unlabelled,
    "length too long": mislabelled(lambda length: length + 1000),
    "length too short": mislabelled(lambda length: max(0, length - 1000)),
}


def of_bodies(size: int) -> dict[str, Fault]:
    """Return what fails within bodies, of which the smallest has `size` bytes, more than PLACE."""
    return {
        "reset in the body": after(PLACE, reset),
        "cut in the body": after(PLACE, cut),
        "cut before the last byte": after(size - 1, cut),
        "stalled in the body": after(PLACE, stall),
        "dripping": after(PLACE, drip(1, seconds=0.1)),
        "flipped": flipped(PLACE),
    }


# --- What nobody may see of them --------------------------------------------------------------------

WORDS = ("telltale", "s3://", "amazonaws", "seaweed", "x-amz-", "boto", "urllib3", "nosuch", "requestid")


def telltales(said: str, wire: FaultyProxy) -> list[str]:
    """Return the words in an answer that tell of the storage behind `wire`: by name, address or habit."""
    address = wire.endpoint_url.removeprefix("http://")
    return [word for word in (*WORDS, address, "SEAWEEDKEYID") if word.lower() in said.lower()]
