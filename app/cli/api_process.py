"""One API process of several: its start in the child, and what the parent sees of it."""

import multiprocessing
import signal
import socket
import sys
import time
from ctypes import c_bool, c_double

from app.cli.api_server import DRAIN_S, ApiServer, make_config
from app.cli.run import exit_on_sigterm, start_log
from app.settings.model import Settings

_spawn = multiprocessing.get_context("spawn")
# So that sockets can be passed to a spawned process.
multiprocessing.allow_connection_pickling()


class SharedState:
    """What parent and child tell each other, in shared memory: a full pipe could block either of them."""

    def __init__(self) -> None:
        self.last_turn = _spawn.RawValue(c_double, 0.0)
        """When the event loop of the child last ran, by the monotonic clock; 0 until it serves."""
        self.reload_failed = _spawn.RawValue(c_bool, False)  # noqa: FBT003  the value of a boolean
        self.process_missing = _spawn.RawValue(c_bool, False)  # noqa: FBT003  the value of a boolean

    def failures(self) -> list[str]:
        """Return the names of what the parent could not do."""
        names = {"reload_failed": self.reload_failed, "process_missing": self.process_missing}
        return [name for name, flag in names.items() if flag.value]

    def turn(self) -> None:
        """Record that the event loop runs."""
        self.last_turn.value = time.monotonic()


class ApiProcess:
    """A child process that serves with the given settings, however the files of the settings change."""

    def __init__(self, settings: Settings, sockets: list[socket.socket]) -> None:
        self.shared = SharedState()
        self._retired_at: float | None = None
        self._process = _spawn.Process(target=_serve, args=(settings, sockets, self.shared))
        self._process.start()
        self.started = time.monotonic()

    @property
    def pid(self) -> int | None:
        """Return the process id."""
        return self._process.pid

    @property
    def sentinel(self) -> int:
        """Return a descriptor that is readable once the process has ended."""
        return self._process.sentinel

    @property
    def exit_code(self) -> int | None:
        """Return the exit code, minus the number of the signal that killed it, or None while it runs."""
        return self._process.exitcode

    @property
    def is_serving(self) -> bool:
        """Return whether it accepts connections, or did until it stopped."""
        return self.shared.last_turn.value > 0

    def silence(self) -> float:
        """Return for how many seconds its event loop has not run, or for how long it has been starting."""
        return time.monotonic() - (self.shared.last_turn.value or self.started)

    def retire(self) -> None:
        """Ask it to stop once its requests are answered; one that has none, because it does not serve yet, ends now."""
        if self._retired_at is None:
            self._retired_at = time.monotonic()
            if self.is_serving:
                self._process.terminate()
            else:
                self._process.kill()

    def retired_for(self) -> float:
        """Return for how many seconds it should have been stopping."""
        return time.monotonic() - self._retired_at if self._retired_at is not None else 0.0

    def wait(self, seconds: float) -> None:
        """Wait for its end; kill it if that takes longer."""
        self._process.join(max(0, seconds))
        self.kill()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join()


def _serve(settings: Settings, sockets: list[socket.socket], shared: SharedState) -> None:
    """Serve until SIGTERM, or until the parent ends."""
    from app.cli.serve import run_server
    from app.main import create_app

    exit_on_sigterm()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal that closes sends it to each process
    start_log(settings)
    app = create_app(settings)
    app.state.process_failures = shared.failures
    config = make_config(app, settings, drain_s=DRAIN_S)
    server = ApiServer(config, drain_s=DRAIN_S, on_serving=shared.turn, on_turn=shared.turn)
    sys.exit(run_server(server, sockets))
