"""uvicorn's server, with a stop that loses no request."""

import asyncio
import multiprocessing
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.http.draining import DrainingProtocol, DrainState
from app.logs import log
from app.settings.model import Settings

_STOP_S = 8
_BACKLOG = 2048
_POLL_S = 0.02
_TICKS_PER_SECOND = 10
DRAIN_S = 2.0
"""How long an idle connection may bring one more request after SIGTERM. Proxies use connections that they used lately;
one that was idle for that long is unlikely to get a request in the moment in which it is closed."""


class ApiServer(uvicorn.Server):
    """Serves until a signal; then answers every request that has reached this host.

    uvicorn closes its socket at once, so that the kernel resets the connections that wait in its queue; it closes idle
    connections while requests are on their way; and a connection whose acceptance is in progress is not asked to close.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        drain_s: float,
        on_serving: Callable[[], None],
        on_turn: Callable[[], None],
        on_stopping: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self.server_state: DrainState = DrainState()
        self._drain_s = drain_s
        self._on_serving = on_serving
        self._on_turn = on_turn
        self._on_stopping = on_stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, tell it, and stop when the parent process ends, which otherwise nothing would stop."""
        await super().startup(sockets)
        if (parent := multiprocessing.parent_process()) is not None:
            asyncio.get_running_loop().add_reader(parent.sentinel, self._stop_without_parent, parent.sentinel)
        self._on_serving()

    async def on_tick(self, counter: int) -> bool:
        """Report each second that the event loop runs."""
        if counter % _TICKS_PER_SECOND == 0:
            self._on_turn()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept what waits, ask clients to close their connections, then stop as uvicorn does."""
        self._on_stopping()
        self.server_state.is_draining = True
        await self._stop_accepting(sockets or [])
        connections = self.server_state.connections
        for connection in connections:
            if isinstance(connection, DrainingProtocol):
                connection.start_draining()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._drain_s
        while connections and loop.time() < deadline and not self.force_exit:  # noqa: ASYNC110  uvicorn's set of connections has no event
            await asyncio.sleep(_POLL_S)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; on Ctrl-C without waiting for idle connections, since a person waits."""
        if sig == signal.SIGINT:
            self._drain_s = 0
        super().handle_exit(sig, frame)

    async def _stop_accepting(self, sockets: list[socket.socket]) -> None:
        """Close the sockets, after the connections that wait in their queues were accepted."""
        listeners = [listener.dup() for listener in sockets]
        for server in self.servers:
            server.close()
        accepted: list[socket.socket] = []
        for listener in listeners:
            with listener:  # nothing is awaited between the last look and the end of the block
                accepted += _accept_all(listener)
        for connection in accepted:
            with suppress(OSError):  # the client has closed it
                await asyncio.get_running_loop().connect_accepted_socket(self._make_protocol, connection)

    def _make_protocol(self) -> HttpToolsProtocol:
        return DrainingProtocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def _stop_without_parent(self, sentinel: int) -> None:
        asyncio.get_running_loop().remove_reader(sentinel)
        log.error("parent_process_ended")
        self.should_exit = True


def make_config(app: FastAPI, settings: Settings, *, drain_s: float) -> uvicorn.Config:
    """Configure uvicorn without its own logs, banner and proxy headers."""
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        http=DrainingProtocol,
        ws="none",  # WebSockets are unused, and an upgrade would bypass the middleware
        timeout_graceful_shutdown=_STOP_S - int(drain_s),
        timeout_keep_alive=settings.keep_alive,
    )


def _accept_all(listener: socket.socket) -> list[socket.socket]:
    accepted: list[socket.socket] = []
    while True:
        try:
            connection, _ = listener.accept()
        except ConnectionAbortedError:
            continue
        except OSError:  # none is left; or this process may open no more files
            return accepted
        connection.setblocking(False)  # noqa: FBT003  the name of the argument is `flag`
        accepted.append(connection)
