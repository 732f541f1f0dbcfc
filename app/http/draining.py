"""How a connection ends when its process stops: after one more response, or once it has been idle for a while."""

import select

from uvicorn.server import ServerState

from app.http.connection_limits import ConnectionLimitProtocol


class DrainState(ServerState):
    """uvicorn's state of all connections of a process, and whether the process is stopping."""

    is_draining = False


class DrainingProtocol(ConnectionLimitProtocol):
    """Answers what a client has sent before it closes the connection.

    uvicorn closes each idle connection at once: a request that is on its way then is lost, and a proxy must not repeat
    a POST that may have been handled. Here the next response says `Connection: close` (RFC 9112 §9.6), after which a
    client opens a new connection.
    """

    server_state: DrainState

    def on_headers_complete(self) -> None:
        """Start the request; while the process stops, it is the last one of its connection."""
        super().on_headers_complete()
        if self.server_state.is_draining:
            self.cycle.keep_alive = False

    def start_draining(self) -> None:
        """Let the response in progress be the last one, unless its head was sent without `Connection: close`."""
        if self.cycle is not None and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Close an idle connection, but not while a request waits in its socket; that one is its last."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.start_draining()
        elif not _is_readable(self.transport.get_extra_info("socket").fileno()):
            self.transport.close()


def _is_readable(fd: int) -> bool:
    """Return whether the event loop has yet to read from a socket."""
    if fd < 0:
        return False
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))
