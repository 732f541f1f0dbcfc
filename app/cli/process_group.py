"""The parent of `otp serve --processes N`: starts the API processes, replaces, reloads and stops them.

In place of uvicorn's own, which replaces one process after the other, so that a failure leaves processes with different
settings; which starts a new process in place of a crashed one with whatever the settings are by then; which does not
see SIGTERM during a reload; and whose processes live on when it is killed.
"""

import os
import signal
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from types import FrameType

from app.cli.api_process import ApiProcess
from app.cli.run import DONE, FAILED
from app.cli.service_manager import ALIVE, READY, STOPPING, notify_service_manager
from app.logs import log
from app.settings.load import BadSettings
from app.settings.model import Settings

_POLL_S = 0.2
_START_S = 90  # from the start of a process until it serves: 2 s, and 30 s beside much other work
_HANG_S = 30  # without a turn of the event loop
_STOP_S = 12  # a process stops within 8 s
_PAUSE_S = 5  # if this process has not run for that long, the machine was paused, and so were the others
_MAX_WAIT_S = 30  # between two attempts to replace a process


class ProcessGroup:
    """A number of API processes with the same settings, which accept connections from the same sockets."""

    def __init__(
        self, settings: Settings, sockets: list[socket.socket], *, count: int, load: Callable[[], Settings]
    ) -> None:
        self._settings = settings
        self._sockets = sockets
        self._count = count
        self._load = load
        self._processes: list[ApiProcess] = []
        self._retired: list[ApiProcess] = []
        self._signals: list[int] = []
        self._failed_starts = 0
        self._next_start = 0.0
        self._last_look = self._running_since = time.monotonic()
        self._reload_failed = False

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT, reload on SIGHUP, and return the exit code."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._remember)
        processes = self._start_all(self._settings, at_once=os.cpu_count() or 1)
        if processes is None:
            return self._stop(DONE if self._must_stop() else FAILED)
        self._processes = processes
        log.info("processes_serving", processes=self._count)
        notify_service_manager(READY)
        while not self._must_stop():
            if signal.SIGHUP in self._signals:
                self._signals.clear()
                self._reload()
            self._replace_failed()
            if self._failed_starts and not any(process.is_serving for process in self._processes):
                return self._stop(FAILED)
            self._tell_processes()
            notify_service_manager(ALIVE)
            wait([process.sentinel for process in self._processes], _POLL_S)
        return self._stop(DONE)

    def _remember(self, number: int, _: FrameType | None) -> None:
        self._signals.append(number)

    def _must_stop(self) -> bool:
        return signal.SIGTERM in self._signals or signal.SIGINT in self._signals

    def _start_all(self, settings: Settings, *, at_once: int) -> list[ApiProcess] | None:
        """Start all processes, so many at a time; None if one did not come up, or if the signal to stop came."""
        processes: list[ApiProcess] = []
        while True:
            starting = [process for process in processes if not process.is_serving]
            if len(processes) == self._count and not starting:
                return processes
            if self._must_stop() or any(_has_failed(process) for process in starting):
                self._retire(processes)
                return None
            if len(processes) < self._count and len(starting) < at_once:
                processes.append(ApiProcess(settings, self._sockets))
                continue
            notify_service_manager(ALIVE)
            wait([process.sentinel for process in starting], _POLL_S)

    def _reload(self) -> None:
        """Replace all processes by ones with the present settings; if that fails, keep all as they are."""
        log.info("reloading", processes=self._count)
        processes = None
        try:
            settings = self._load()
        except BadSettings as error:
            for sentence in error.sentences:
                log.error("settings_refused", problem=sentence)
        else:
            processes = self._start_all(settings, at_once=1)  # the present ones need the processor too
        if self._must_stop():
            self._retire(processes or [])
            return
        self._reload_failed = processes is None
        if processes is None:
            log.error("reload_failed", processes=self._count)
            return
        self._retire(self._processes)
        self._settings, self._processes, self._failed_starts = settings, processes, 0
        log.info("reloaded", processes=self._count)

    def _replace_failed(self) -> None:
        """Start a process, with the settings of the others, for each one that failed; wait between failed starts."""
        now = time.monotonic()
        if now - self._last_look > _PAUSE_S:
            self._running_since = now
        self._last_look = now
        for process in list(self._processes):
            if _has_failed(process, patience=now - self._running_since):
                self._processes.remove(process)
                process.kill()
                self._failed_starts += not process.is_serving
                self._next_start = now + min(2**self._failed_starts, _MAX_WAIT_S) if self._failed_starts else now
        while len(self._processes) < self._count and now >= self._next_start:
            self._processes.append(ApiProcess(self._settings, self._sockets))
        if self._is_complete():
            self._failed_starts = 0
        self._retired = [process for process in self._retired if process.exit_code is None]
        for process in self._retired:
            if process.retired_for() > _STOP_S:
                process.kill()

    def _retire(self, processes: list[ApiProcess]) -> None:
        for process in processes:
            process.retire()
        self._retired += processes

    def _tell_processes(self) -> None:
        """Tell the processes what their readiness must show."""
        for process in self._processes:
            process.shared.reload_failed.value = self._reload_failed
            process.shared.process_missing.value = self._failed_starts > 0

    def _is_complete(self) -> bool:
        return len(self._processes) == self._count and all(process.is_serving for process in self._processes)

    def _stop(self, code: int) -> int:
        """Stop all processes, which answer what they have accepted, and return the exit code."""
        notify_service_manager(STOPPING)
        for listener in self._sockets:  # or the kernel would go on accepting connections
            listener.close()
        self._retire(self._processes)
        deadline = time.monotonic() + _STOP_S
        for process in self._retired:
            process.wait(deadline - time.monotonic())
        return code


def _has_failed(process: ApiProcess, *, patience: float = _START_S) -> bool:
    """Return whether a process ended, hangs or did not come up in time, and log which.

    `patience` is how long this process has run without a pause: the others have not run longer than that.
    """
    limit, problem = (_HANG_S, "hangs") if process.is_serving else (_START_S, "not_serving_in_time")
    ended = process.exit_code
    if ended is None and min(process.silence(), patience) < limit:
        return False
    if ended is None:
        log.error("process_failed", problem=problem, pid=process.pid)
    else:
        problem = "ended" if process.is_serving else "ended_at_start"
        log.error("process_failed", problem=problem, pid=process.pid, exit_code=ended if ended >= 0 else 128 - ended)
    return True
