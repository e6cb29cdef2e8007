"""gunicorn's worker with threads, where a client has one only once its head is there, and not for long."""

import errno
import select
import selectors
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from gunicorn import http
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from imagelib import request_log
from imagelib.clients import PATIENCE, ClientSocket, Crowd
from images.http import snapshots
from images.http.draining import draining
from images.http.request_ids import current

# Between SIGTERM and the end of the listening socket: /readyz says `draining`, all else is served, and every
# answer ends its connection. Whoever chooses between servers by /readyz asks that often. Where no proxy is in
# front there is no other server to choose.
DRAIN_SECONDS = 5 if settings.IMAGELIB_TRUSTED_PROXIES else 0

# Have a thread of their own, however busy the others are. It waits for none of their clients, neither for a
# body nor until an answer is taken.
PROBES = (b"GET /healthz ", b"HEAD /healthz ")
BODIES = (b"\r\ncontent-length", b"\r\ntransfer-encoding")  # announced by one of these, lower case
END_OF_HEAD = b"\r\n\r\n"
MAX_HEAD = 64 * 1024  # bytes; of what is larger, the parser reads the rest in a thread, or refuses it
MAX_PIECE = 64 * 1024  # bytes of a body, as Django reads them: more is copied with each of its reads
MAX_REST = 2**27  # bytes of an unread body that are taken from a client, so that it reads its answer
SWEEP_SECONDS = 0.5
NO_MORE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)  # connections, for now


class Connection(TConn):
    """A connection whose head is read before a thread has it."""

    def __init__(self, cfg: Any, client: ClientSocket, address: Any, server: Any):
        super().__init__(cfg, client, address, server)
        self.parser = http.get_parser(cfg, client, address)
        self.parser.unreader.max_body_chunk = MAX_PIECE
        self.initialized = self.data_ready = True
        self.head = bytearray()
        self.rest = 0  # bytes that came after the last answer


class PatientWorker(ThreadWorker):
    """No thread, and PATIENCE each, has the time until the first byte, until the rest of a head, and from the
    last answer until the client hangs up. `pending_conns` are the connections that are there.
    """

    def init_process(self) -> None:
        self.pending_conns: set[Connection] = set()
        self.crowd = Crowd(self.cfg.threads)
        self.prober = ThreadPoolExecutor(1)
        self.swept = monotonic()
        self.drained = float("inf")  # by monotonic(), when SIGTERM came
        super().init_process()

    def run(self) -> None:
        try:
            super().run()
        finally:
            request_log.write()
            snapshots.publish()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to drain."""
        draining.set()
        self.drained = min(self.drained, monotonic() + DRAIN_SECONDS)
        self.method_queue.defer(self._end_when_drained)  # from its loop, which may wait

    def handle_request(self, req: Any, conn: Connection) -> Any:
        if self.drained < float("inf"):
            req.force_close()
        return super().handle_request(req, conn)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            self._close_listeners()

    def accept(self, listener: Any) -> None:
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno in NO_MORE:
                self._make_room()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        client = ClientSocket(accepted, self.crowd)
        self._begin(Connection(self.cfg, client, address, listener.getsockname()))
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def on_client_socket_readable(self, conn: Connection, client: ClientSocket) -> None:
        """Begin the next request of a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._begin(conn)

    def enqueue_req(self, conn: Connection) -> None:
        if not _is_probe(conn.head):
            super().enqueue_req(conn)
            return
        answering = self.prober.submit(self._handle_probe, conn)
        answering.add_done_callback(
            lambda answered: self.method_queue.defer(self.finish_request, conn, answered)
        )

    def handle(self, conn: Connection) -> Any:
        conn.sock.be_patient()
        return self._handle(conn)

    def _handle_probe(self, conn: Connection) -> Any:
        conn.sock.be_impatient()
        return self._handle(conn)

    def _handle(self, conn: Connection) -> Any:
        current.set("")  # until images/http/request_ids.py knows it: the thread had others before
        return super().handle(conn)

    def finish_request(self, conn: Connection, future: Any) -> None:
        is_kept = False
        with suppress(Exception):
            is_kept = not future.cancelled() and future.result()
        if not is_kept:
            self._part(conn)
        elif conn.parser.unreader.buf.getvalue():
            self._begin(conn, conn.parser.unreader.take_buffered())
        else:
            super().finish_request(conn, future)

    def murder_pending(self) -> None:
        self._end_when_drained()
        now = monotonic()
        if now < self.swept + SWEEP_SECONDS:
            return
        self.swept = now
        request_log.write()
        # A worker that stops waits for nobody who may never send anything.
        grace = PATIENCE if self.alive else STOP_KEEPALIVE_LINGER
        for conn in [conn for conn in self.pending_conns if conn.timeout <= now + PATIENCE - grace]:
            self._drop(conn)

    def _end_when_drained(self) -> None:
        if monotonic() >= self.drained:
            self.alive = False

    def _close_listeners(self) -> None:
        """Take who is connected already, and have the system refuse all others: until the last request has
        ended they would wait for nobody, and then lose what they had sent.
        """
        for listener in self.sockets:
            waiting = select.poll()
            waiting.register(listener, select.POLLIN)
            for _ in range(self.cfg.backlog):
                if not waiting.poll(0):
                    break
                self.accept(listener)
            listener.close()

    def _begin(self, conn: Connection, data: bytes = b"") -> None:
        """Read the head of the next request, of which `data` is there."""
        conn.head[:] = data
        if not self._read_head(conn):
            self._wait(conn, self._on_head)

    def _on_head(self, conn: Connection, client: ClientSocket) -> None:
        if conn not in self.pending_conns:
            return  # dropped since the poller saw it
        timeout = conn.timeout if conn.head else monotonic() + PATIENCE  # from its first byte on
        self._forget(conn)
        if not self._read_head(conn):
            self._wait(conn, self._on_head, timeout)

    def _read_head(self, conn: Connection) -> bool:
        """Read what has arrived, and return whether that is all: a thread has the connection, or nobody."""
        while END_OF_HEAD not in conn.head and len(conn.head) < MAX_HEAD:
            try:
                data = conn.sock.receive(MAX_HEAD)
            except BlockingIOError:
                return False
            except OSError:
                data = b""
            if not data:
                self._close(conn)
                return True
            conn.head += data
        conn.parser.unreader.unread(bytes(conn.head))
        self.enqueue_req(conn)
        return True

    def _part(self, conn: Connection) -> None:
        """Say that the last answer is over and wait for the client to hang up: to close a connection with
        something unread would take the answer away.
        """
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
        else:
            self._wait(conn, self._on_rest)

    def _on_rest(self, conn: Connection, client: ClientSocket) -> None:
        if conn not in self.pending_conns:
            return  # as above
        try:
            data = conn.sock.receive(MAX_HEAD)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        conn.rest += len(data)
        if not data or conn.rest > MAX_REST:
            self._drop(conn)

    def _wait(
        self, conn: Connection, readable: Callable[[Connection, ClientSocket], None], timeout: float = 0
    ) -> None:
        conn.timeout = timeout or monotonic() + PATIENCE
        self.pending_conns.add(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(readable, conn))

    def _make_room(self) -> None:
        """Drop whoever has been waited for longest, or wait a moment for a thread to end its request."""
        if self.pending_conns:
            self._drop(min(self.pending_conns, key=lambda conn: conn.timeout))
        else:
            sleep(0.01)

    def _forget(self, conn: Connection) -> None:
        self.pending_conns.discard(conn)
        self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()


def _is_probe(data: bytearray) -> bool:
    """Whether `data` begins with a probe that is all there."""
    head, end, _ = data.partition(END_OF_HEAD)
    return bool(end) and head.startswith(PROBES) and not any(name in head.lower() for name in BODIES)
