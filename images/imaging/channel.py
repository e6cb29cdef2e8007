"""Messages between a process and its sandboxed child, over a pair of sockets."""

import socket
import struct
import time

LENGTH = struct.Struct("!Q")


class Channel:
    """One end. Any wait of it ends with TimeoutError at its `deadline`, a moment of time.monotonic, if any.

    Raises EOFError or another OSError when the other end is gone.
    """

    def __init__(self, connection: socket.socket):
        self._socket = connection

    def send(self, message: bytes, descriptor: int | None = None, deadline: float | None = None) -> None:
        """Send `message`, and with it the open file `descriptor`."""
        self._wait_until(deadline)
        head = LENGTH.pack(len(message))
        if descriptor is None:
            self._socket.sendall(head)
        else:
            socket.send_fds(self._socket, [head], [descriptor])
        self._socket.sendall(message)

    def receive(self, limit: int, deadline: float | None = None) -> bytearray:
        """Return the next message, without a file. Raises ValueError for one of more than `limit` bytes."""
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
        if length > limit:
            raise ValueError(f"A message of {length} bytes.")
        return self._read(length, deadline)

    def receive_with_file(self) -> tuple[bytearray, int]:
        """Return the next message and the descriptor that came with it, the caller's to close."""
        head, descriptors, _, _ = socket.recv_fds(self._socket, LENGTH.size, 1)
        if not descriptors:
            raise EOFError
        return self._read(LENGTH.unpack(head)[0], None), descriptors[0]

    def close(self) -> None:
        """Close this end. Anything sent by the other is lost."""
        self._socket.close()

    def _read(self, size: int, deadline: float | None) -> bytearray:
        message = bytearray(size)
        rest = memoryview(message)
        while rest:
            self._wait_until(deadline)
            count = self._socket.recv_into(rest)
            if not count:
                raise EOFError
            rest = rest[count:]
        return message

    def _wait_until(self, deadline: float | None) -> None:
        if deadline is not None:  # else left as it is: a confined process may not even say so
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
