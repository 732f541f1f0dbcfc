"""Clients that three generators make of docs/openapi.json request, check and redeem.

They are made without options that change their types, and the programs that use them are checked by those types. The
versions of the generators, and of what their clients need, stand in tests/generators.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.openapi_file import OPENAPI_FILE
from tests.support.processes import ROOT
from tests.support.service import code_on_the_phone

PROGRAMS = ROOT / "tests" / "generators"
BIN = Path(sys.executable).parent
NUMBERS = {"python": "+3161234566", "typescript": "+3161234567", "go": "+3161234568"}  # without the last digit

pytestmark = pytest.mark.generators


@pytest.fixture(scope="module", autouse=True)
def _asked_for(request):
    if request.config.option.markexpr != "generators":
        pytest.skip("installs client generators: asked for with -m generators")


@pytest.fixture(scope="module")
def python_tools(tmp_path_factory):
    """Install the generators that are Python packages; return the folder of their commands."""
    folder = tmp_path_factory.mktemp("tools")
    run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, folder)
    requirements = PROGRAMS / "requirements.txt"
    run(BIN / "uv", "pip", "install", "--quiet", "--python", folder, "--requirement", requirements)
    return folder / "bin"


@pytest.fixture(scope="module")
def generate(python_tools):
    """Run openapi-generator."""
    require("java", "openapi-generator")
    return lambda *words: run(python_tools / "openapi-generator-cli", *words)


@pytest.fixture(params=["current", "earlier"])
def document(request, tmp_path):
    """The committed document, or one of before the answer of a check had its `device_token`."""
    if request.param == "current":
        return OPENAPI_FILE
    content = json.loads(OPENAPI_FILE.read_text())
    approved = content["components"]["schemas"]["ApprovedResponse"]
    del approved["properties"]["device_token"]
    approved["required"].remove("device_token")
    path = tmp_path / "earlier.json"
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def python_client(python_tools, document, tmp_path):
    """Generate a client, and check the types of the program that uses it."""
    path = f"{python_tools}{os.pathsep}{os.environ['PATH']}"  # the generator formats with ruff
    made = run(
        *(python_tools / "openapi-python-client", "generate", "--path", document),
        *("--output-path", tmp_path / "generated"),
        PATH=path,
    )
    assert "WARNING" not in made, made
    python = tmp_path / "venv" / "bin" / "python"
    run(BIN / "uv", "venv", "--quiet", "--python", sys.executable, tmp_path / "venv")
    run(BIN / "uv", "pip", "install", "--quiet", "--python", python, tmp_path / "generated")
    run(BIN / "mypy", "--strict", "--python-executable", python, PROGRAMS / "client.py", cwd=tmp_path)
    return [python, PROGRAMS / "client.py"]


@pytest.fixture
def typescript_client(document, tmp_path):
    require("npm", "openapi-typescript")
    for name in ("package.json", "package-lock.json", "client.ts"):
        shutil.copy(PROGRAMS / name, tmp_path)
    run("npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", cwd=tmp_path)
    run("npx", "openapi-typescript", document, "--output", "schema.ts", cwd=tmp_path)
    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"]
    run("npx", "tsc", *options, "client.ts", "schema.ts", cwd=tmp_path)
    return ["node", tmp_path / "client.js"]


@pytest.fixture
def go_client(generate, document, tmp_path):
    require("go", "the client in Go")
    for name in ("go.mod", "go.sum", "main.go"):
        shutil.copy(PROGRAMS / name, tmp_path)
    package = ["--additional-properties", "packageName=otp,withGoMod=false"]
    generate("generate", "-i", document, "-g", "go", "-o", tmp_path / "otp", *package)
    run("go", "build", "-o", "client", ".", cwd=tmp_path)
    return [tmp_path / "client"]


@pytest.mark.parametrize("language", NUMBERS)
def test_a_generated_client_requests_checks_and_redeems(request, language, document):
    """It reads the code of a problem, the whole number and the claims of the proof; an unknown field is no error."""
    number = NUMBERS[language] + ("1" if document == OPENAPI_FILE else "2")
    program = request.getfixturevalue(f"{language}_client")
    service = request.getfixturevalue("developers_service")  # not a parameter: it would start for a test to be skipped
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([*program, service, number], **pipes) as process:
        pending = json.loads(process.stdout.readline())
        code = code_on_the_phone(service, number)
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        printed, _ = process.communicate(f"{wrong}\n{code}\n", timeout=30)

    assert pending == {"phone_number": f"+31*******{number[-2:]}", "sends_left": 2}
    assert json.loads(printed) == {
        "wrong": {"code": "incorrect_code", "status": 400, "attempts_left": 4},
        "phone_number": number,
        "claims": {"sub": number, "aud": "dev", "nonce": "cart-77", "amr": ["sms"]},
        "active": [True, False],
    }


def test_openapi_generator_finds_the_document_valid(generate):
    """It reads no webhooks, so it takes their models for unused."""
    found = generate("validate", "--recommend", "-i", OPENAPI_FILE)

    assert "Validating spec" in found
    assert re.findall(r"^\t- (?!Unused model: \w+(?:Event|Data)$).*", found, re.MULTILINE) == []


def require(command, what):
    if shutil.which(command) is None:
        pytest.skip(f"{what} needs {command}, which is not on this machine")


def run(*words, cwd=None, **variables):
    """Run a command to its end, and return what it printed; fail with it if the command fails."""
    environment = {**os.environ, **variables}  # with the proxy and the certificates that an installation may need
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
