"""`otp doctor`: its findings, warnings and fixes."""

import asyncio
import json

import pytest

from app.cli.price_checks import find_prices
from app.container import open_container
from app.domain.api_key import digest_key
from app.domain.message import Accepted
from app.domain.route import Routes, RouteStep
from app.store.reported_prices import LearnedPrices
from tests.support.api_calls import APPS
from tests.support.builders import PUBLIC_URL, make_settings
from tests.support.fake_vendor import unused_url
from tests.support.hooks import APPS as HOOK_APPS
from tests.support.hooks import HOOKS, SECRET
from tests.support.messages import open_message, record_outcome
from tests.support.ports import free_port, wait_for_port
from tests.support.redis_topologies import Server
from tests.support.service_fixture import PRODUCTION
from tests.support.smstools import accounts


def severities(result):
    """Return those of all findings but one: the tests' engine stores nothing."""
    lines = result.stdout.splitlines()
    return {line.split("\t")[0] for line in lines if not line.startswith("warn\tredis\thas no AOF, ")}


def test_doctor_reports_ok_for_a_healthy_setup(otp, settings, engine_url, tag):
    async def heartbeat():
        async with open_container(make_settings(engine_url, tag)) as container:
            await container.queue.heartbeat("worker-1")

    asyncio.run(heartbeat())
    result = otp("doctor", **settings, COUNTRIES="NL")

    assert result.exit_code == 0, result.output
    assert "ok\tredis\tresponds; 0 jobs are waiting\n" in result.stdout
    assert severities(result) == {"ok"}


def test_doctor_reports_a_missing_worker(otp, settings, engine_url, tag):
    async def open_queue():
        async with open_container(make_settings(engine_url, tag)) as container:
            await container.queue.open()

    asyncio.run(open_queue())
    result = otp("doctor", **settings)

    assert result.exit_code == 1
    assert "bad\tready\tNo worker is alive. Start `otp worker`.\n" in result.stdout


def test_a_missing_worker_is_no_problem_before_the_first_start(otp, settings):
    """Operators check the settings first, and no step of the page fails."""
    result = otp("doctor", **settings, COUNTRIES="NL")

    assert result.exit_code == 0, result.output
    assert "note\tworker\tnone has run on this Redis yet; start `otp worker`, then `otp serve`\n" in result.stdout
    assert severities(result) == {"ok", "note"}


def test_a_request_that_waits_without_a_worker_is_a_problem(otp, settings, engine_url, tag):
    async def add():
        async with open_container(make_settings(engine_url, tag)) as container:
            await container.queue.add("sends", [{"verification": "vf_1"}])

    asyncio.run(add())
    result = otp("doctor", **settings)

    assert result.exit_code == 1
    assert "bad\tready\tNo worker is alive." in result.stdout


def test_doctor_reports_an_unreachable_redis(otp, settings):
    result = otp("doctor", **settings | {"REDIS_URL": f"redis://:hunter2@127.0.0.1:{free_port()}/0"})

    assert result.exit_code == 1
    assert "bad\tredis\tserves no writes: ECONNREFUSED. No Redis listens there: start it" in result.stdout
    assert "hunter2" not in result.output


def test_doctor_reports_a_redis_that_evicts_in_production(otp, tmp_path):
    server = Server(tmp_path, "maxmemory-policy volatile-lru", "appendonly yes")
    wait_for_port(server.port)
    try:
        given = {name.upper(): value for name, value in (PRODUCTION | {"apps": APPS}).items()}
        result = otp("doctor", **given | {"REDIS_URL": f"redis://127.0.0.1:{server.port}/0"})
    finally:
        server.kill()

    assert result.exit_code == 1
    assert "bad\tredis\tevicts when it is full (volatile-lru), and evicted jobs are SMS that never" in result.stdout


def test_embedded_store_is_a_warning(otp):
    result = otp("doctor", ENV="development")

    assert result.exit_code == 0
    assert "embedded store" in result.stdout


def test_warnings_on_test_numbers_and_weak_codes_hide_the_codes(otp):
    result = otp(
        "doctor",
        ENV="development",
        TEST_NUMBERS="+31612345678=4821@2099-12-31",
        CODE_LENGTH="4",
        ALLOW_WEAK_CODES="true",
    )

    assert result.exit_code == 0
    assert "the last until 2099-12-31" in result.stdout
    assert "fewer than six digits" in result.stdout
    assert "4821" not in result.output
    assert "612345678" not in result.output


WARNINGS = ["may send any number of SMS", "no human check", "no page can use it"]
PUBLISHABLE = {"publishable_keys": {digest_key("pk_shop"): ["login"]}}
OPEN = {"origins": ["https://shop.example.com"]}
FIGURE = {"limits": {"sends_per_app": "100/d"}}


@pytest.mark.parametrize(
    ("own", "settings", "expected"),
    [
        ({}, {}, ["may send any number of SMS"]),
        ({}, {"LIMIT_SENDS_PER_APP": "off"}, ["may send any number of SMS"]),
        ({}, {"LIMIT_SENDS_PER_APP": "100/d"}, []),
        (FIGURE, {"LIMIT_SENDS_PER_APP": "off"}, []),
        (FIGURE | PUBLISHABLE | OPEN, {}, ["no human check"]),
        (FIGURE | PUBLISHABLE | OPEN, {"HUMAN_CHECK": "altcha"}, []),
        (FIGURE | PUBLISHABLE | OPEN, {"HUMAN_CHECK": "altcha", "HUMAN_CHECK_WHEN": "suspicious"}, []),
        (
            FIGURE | PUBLISHABLE | OPEN | {"human_check": "never"},
            {"HUMAN_CHECK": "altcha"},
            ["no human check"],
        ),
        (FIGURE | PUBLISHABLE, {"HUMAN_CHECK": "altcha"}, ["no page can use it"]),
        (PUBLISHABLE, {}, ["may send any number of SMS", "no human check", "no page can use it"]),
    ],
)
def test_risky_or_useless_keys_of_an_app_are_warnings(otp, own, settings, expected):
    result = otp("doctor", ENV="development", APPS=json.dumps({"shop": own}), **settings)
    output = " ".join(result.stdout.split())

    assert result.exit_code == 0, result.output
    assert [warning for warning in WARNINGS if warning in output] == expected


@pytest.mark.parametrize(
    ("own", "settings", "fix"),
    [
        ({}, {}, "SMS; set OTP_LIMIT_SENDS_PER_APP, like 500/d"),
        ({"limits": {"sends_per_app": "off"}}, {}, "SMS; set its `limits.sends_per_app`, like 500/d"),
        (PUBLISHABLE, {}, "no human check; set OTP_HUMAN_CHECK"),
        (PUBLISHABLE | {"human_check": "never"}, {}, "no human check; set OTP_HUMAN_CHECK, and its `human_check`"),
        (
            PUBLISHABLE | {"human_check": "never"},
            {"HUMAN_CHECK": "altcha"},
            "no human check; its `human_check` is never",
        ),
        (PUBLISHABLE, {"HUMAN_CHECK": "altcha", "HUMAN_CHECK_WHEN": "never"}, "check; OTP_HUMAN_CHECK_WHEN is never"),
    ],
)
def test_warning_names_the_setting_to_change(otp, own, settings, fix):
    """The service's setting has no effect on an app that overrides it."""
    output = otp("doctor", ENV="development", APPS=json.dumps({"shop": own}), **settings).stdout

    assert [line for line in output.splitlines() if line.startswith("warn\tshop\t") and line.endswith(fix)]


@pytest.mark.parametrize("name", ["LIMIT_SENDS_PER_NUMBER", "LIMIT_CALLS_PER_ADDRESS"])
def test_disabled_essential_limit_is_a_warning(otp, name):
    off, on = otp("doctor", ENV="development", **{name: "off"}), otp("doctor", ENV="development")

    assert (off.exit_code, on.exit_code) == (0, 0)
    assert f"set OTP_{name}" in " ".join(off.stdout.split())
    assert f"OTP_{name}" not in on.stdout


@pytest.mark.parametrize(
    ("url", "proxies", "is_warned"),
    [
        ("https://otp.example.com", "", True),
        ("https://otp.example.com", "10.0.0.7", False),
        ("http://127.0.0.1:8000", "", False),
    ],
)
def test_https_without_a_trusted_proxy_is_a_warning(otp, url, proxies, is_warned):
    """Otherwise all clients would share the proxy's address, and its limits."""
    result = otp("doctor", ENV="development", PUBLIC_URL=url, TRUSTED_PROXIES=proxies)

    assert result.exit_code == 0
    assert ("set OTP_TRUSTED_PROXIES" in " ".join(result.stdout.split())) == is_warned


@pytest.mark.parametrize(
    ("url", "is_warned"),
    [
        ("https://otp.example.com", True),
        ("https://example.org:8443", True),
        ("https://otp.example", True),
        ("https://otp.my-example.com", False),
        ("https://example.company.io", False),
    ],
)
def test_the_url_of_an_example_is_a_warning(otp, url, is_warned):
    """`otp init` writes one where none is given; vendors would send their reports to it."""
    result = otp("doctor", ENV="development", PUBLIC_URL=url, TRUSTED_PROXIES="10.0.0.7")

    assert result.exit_code == 0
    assert (f"warn\turl\t{url} is an example; set OTP_PUBLIC_URL" in result.stdout) == is_warned


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ({"*": ["one", "two", "three"]}, "* one, then two, then three"),
        ({"*": ["one", "two"], "US": ["two"], "NL": ["three"]}, "* one, then two; US two; NL three"),
        ({"*": [["one", "two"], "three"]}, "* one or two, then three"),
        (
            {"*": [[{"gateway": "one", "weight": 9}, {"gateway": "two"}], "three"]},
            "* one (9) or two (1), then three",
        ),
    ],
)
def test_routes_are_described_in_words(otp, routes, expected):
    result = otp("doctor", ENV="development", **accounts(unused_url(), "one", "two", "three", routes=routes))

    assert result.exit_code == 0, result.output
    assert f"ok\troutes\t{expected}\n" in result.stdout
    assert "is in no route" not in result.stdout


def test_gateway_without_a_route_is_a_warning(otp):
    """It was forgotten, or is about to be removed. The developer's inbox needs no route."""
    result = otp("doctor", ENV="development", **accounts(unused_url(), "one", "spare", routes={"*": ["one"]}))

    assert result.exit_code == 0
    assert "warn\tspare\tis in no route: only its late reports are read; add it to OTP_ROUTES" in result.stdout
    assert result.stdout.count("is in no route") == 1


def test_dlt_ids_that_a_gateway_does_not_pass_on_are_a_warning(otp):
    step = {"gateway": "one", "entity_id": "1101", "template_id": "1107"}
    result = otp("doctor", ENV="development", **accounts(unused_url(), "one", routes={"*": ["one"], "IN": [step]}))

    assert result.exit_code == 0
    assert "warn\tone\tdoes not pass on the `entity_id` and `template_id` of the route IN; register" in result.stdout


def test_a_name_in_a_country_that_shows_none_is_a_warning(otp):
    result = otp("doctor", ENV="development", COUNTRIES="NL,US", **accounts(unused_url(), "one", routes={"*": ["one"]}))

    assert (
        "warn\tone\tits sender is a name, and networks in US show none; give this gateway a number or a"
        in result.stdout
    )
    assert result.stdout.count("is a name") == 1


def test_inbox_is_the_default_route_without_a_vendor(otp):
    assert "ok\troutes\t* inbox\n" in otp("doctor", ENV="development").stdout


def test_invalid_settings_print_one_sentence_each(otp):
    result = otp("doctor", ENV="production")

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 8
    assert all(line.startswith("✗ OTP_") for line in result.stderr.splitlines())


def test_invalid_gateway_setting_is_named(otp, settings):
    result = otp("doctor", **settings, GATEWAYS__SMSTOOLS__SENDERR="Acme")

    assert result.exit_code == 2
    assert "OTP_GATEWAYS__SMSTOOLS__SENDERR: " in result.stderr


@pytest.mark.parametrize(
    ("countries", "sentence"),
    [
        ("GB", "GB is open; GG, IM, JE share its calling code and are closed"),
        ("US", "AG, AI, AS, BB, BM and"),
        ("GB,GG,IM,JE", None),
        ("NL", None),
    ],
)
def test_closed_countries_that_share_a_calling_code_are_named(otp, settings, countries, sentence):
    """A Jersey number begins with +44 and is refused where only GB is open."""
    output = " ".join(otp("doctor", **settings | {"COUNTRIES": countries}).stdout.split())

    assert ("share its calling code" in output) == bool(sentence)
    assert (sentence or "") in output


def test_doctor_describes_the_price_table(otp, settings):
    table = "gateway,country,price\ninbox,NL,0.0812\n*,BE,0.35\n"
    result = otp("doctor", **settings, COUNTRIES="NL,BE", PRICES=table, CURRENCY="USD")

    assert "ok\tprices\t2, in USD: 0.0812 (NL by inbox) to 0.35 (BE by *)\n" in result.stdout
    assert "warn\tprices" not in result.stdout


def test_doctor_names_what_is_sent_and_has_no_price(otp, settings):
    table = "gateway,country,price\ninbox,NL,0.08\n"
    result = otp("doctor", **settings, COUNTRIES="NL,BE,DE,FR,GB,IT,ES", PRICES=table)

    assert "warn\tprices\tinbox has none for BE, DE, ES, FR, GB and 1 more: each costs the highest" in result.stdout


def test_doctor_says_what_is_assumed_without_prices(otp, settings):
    assert "ok\tprices\tnone; the fraud guard takes each segment to cost 0.10;" in otp("doctor", **settings).stdout


@pytest.mark.parametrize(
    ("price", "sentence"),
    [
        ("0.0712 EUR", ""),
        ("0.11 EUR", "warn\tprices\tinbox reports 0.11 for NL, and the table has 0.08, which counts"),
        ("0.0712 USD", "warn\tprices\tinbox reports prices that do not count, like 0.0712 USD: only those in"),
    ],
)
async def test_doctor_compares_the_table_with_what_vendors_report(make_container, price, sentence):
    table = "gateway,country,price\ninbox,NL,0.08\ninbox,BE,0.09\n"
    async with make_container(countries="NL,BE", prices=table) as container:
        await open_message(container, gateway="inbox")
        accepted = Accepted("v-1", 1, price)
        charge = container.deliver_message.costs.of_accepted(accepted, gateway="inbox", country="NL")
        await record_outcome(container, accepted, gateway="inbox", charge=charge)

        learned = await container.reported_prices.read()
        found = find_prices(container.deliver_message.routes, make_settings(countries="NL,BE", prices=table), learned)

    warnings = ["\t".join(finding) for finding in found if finding[0] == "warn"]
    assert [warning.startswith(sentence) for warning in warnings] == ([True] if sentence else [])


def test_doctor_counts_the_prices_that_vendors_report():
    learned = LearnedPrices({("inbox", "NL"): 71_200, ("inbox", "BE"): 90_000}, {})
    table = "gateway,country,price\n*,NL,0.08\n"
    routes = Routes([[RouteStep("inbox")]], {})

    found = find_prices(routes, make_settings(countries="NL,BE", prices=table), learned)
    without_table = find_prices(routes, make_settings(countries="NL,BE"), learned)

    assert found[1:] == without_table[1:] == [("ok", "prices", "2 more as vendors report them")]


def test_hooks_are_listed_with_their_addresses_and_what_weakens_them(otp, settings):
    hooks = {name: HOOKS[name] for name in ("supabase", "zitadel")}
    hooks["zitadel"] = hooks["zitadel"] | {"verify": {"scheme": "path"}}
    result = otp("doctor", **settings | {"APPS": json.dumps(HOOK_APPS)}, HOOKS=json.dumps(hooks), COUNTRIES="NL")

    found = [line.split("\t") for line in result.stdout.splitlines() if "\thook " in line]
    assert [tuple(line[:2]) for line in found] == [
        ("ok", "hook supabase"),
        ("ok", "hook zitadel"),
        ("warn", "hook zitadel"),
        ("note", "hook zitadel"),
        ("note", "hook zitadel"),
    ]
    assert found[0][2] == f"supabase sends for codes by {PUBLIC_URL}/v1/hooks/supabase"
    assert found[1][2].endswith("/v1/hooks/zitadel/<secret>")
    assert SECRET not in result.stdout
