"""Starts the installed Firefox for the tests: headless, driven by Playwright over WebDriver BiDi."""

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

FIREFOX = shutil.which("firefox") or shutil.which("firefox-esr")
BRIDGE = Path(__file__).with_name("firefox_bridge.py")
# `-P`, because this folder has modules that are named like those of the standard library.
START = f"""#!/bin/sh
exec "{sys.executable}" -P "{BRIDGE}" "{FIREFOX}" "$@"
"""


@contextmanager
def open_firefox():
    """Start a browser that runs until the block ends; until then no other event loop can run in its thread."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        start = Path(folder, "firefox")
        start.write_text(START)
        start.chmod(0o755)
        with playwright.firefox.launch(channel="moz-firefox", executable_path=start) as browser:
            yield browser
