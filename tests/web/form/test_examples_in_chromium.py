"""The examples in React and Vue, with npm: types, build, and a login in Chromium; only with `-m examples`.

They are copied, and call the service of the tests in place of the one of `make run`; otherwise they are used verbatim.
"""

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.support.examples import EXAMPLES, copy_examples
from tests.support.form import Form
from tests.support.processes import clean_environment

pytestmark = pytest.mark.examples
SECRET_KEY = {"Authorization": "Bearer sk_dev"}
TYPES = Path(__file__).parent / "types"


def run(*command, folder):
    """Run a command; its output is the message of a failure."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session", autouse=True)
def wanted(request):
    """Skip unless the examples were asked for: they load packages. A session's fixture, so it is the first."""
    if request.config.option.markexpr != "examples":
        pytest.skip("installs packages from npm: asked for with -m examples")
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("needs Node with npm on this machine")


@pytest.fixture(scope="module")
def examples(service, tmp_path_factory):
    """A copy of the examples for the running service, with exactly the locked packages."""
    folder = copy_examples(tmp_path_factory.mktemp("examples"), service)
    for name in EXAMPLES:
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder / name)
    return folder


@contextmanager
def backend(folder):
    """Run the example's backend on a free port; yields its URL."""
    command, environment = ["node", "../backend/server.mjs", "dist"], clean_environment(PORT="0")
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_compiles_and_logs_a_user_in(examples, name, context, service, number):
    """`npm run build` checks the types strictly; the backend accepts the proof once, for its own session."""
    run("npm", "run", "build", folder=examples / name)
    with backend(examples / name) as url:
        page = context.new_page()
        form = Form(page, service, url)
        page.goto(url)
        with page.expect_request("**/login") as login:
            form.request_code(number).type(form.code(number))

        expect(page.locator("#app > p")).to_have_text(f"Logged in as {number}")
        proof = login.value.post_data
        claims = httpx.post(f"{service}/v1/proofs/introspect", json={"proof": proof}, headers=SECRET_KEY)
        assert claims.json() == {"active": False}  # it is redeemed
        assert page.request.post(f"{url}/login", data=proof).status == 403


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_refuses_the_proof_of_another_session(examples, name, context, service, number):
    """The proof is valid, but its `nonce` is the reference of another browser."""
    page = context.new_page()
    with backend(examples / name) as url, httpx.Client(base_url=service, headers=SECRET_KEY) as api:
        page.goto(url)
        asked = api.post("/v1/request-code", json={"phone_number": number, "reference": "of-another"}).json()
        check = {"verification_id": asked["verification_id"], "code": Form(page, service, url).code(number)}
        approved = api.post("/v1/verify-code", json=check).json()

        answer = page.request.post(f"{url}/login", data=approved["proof"])

    assert (answer.status, answer.json()) == (403, {"phone_number": None})


INSTALLED = {"none": (), "react": ("react",), "vue": ("vue",), "both": ("react", "vue")}


@pytest.mark.parametrize("compiler", EXAMPLES)
@pytest.mark.parametrize("installed", INSTALLED)
def test_the_declaration_compiles_whichever_framework_is_installed(examples, compiler, installed, service, tmp_path):
    """Strictly, with `skipLibCheck` off, by the TypeScript of each example; the other's types are not there."""
    packages = tmp_path / "node_modules"
    packages.mkdir()
    for framework in INSTALLED[installed]:
        for package in {"react": ("react", "@types"), "vue": ("vue",)}[framework]:
            (packages / package).symlink_to(examples / framework / "node_modules" / package)
    (tmp_path / "otp-form.d.ts").write_text(httpx.get(f"{service}/otp-form.d.ts").text)
    files = ["tsconfig.json", "plain.ts", *(["react.tsx"] if "react" in INSTALLED[installed] else [])]
    for file in [*files, *(["Page.vue"] if installed == "vue" else [])]:
        shutil.copy(TYPES / file, tmp_path)

    tool = "vue-tsc" if compiler == "vue" and installed == "vue" else "tsc"
    run(examples / compiler / "node_modules" / ".bin" / tool, "--project", ".", folder=tmp_path)
