"""The examples of docs/using/messages.md send a message, verbatim; PHP where this machine has it."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.support.docs import PAGES, blocks
from tests.support.outgoing import TEXT
from tests.support.service import texts_on_the_phone

PAGE = PAGES["docs/using/messages.md"]
# Language -> what runs it, the file's ending, what stands before the example, and the line that calls it.
LANGUAGES = {
    "python": (sys.executable, ".py", "import json, sys\n", "print(json.dumps(send(*sys.argv[1:])))"),
    "php": ("php", ".php", "<?php\n", "echo json_encode(send(...array_slice($argv, 1)));"),
}
NUMBERS = {"python": "+31612346771", "php": "+31612346772"}
SHELL_NUMBER = "+31612346773"


@pytest.mark.parametrize("language", LANGUAGES)
def test_example_sends_a_message_once_for_each_key(language, developers_service, tmp_path):
    runs, ending, before, after = LANGUAGES[language]
    if shutil.which(runs) is None:
        pytest.skip(f"{runs} is not on this machine")
    (example,) = (block for block in blocks(language, PAGE) if "/v1/messages" in block)
    path, number = tmp_path / f"example{ending}", NUMBERS[language]
    path.write_text(f"{before}{example.replace('http://127.0.0.1:8000', developers_service)}\n{after}\n")

    answers = [
        subprocess.run(
            [runs, path, number, TEXT, f"order-{language}"], capture_output=True, text=True, timeout=30, check=True
        )
        for _ in range(2)
    ]

    first, again = (json.loads(answer.stdout) for answer in answers)
    assert first == again
    assert first["messages"][0]["message_id"].startswith("ms_")
    assert texts_on_the_phone(developers_service, number) == [TEXT]


def test_first_command_of_the_page_sends_a_message(developers_service):
    command = next(block for block in blocks("bash", PAGE) if "/v1/messages" in block)
    command = command.replace("http://127.0.0.1:8000", developers_service).replace("+31612345678", SHELL_NUMBER)

    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, check=True)

    assert json.loads(answer.stdout)["messages"][0]["phone_number"] == "+31*******73"
    assert texts_on_the_phone(developers_service, SHELL_NUMBER) == [TEXT]
