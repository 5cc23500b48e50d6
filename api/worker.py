"""The gunicorn worker: which connections it takes, and what it says to unreadable requests."""

from __future__ import annotations

from bisect import insort
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from errno import EMFILE, ENFILE, ENOBUFS, ENOMEM
from functools import partial
from logging import LogRecord
from select import POLLIN, poll
from selectors import EVENT_READ
from socket import SHUT_WR, SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET, socket
from struct import pack
from time import monotonic
from types import FrameType
from typing import cast
from weakref import WeakKeyDictionary

from gunicorn.http import RequestParser, get_parser
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from api.arriving import LARGE_BODY, has_arrived, is_endless, without_expectation
from api.descriptors import allow, for_connections
from api.threads import PATIENCE, Threads
from api.unreadable import response, status_of

# As many clients as there are threads could otherwise hold a worker for good, and say nothing.
SILENCE = 30
"""Seconds that a client may neither send what it has begun to nor take what it is sent."""
LINGER = 2
"""Seconds that a worker which stops waits for a request that is on its way.

And those that a client has to close its end after the last answer, before it is cut off.
"""
BREATH = 0.5
"""Seconds until a worker looks again whether it has room for another connection."""

MOMENT = 0.01
"""Seconds that a thread waits for what comes right behind a connection or behind headers.

Whoever is let go and comes again has to wait for another turn, behind what others have asked.
"""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

Address = str | int | tuple[str, int]


class DatelineWorker(ThreadWorker):
    """Leaves a connection to others while its threads are taken, and answers whatever it is sent.

    gunicorn's own takes all that come, so that some wait for its threads while another worker has
    one to spare. Eight clients of two workers were measured to get 6 to 13 % more answers so. A
    connection that nobody has taken for `PATIENCE` finds all of them at work, and takes its turn.
    """

    _at_work = 0
    # How often in a row somebody was seen waiting to be let in.
    _knocks = 0
    # When that was looked at, and when a request was done, on the clock of `time.monotonic`.
    _looked_at = _finished_at = 0.0
    # Until when there is no room for another connection.
    _full_until = 0.0

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """What requests are given to."""
        self._threads = Threads(self.cfg.threads)
        self._deadlines = WeakKeyDictionary[TConn, float]()
        self._waiting = poll()
        for listener in self.sockets:
            self._waiting.register(listener, POLLIN)
        # gunicorn asks no more of it than to submit and to shut down.
        return cast("ThreadPoolExecutor", self._threads)

    def init_process(self) -> None:
        """Begin to work."""
        self.log.error_log.addFilter(_worth_telling)
        self.worker_connections = min(self.worker_connections, for_connections(allow()))
        super().init_process()

    def accept(self, listener: socket) -> None:
        """Let a connection in; where the system has no room for it, it waits, and others go on."""
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in (EMFILE, ENFILE, ENOBUFS, ENOMEM):
                raise
            self.log.warning("No connection can be taken for a moment: %s", error.strerror)
            self._full_until = monotonic() + BREATH
            self.set_accept_enabled(False)

    def enqueue_req(self, conn: TConn) -> None:
        """Give a request to a thread, and leave new connections to others after the last one."""
        self._at_work += 1
        super().enqueue_req(conn)
        if self._leaves_to_others():
            self.set_accept_enabled(False)

    def handle(self, conn: TConn) -> bool:
        """Answer a request, in a thread; a client that falls silent meanwhile is given up.

        Of one that has not come yet, or in part, the rest is waited for without a thread.
        """
        if not self.cfg.is_ssl:
            try:
                conn.data_ready = self._arrives(conn)
            except LimitRequestHeaders as error:
                conn.data_ready = True
                self.handle_error(None, conn.sock, conn.client, error)
                return False
            if not conn.data_ready:
                return True
        longest = pack("ll", SILENCE, 0)
        for option in (SO_RCVTIMEO, SO_SNDTIMEO):
            conn.sock.setsockopt(SOL_SOCKET, option, longest)
        return super().handle(conn)

    def _arrives(self, conn: TConn) -> bool:
        """Whether a request has come, or does in a moment, for which the thread waits once."""
        over = monotonic() + (0 if conn in self._deadlines else MOMENT)
        fresh = poll()
        fresh.register(conn.sock, POLLIN)
        while not self._receives(conn):
            left = over - monotonic()
            if left <= 0 or not fresh.poll(left * 1000):
                return False
        return True

    def _receives(self, conn: TConn) -> bool:
        """Take in what has come on a connection; whether its request can be worked on."""
        conn.parser = conn.parser or get_parser(self.cfg, conn.sock, conn.client)
        if not isinstance(conn.parser, RequestParser):
            return True
        try:
            conn.sock.setblocking(False)
            fresh: bytes | None = conn.sock.recv(LARGE_BODY)
        except BlockingIOError:
            fresh = None
        except OSError:
            # Whoever reads the request meets it again, and closes the connection.
            return True
        unreader = conn.parser.unreader
        received = unreader.take_buffered() + (fresh or b"")
        if is_endless(received):
            raise LimitRequestHeaders("no end of the headers")
        request = without_expectation(received)
        unreader.unread(request)
        if request != received:
            # gunicorn would do so, and wait in a thread for what comes.
            with suppress(OSError):
                conn.sock.sendall(_CONTINUE)
        return fresh == b"" or has_arrived(request)

    def finish_request(self, conn: TConn, fs: Future[bool]) -> None:
        """Do what is left to do behind a thread that has finished."""
        self._at_work -= 1
        if not (conn.data_ready or self.cfg.is_ssl):
            self._wait_for(conn)
            return
        self._finished_at = monotonic()
        self._deadlines.pop(conn, None)
        if failed := fs.exception():
            # A panic of a library in Rust passes for more than an error.
            self.log.error("Unexpected error", exc_info=failed)
        if failed or not fs.result():
            self._part_with(conn)
        else:
            super().finish_request(conn, fs)

    def _part_with(self, conn: TConn) -> None:
        """Close a connection when its client has, or soon.

        Closed at once it would be reset by what the client still sends, and its answer be lost.
        gunicorn waits here, up to two seconds in which nobody else gets anything.
        """
        try:
            conn.sock.shutdown(SHUT_WR)
            conn.sock.setblocking(False)
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        conn.timeout = monotonic() + LINGER
        insort(self.pending_conns, conn, key=_deadline)
        self.poller.register(conn.sock, EVENT_READ, partial(self._see_off, conn))

    def _see_off(self, conn: TConn, client: socket) -> None:
        """Throw away what a client still sends, and close the connection when it has."""
        try:
            if client.recv(LARGE_BODY):
                return
        except BlockingIOError:
            return
        except OSError:
            # It has gone without closing.
            pass
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        self.nr_conns -= 1
        conn.close()

    def _wait_for(self, conn: TConn) -> None:
        """Let a connection wait for the rest of a request, so long from its first byte at most."""
        longest = SILENCE if self.alive else LINGER
        conn.timeout = self._deadlines.setdefault(conn, monotonic() + longest)
        # The first to be closed comes first.
        insort(self.pending_conns, conn, key=_deadline)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, readable)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop when what is being worked on is done, and do not wait long for more to come."""
        for conn in self.pending_conns:
            conn.timeout = min(_deadline(conn), monotonic() + LINGER)
        super().handle_exit(sig, frame)

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """Take new connections, or not; after any event gunicorn asks to take them."""
        super().set_accept_enabled(bool(enabled) and not self._leaves_to_others())

    def _leaves_to_others(self) -> bool:
        """Whether a new connection does better to wait, or to go to another worker."""
        now = monotonic()
        if now < self._full_until:
            return True
        if self._at_work < self.cfg.threads:
            return False
        if now - self._looked_at > PATIENCE:
            self._looked_at = now
            self._knocks = self._knocks + 1 if self._waiting.poll(0) else 0
        # Behind requests that do not end it would wait for nothing.
        return self._knocks < 2 or now - self._finished_at > PATIENCE

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Do what is to be done next, and look after requests that wait behind long ones."""
        super().wait_for_and_dispatch_events(PATIENCE if self._at_work else timeout)
        self._threads.relieve()

    def handle_error(
        self, _req: Request | None, client: socket, _addr: Address, exc: BaseException
    ) -> None:
        """Tell the client what is wrong with the request line or the headers, and no more."""
        status = status_of(exc)
        if status == 500:
            self.log.error("Unexpected error", exc_info=exc)
        # A client that has hung up wants no answer.
        with suppress(OSError):
            client.sendall(response(status))


def _deadline(conn: TConn) -> float:
    return conn.timeout or 0.0


def _worth_telling(record: LogRecord) -> bool:
    """Whether it is of more than a client that fell silent, which gunicorn takes for an error."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))
