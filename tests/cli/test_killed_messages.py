"""`otp messages send`, killed again and again: each row has exactly one outcome in the end."""

import asyncio
import contextlib
import random
import sys
from collections import Counter

import pytest

from app.cli.bulk.progress import progress_path, read_progress
from app.container import open_container
from tests.support.builders import make_settings
from tests.support.bulk import Bulk
from tests.support.processes import clean_environment

pytestmark = pytest.mark.long
ROWS, KILLS = 20_000, 8


async def test_killed_command_sends_each_row_once_in_the_end(settings, folder, engine_url, tag):
    chance = random.Random(7)  # noqa: S311  not a secret
    path = folder / "rows.csv"
    numbers = [f"+316{12_000_000 + number:08d}" for number in range(ROWS)]
    wrong = set(chance.sample(range(ROWS), 100))
    rows = [
        f"{'+31201234567' if place in wrong else number},{'Hello' if place % 200 > 40 else place}"
        for place, number in enumerate(numbers)
    ]
    path.write_text("\n".join(["phone_number,text", *rows, ""]))
    environment = clean_environment(**{f"OTP_{name}": value for name, value in settings.items()})

    async def run():
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "messages", "send", str(path), "--yes"),
            cwd=folder,
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    for kill in range(KILLS):
        process = await run()
        target = (kill + 1) * ROWS // (KILLS + 1) + chance.randrange(50)
        while process.returncode is None and _rows_done(path) < target:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), chance.uniform(0.001, 0.05))
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    last = await run()

    assert await last.wait() == 1  # a hundred rows are wrong
    progress = read_progress(progress_path(path))
    assert (progress.rows, progress.accepted, progress.refused) == (ROWS, ROWS - 100, 100)
    lines = (folder / "rows.refused.csv").read_text().splitlines()[1:]
    assert [int(line.split(",")[0]) - 2 for line in lines] == sorted(wrong)
    async with open_container(make_settings(engine_url, tag)) as container:
        sent = Counter(await Bulk(container, path).sent_numbers())
    assert set(sent.values()) == {1}
    assert set(sent) == {number for place, number in enumerate(numbers) if place not in wrong}


def _rows_done(path):
    progress = read_progress(progress_path(path))
    return progress.rows if progress else 0
