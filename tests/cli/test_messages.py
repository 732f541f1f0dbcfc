"""`otp messages send`, `show` and `cancel`, as an operator types them."""

import asyncio
import os
import signal
import sys

import pytest

from app.cli.bulk.progress import progress_path, read_progress
from app.container import open_container
from tests.support.builders import OTHER_PHONE, PHONE, make_settings
from tests.support.bulk import Bulk
from tests.support.outgoing import accepted_id
from tests.support.processes import clean_environment
from tests.support.waiting import until

ROWS = [f"{PHONE},Hello", f"{OTHER_PHONE},Hello"]
TEXTS = '{"dev": {"free_text": true, "message_texts": {"sent": {"en": "Your order {order} has left."}}}}'


@pytest.fixture
def file(folder):
    """Write a file of rows, and return its path."""

    def write(*rows, header="phone_number,text"):
        path = folder / "rows.csv"
        path.write_text("\n".join([header, *(rows or ROWS), ""]))
        return path

    return write


@pytest.fixture
def sent(engine_url, tag, folder):
    """Return the numbers of all messages that are stored."""

    async def read():
        async with open_container(make_settings(engine_url, tag)) as container:
            return await Bulk(container, folder / "rows.csv").sent_numbers()

    return lambda: asyncio.run(read())


def test_rows_are_sent_after_their_number_segments_and_cost_were_shown(otp, settings, file, sent):
    result = otp("messages", "send", str(file()), "--yes", **settings)

    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        *(
            "rows\t2",
            "to send\t2",
            "refused by the check\t0",
            "segments\t2",
            "expected cost\t0.20 EUR",
            "countries\tNL 2",
        ),
        *("rows done\t2", "accepted\t2", "refused\t0"),
    ]
    assert sent() == sorted([PHONE, OTHER_PHONE])


def test_refused_rows_are_named_by_line_and_the_others_are_sent(otp, settings, file, sent, folder):
    result = otp("messages", "send", str(file(*ROWS, "+31201234567,Hello")), "--yes", **settings)

    assert result.exit_code == 1
    assert "✗ Line 4: phone_number: A number of this type does not receive SMS. Use a mobile number." in result.stderr
    assert (folder / "rows.refused.csv").read_text().splitlines()[1].startswith("4,invalid_phone_number,phone_number,")
    assert len(sent()) == 2
    assert not [number for number in (PHONE, OTHER_PHONE, "1234567") if number[3:] in result.output]


def test_check_sends_nothing_and_keeps_no_progress(otp, settings, file, sent, folder):
    path = file(*ROWS, "+31201234567,Hello")

    result = otp("messages", "send", str(path), "--check", **settings)

    assert (result.exit_code, sent()) == (1, [])
    assert sorted(found.name for found in folder.iterdir()) == ["rows.csv", "rows.refused.csv"]


def test_without_a_terminal_nothing_is_sent_unasked(otp, settings, file, sent):
    result = otp("messages", "send", str(file()), **settings)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "add --yes to send, or --check" in result.stderr
    assert sent() == []


@pytest.mark.parametrize(
    ("answer", "code", "count"), [("y\n", 0, 2), pytest.param("n\n", 1, 0, marks=pytest.mark.long)]
)
async def test_terminal_is_asked(on_terminal, settings, file, answer, code, count, engine_url, tag, folder):
    screen = await on_terminal(
        "messages", "send", str(file()), **{f"OTP_{name}": value for name, value in settings.items()}
    )
    await until(lambda: screen.read() and "Send 2 messages of the app dev?" in screen.text, within=60)
    os.write(screen._terminal_fd, answer.encode())  # noqa: SLF001  the test types

    assert await screen.end() == code
    async with open_container(make_settings(engine_url, tag)) as container:
        assert len(await Bulk(container, folder / "rows.csv").sent_numbers()) == count


@pytest.mark.parametrize(
    ("header", "row", "option"), [("to", PHONE, ("text", "Hi")), ("to,order", f"{PHONE},9", ("template", "sent"))]
)
def test_text_or_template_of_all_rows_is_an_option(otp, settings, file, sent, header, row, option):
    name, value = option

    result = otp("messages", "send", str(file(row, header=header)), f"--{name}", value, "--yes", **settings, APPS=TEXTS)

    assert result.exit_code == 0, result.output
    assert sent() == [PHONE]


def test_repeated_command_sends_nothing_again(otp, settings, file, sent):
    path = str(file())
    otp("messages", "send", path, "--yes", **settings)

    again = otp("messages", "send", path, "--yes", **settings)

    assert again.exit_code == 0
    assert "nothing is sent again" in again.stderr
    assert len(sent()) == 2


def test_file_is_sent_again_on_request(otp, settings, file, sent):
    path = str(file())
    otp("messages", "send", path, "--yes", **settings)

    again = otp("messages", "send", path, "--yes", "--again", **settings)

    assert again.exit_code == 0, again.output
    assert len(sent()) == 4


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ((["+31612345670,Hello"], []), "rows.csv was changed since its sending began; 2 rows were sent."),
        ((ROWS, ["--country", "BE"]), "2 rows were sent with another app or other options."),
    ],
    ids=["file", "options"],
)
def test_changed_file_or_options_are_refused(otp, settings, file, sent, change, sentence):
    rows, options = change
    otp("messages", "send", str(file()), "--yes", **settings)

    result = otp("messages", "send", str(file(*rows)), "--yes", *options, **settings)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"✗ {sentence}")
    assert len(sent()) == 2


def test_damaged_progress_is_refused_with_the_fix(otp, settings, file, sent):
    path = file()
    progress_path(path).write_text("{")

    result = otp("messages", "send", str(path), "--yes", **settings)

    assert result.exit_code == 2
    assert "rows.csv.progress cannot be read. Delete it" in result.stderr


def test_refused_rows_never_overwrite_another_file(otp, settings, file, sent):
    path = file("+31201234567,Hello")

    result = otp("messages", "send", str(path), "--yes", "--refused", str(path), **settings)

    assert result.exit_code == 2
    assert "exists and is no list of refused rows" in result.stderr
    assert path.read_text().startswith("phone_number,text")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("lost.csv", "lost.csv cannot be read: No such file"), (".", "cannot be read: Is a directory")],
)
def test_file_that_cannot_be_read_is_refused(otp, settings, name, sentence):
    result = otp("messages", "send", name, "--yes", **settings)

    assert result.exit_code == 2
    assert sentence in result.stderr


def test_app_is_named_where_there_are_several(otp, settings, file):
    path, apps = str(file()), settings | {"APPS": '{"shop": {"free_text": true}}'}

    unnamed = otp("messages", "send", path, "--yes", **apps)
    wrong = otp("messages", "send", path, "--yes", "--app", "bank", **apps)
    named = otp("messages", "send", path, "--yes", "--app", "shop", **apps)

    assert (unnamed.exit_code, wrong.exit_code, named.exit_code) == (2, 2, 0)
    assert "choose one by --app. Configured: dev, shop." in unnamed.stderr


def test_sending_is_recorded_with_its_operator(otp, settings, file, logged_lines):
    otp("messages", "send", str(file()), "--yes", **settings, OPERATOR="anna")

    lines = logged_lines.getvalue()
    assert lines.count(b"operator_act") == 1
    assert b'"act":"send_file","operator":"anna","subject":"dev:' in lines


async def test_ctrl_c_finishes_the_list_in_hand_and_the_next_run_goes_on(settings, file, engine_url, tag, folder):
    numbers = [f"+316{12_000_000 + number:08d}" for number in range(600)]
    path = file(*(f"{number},Hello" for number in numbers))
    environment = clean_environment(**{f"OTP_{name}": value for name, value in settings.items()})

    async def start(*options):
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "messages", "send", str(path), "--yes", *options),
            cwd=folder,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    slow = await start("--rate", "100")
    await until(lambda: progress_path(path).exists() and read_progress(progress_path(path)).rows, within=60)
    slow.send_signal(signal.SIGINT)
    _, stderr = await slow.communicate()

    assert slow.returncode == 130, stderr
    assert b"The same command goes on where this one ended." in stderr
    assert read_progress(progress_path(path)).state == "stopped"
    rest = await start()
    assert (await rest.communicate(), rest.returncode)[1] == 0
    async with open_container(make_settings(engine_url, tag)) as container:
        assert await Bulk(container, path).sent_numbers() == numbers


@pytest.fixture
def message(engine_url, tag):
    """The id of a message that waits."""

    async def send():
        async with open_container(make_settings(engine_url, tag)) as container:
            return await accepted_id(container)

    return asyncio.run(send())


def test_message_is_shown_with_a_masked_number(otp, settings, message):
    result = otp("messages", "show", message, **settings)

    assert result.exit_code == 0
    assert result.stdout.startswith(f"message\t{message}\nstatus\tqueued\nnumber\t+31*******78\npurpose\talert\n")


def test_message_is_canceled_once(otp, settings, message):
    first = otp("messages", "cancel", message, **settings)
    second = otp("messages", "cancel", message, **settings)

    assert (first.exit_code, first.stdout) == (0, "1 canceled.\n")
    assert (second.exit_code, second.stdout) == (1, "0 canceled.\n")
    assert otp("messages", "show", message, **settings).stdout.splitlines()[1] == "status\tcanceled"


def test_unknown_message_is_named(otp, settings):
    result = otp("messages", "show", "ms_lost", **settings)

    assert result.exit_code == 1
    assert result.stderr.startswith("✗ ")
