"""The README is short, its commands and examples work, and it links every gateway and page."""

import re
import subprocess

import httpx
import pytest
from joserfc import jwk, jwt

from app.cli import app as cli
from app.gateways import GATEWAYS
from app.main import create_app
from app.settings.model import Settings
from tests.support.builders import make_settings
from tests.support.docs import PAGES, README, anchors_in, blocks, join_lines
from tests.support.service import ROOT
from tests.support.settings_table import rows

MAX_LINES = 200

HEADING = re.compile(r"\[[^]]*\]\(([^)#\s]*)#([^)]+)\)")
LINK = re.compile(r"\]\(([^)#\s]+)|<img src=\"([^\"]+)\"")


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # by RFC 9864, for a name that verifiers do not know yet
def test_the_curl_example_ends_with_a_valid_proof(developers_service):
    """Verbatim except for the port; a second library verifies the proof against the published keys."""
    block = next(block for block in blocks("bash") if "request-code" in block)
    script = block.replace("http://127.0.0.1:8000", developers_service) + '\necho; echo "proof: $proof"'

    output = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=True).stdout

    assert '"status":"pending"' in output
    assert '"active":true' in output
    keys = jwk.KeySet.import_key_set(httpx.get(f"{developers_service}/.well-known/jwks.json").json())
    proof = jwt.decode(output.rpartition("proof: ")[2].strip(), keys, algorithms=["EdDSA"])
    assert proof.claims["sub"] == "+31612345678"


def test_the_two_start_commands_come_first():
    """One sentence, a picture, two commands: the first screen."""
    above = README.partition("\n**It is**")[0]

    assert blocks("bash", above) == ["git clone <the address of this repository> otp && cd otp\nmake run\n"]
    assert above.index("**Proves that") < above.index("<img") < above.index("```bash")


def test_every_picture_has_a_description():
    """Screen readers need it. Every stored picture is used."""
    pictures = re.findall(r'<img src="([^"]+)" [^>]*alt="[^"]{40,}">', README)

    assert len(pictures) == README.count("<img")
    assert {ROOT / picture for picture in pictures} == set((ROOT / "docs" / "pictures").iterdir())


def test_the_readme_is_short():
    """It is for readers who decide and who start; all others have separate pages."""
    assert len(README.splitlines()) <= MAX_LINES


def test_every_gateway_is_listed():
    for gateway in set(GATEWAYS) - {"http", "inbox"}:
        assert f"docs/operating/gateways.md#{gateway})" in README


def test_the_limits_summary_has_the_default_figures():
    """docs/operating/limits.md has the whole table; the README repeats a few figures."""
    default = {name: field.default for name, field in Settings.model_fields.items()}

    assert default["limit_sends_per_number"] == "3/10min,5/h,10/d"
    assert "3 in ten minutes, 5 an hour, 10 a day" in README
    assert f"{default['attempts']} guesses a code" in README
    assert default["limit_calls_per_address"] == "60/min"
    assert "60 a minute from an address" in README


@pytest.mark.parametrize("page", PAGES)
def test_every_named_setting_exists(page):
    known = {re.match(r"\| `(OTP_\w+)`", row)[1] for row in rows()}
    named = {name for name in re.findall(r"\bOTP_[A-Z_]*[A-Z0-9]", PAGES[page]) if "GATEWAYS__" not in name}

    assert named - known <= {"OTP_LIMIT"}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_exists(page):
    """Top-level commands and commands of a group."""
    groups = {group.name: group.typer_instance for group in cli.registered_groups}
    commands = {command.name or command.callback.__name__ for command in cli.registered_commands} | set(groups)

    assert set(re.findall(r"\botp ([a-z]+(?:-[a-z]+)*)", PAGES[page])) <= commands
    for name, group in groups.items():
        own = {command.name or command.callback.__name__ for command in group.registered_commands}
        assert set(re.findall(rf"\botp {name} ([a-z]+)", PAGES[page])) <= own


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_exists(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"(?:^|`)make ([a-z]+)", PAGES[page], re.MULTILINE)) <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_link_has_a_target(page):
    """An existing file, and an existing heading in it."""
    here = (ROOT / page).parent
    links = [link or picture for link, picture in LINK.findall(PAGES[page])]
    headings = [(to, anchor) for to, anchor in HEADING.findall(PAGES[page]) if not to.startswith("http")]

    assert [link for link in links if not link.startswith("http") and not (here / link).exists()] == []
    assert [to for to in headings if to[1] not in anchors_in((here / to[0]) if to[0] else ROOT / page)] == []


def test_every_page_is_linked_from_the_readme():
    """A page without a link is not found, in whichever folder it is."""
    assert {page.rpartition("/")[0] for page in PAGES} == {
        "",
        "docs/using",
        "docs/operating",
        "docs/contributing",
        "examples",
    }
    assert [page for page in PAGES if page != "README.md" and f"]({page}" not in README] == []


def test_the_licence_is_stated():
    """Readers must know what they may do before they use the code."""
    granted = [path.name for path in ROOT.iterdir() if path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING"))]

    assert ("No licence is granted yet" in join_lines(README)) == (granted == [])


def test_the_limits_of_sms_are_stated_before_the_usage():
    """SMS is a restricted authenticator (NIST SP 800-63B-4 §3.1.3.3); readers must know before they choose it."""
    before = join_lines(README.partition("## Try it by hand")[0])

    assert "**When not to use it.** SMS is a *restricted* authenticator" in before
    assert "do not let an SMS alone move money" in before


def test_the_app_starts_with_development_defaults():
    assert create_app(make_settings())
