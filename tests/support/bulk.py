"""Check and send a file of messages as the command does, on the container of a test."""

import contextlib
from dataclasses import dataclass, field

from app.cli.bulk.check import check_file
from app.cli.bulk.columns import read_columns
from app.cli.bulk.progress import Progress, progress_path, read_progress
from app.cli.bulk.refused_file import RefusedFile
from app.cli.bulk.row_requests import RowRequests
from app.cli.bulk.send_file import SendFile
from app.cli.bulk.send_list import SendList
from app.cli.bulk.source import open_source
from app.domain.outgoing_message import is_message_id
from app.domain.request_context import RequestContext


async def _go_on(progress):
    pass


@dataclass
class Bulk:
    """Sends one file; each call of `send` is a separate run."""

    container: object
    path: object
    app: str = "dev"
    defaults: dict = field(default_factory=dict)
    waits: list = field(default_factory=list)
    while_waiting: object = None

    def write(self, *rows, header="phone_number,text"):
        self.path.write_text("\n".join([header, *rows, ""]))

    @property
    def progress(self):
        return read_progress(progress_path(self.path))

    @property
    def refused(self):
        """The line and the code of each refused row."""
        path = self.path.with_suffix(".refused.csv")
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        return [(int(line.split(",")[0]), line.split(",")[1]) for line in lines]

    async def check(self, done=0):
        """Return what the check found, and the line and code of each row that it refused."""
        refused = []
        with open_source(self.path) as source:
            checked = await check_file(
                source.rows,
                self._requests(source),
                self.container.send_messages,
                done=done,
                report=lambda _, rows: refused.extend(rows),
            )
        return checked, refused

    async def send(self, act=None, after_list=_go_on):
        """Send what is left; `act` stands for the container's, where a test lets it fail."""
        progress = self.progress
        with open_source(self.path) as source:
            progress = progress or Progress(source.sha256, "options", self.app)
            requests = self._requests(source)
            checked = await check_file(
                source.rows, requests, self.container.send_messages, done=progress.rows, report=lambda *_: None
            )
            refused = RefusedFile(self.path.with_suffix(".refused.csv"), kept=progress.refused_bytes)
            send = SendFile(
                rows=source.rows,
                checked=checked,
                send_list=SendList(act or self.container.send_messages, requests, source.sha256, self._wait),
                progress=progress,
                progress_path=progress_path(self.path),
                refused=refused,
                clock=self.container.clock,
                is_changed=source.is_changed,
                after_list=after_list,
            )
            with contextlib.closing(refused):
                await send()

    async def sent_numbers(self):
        """Return the number of each message that is stored, sorted."""
        store, numbers = self.container.store, []
        prefix = store.key("outgoing", "")
        async for key in store.redis.scan_iter(match=f"{prefix}*".replace("{", "[{]").replace("}", "[}]"), count=1000):
            id = key.decode().removeprefix(prefix)
            assert is_message_id(id)
            numbers.append((await self.container.get_message(id, self.container.apps[self.app])).phone.e164)
        return sorted(numbers)

    def _requests(self, source):
        app = self.container.apps[self.app]
        columns = read_columns(source.rows.columns, self.defaults, app.messages)
        return RowRequests(columns, RequestContext(app), self.container.clock)

    async def _wait(self, error, seconds):
        self.waits.append((error.code, seconds))
        await self.while_waiting()
