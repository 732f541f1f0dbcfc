"""Look up the addresses of hosts in threads, one for each host: a name server that hangs delays no other host."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from aiohappyeyeballs import AddrInfoType

GetAddrInfo = Callable[[str, int], Sequence[AddrInfoType]]

_THREADS = 64  # more than hosts whose name servers hang at a time; a thread starts when it is needed


def system_addresses(host: str, port: int) -> Sequence[AddrInfoType]:
    """Ask the system's resolver."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class HostLookups:
    """Looks up hosts; calls that need the same host at the same time wait for one look-up.

    The loop's own threads are few and serve everything: calls of one host whose look-up hangs would take all of them.
    """

    def __init__(self, get_addresses: GetAddrInfo = system_addresses) -> None:
        self._get_addresses = get_addresses
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="lookup")
        self._running: dict[tuple[str, int], asyncio.Future[Sequence[AddrInfoType]]] = {}

    async def find(self, host: str, port: int) -> Sequence[AddrInfoType]:
        """Return the addresses of a host; raises `OSError`. A look-up continues for others when its caller gives up."""
        running = self._running.get((host, port))
        if running is None:
            loop = asyncio.get_running_loop()
            running = loop.run_in_executor(self._threads, self._get_addresses, host, port)
            self._running[host, port] = running
            running.add_done_callback(lambda done: self._end((host, port), done))
        return await asyncio.shield(running)

    def close(self) -> None:
        """Start no further look-up; those that run end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _end(self, name: tuple[str, int], done: asyncio.Future[Sequence[AddrInfoType]]) -> None:
        self._running.pop(name, None)
        if not done.cancelled():
            done.exception()  # marks it as seen: the caller may have given up
