"""Limits on what one connection may keep in memory: requests that wait, and responses that the peer does not read."""

import asyncio
import re
from typing import ClassVar

from uvicorn.protocols.http.flow_control import FlowControl

from app.http.header_limits import HeaderLimitProtocol

MAX_QUEUED = 16
MAX_STALL_SECONDS = 20
_END_OF_HEAD = re.compile(rb"\n\r?\n")


class ConnectionLimitProtocol(HeaderLimitProtocol):
    """Queues at most 16 pipelined requests, and none while a response cannot be written.

    uvicorn queues every request that it can parse, and never ends a connection whose peer does not read. Here, what was
    received beyond the limit is not parsed yet, and nothing more is read from the socket. A write that makes no
    progress for 20 s ends the connection.
    """

    stall_seconds: ClassVar[float] = MAX_STALL_SECONDS
    flow: "_BoundedFlow"
    _unparsed = b""
    _stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's signature
        """Start with a flow control that reads nothing while something is unparsed."""
        super().connection_made(transport)
        self.flow = _BoundedFlow(transport)

    def data_received(self, data: bytes) -> None:
        """Parse as much as may be queued, and keep the rest."""
        self._unparsed += data
        self._parse()

    def on_response_complete(self) -> None:
        """Start the next request, then parse further ones."""
        super().on_response_complete()
        self._watch_writes()
        self._parse()

    def pause_writing(self) -> None:
        """Stop parsing until the peer has read what was written."""
        super().pause_writing()
        self._watch_writes()

    def resume_writing(self) -> None:
        """Continue parsing."""
        super().resume_writing()
        self._parse()

    def connection_lost(self, exc: Exception | None) -> None:
        """Free what was queued: it refers to this object, and garbage collections are rare."""
        if self._stall_timer is not None:
            self._stall_timer.cancel()
        self._unparsed = b""
        for cycle, _ in self.pipeline:
            cycle.on_response = _do_nothing  # in place of a method of this object
        self.pipeline.clear()
        super().connection_lost(exc)

    def _parse(self) -> None:
        """Parse what may be queued; a request ends no earlier than its head, which an empty line ends."""
        while self._unparsed and self.parser is not None and not self.transport.is_closing():
            room = 0 if self.flow.write_paused else MAX_QUEUED - len(self.pipeline)
            if room < 1:
                self.flow.pause_reading()
                self.flow.is_full = True
                return
            data = self._unparsed[: _end_of_requests(self._unparsed, room)]
            self._unparsed = self._unparsed[len(data) :]
            super().data_received(data)
        if self.flow.is_full:
            self.flow.is_full = False
            self.flow.resume_reading()

    def _watch_writes(self) -> None:
        """Start the timer if something waits to be written."""
        if self._stall_timer is None and (size := self.transport.get_write_buffer_size()):
            self._stall_timer = self.loop.call_later(self.stall_seconds, self._end_if_stalled, size)

    def _end_if_stalled(self, earlier_size: int) -> None:
        self._stall_timer = None
        if self.transport.get_write_buffer_size() >= earlier_size:
            self.transport.abort()
        else:
            self._watch_writes()


def _do_nothing() -> None: ...


class _BoundedFlow(FlowControl):
    """uvicorn's flow control, which resumes when a request waits for its body; not while something is unparsed."""

    is_full = False

    def resume_reading(self) -> None:
        if not self.is_full:
            super().resume_reading()


def _end_of_requests(data: bytes, many: int) -> int:
    """Return where the given number of heads ends at the earliest; the length of the data if it holds fewer."""
    end = 0
    for _ in range(many):
        match = _END_OF_HEAD.search(data, end)
        if match is None:
            return len(data)
        end = match.end()
    return end
