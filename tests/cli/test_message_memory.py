"""`otp messages send` reads row by row: a file a hundred times as long takes nearly the same memory."""

import os
import subprocess
import sys

import pytest

from tests.support.processes import clean_environment

pytestmark = pytest.mark.long
MOST_KB = 15 * 1024  # 32 bytes a row, for duplicates, and what an allocator keeps


def test_memory_hardly_grows_with_the_rows(settings, folder):
    environment = clean_environment(**{f"OTP_{name}": value for name, value in settings.items()})

    def peak_kb(rows):
        path = folder / f"rows-{rows}.csv"
        with path.open("w") as file:
            file.write("phone_number,text\n")
            file.writelines(f"+316{12_000_000 + row:08d},Order {row} has left.\n" for row in range(rows))
        command = [sys.executable, "-m", "app.cli", "messages", "send", str(path), "--yes"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, cwd=folder, env=environment, **quiet)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_maxrss

    assert peak_kb(50_000) - peak_kb(500) < MOST_KB
