"""`otp guard status`, `allow` and `block`."""

import asyncio

import pytest

from app.container import open_container
from tests.support.actions import start_verification
from tests.support.builders import make_settings

GUARD = {"GUARD": "enforce"}


@pytest.fixture
def pumped(engine_url, tag):
    """Use up what a country without approvals may cost, and name one block."""

    async def pump():
        async with open_container(make_settings(engine_url, tag, guard="monitor")) as container:
            for block in range(22):
                await start_verification(container, f"+316{1000 + block}5678")
            await start_verification(container, "+31610009999")
            return f"b_{container.store.encryption.name_block('+31610005678', app='dev')}"

    return asyncio.run(pump())


def test_a_rule_is_shown_until_it_ends(otp, settings):
    assert otp("guard", "block", "LV", "--until", "2099-12-31", **settings, **GUARD).stdout == "Blocked.\n"
    assert otp("guard", "allow", "+3161234xxxx", "--app", "dev", **settings, **GUARD).stdout == "Allowed.\n"

    rows = [line.split("\t") for line in otp("guard", "status", **settings, **GUARD).stdout.splitlines()]
    rules = {row[2][:2]: row for row in rows if row[0] == "rule" and row[1] == "dev"}
    assert rules["LV"][4] == "block"
    assert rules["LV"][8] == "2100-01-01T00:00:00Z"
    assert rules["b_"][4] == "allow"
    assert rules["b_"][8] == "-"

    assert otp("guard", "allow", "LV", "--until", "now", **settings, **GUARD).stdout == "Ended.\n"
    assert otp("guard", "allow", "LV", "--until", "now", **settings, **GUARD).stdout == "There was no such rule.\n"
    assert "LV" not in otp("guard", "status", **settings, **GUARD).stdout


def test_what_was_decided_is_shown_with_its_evidence(otp, settings, pumped):
    output = otp("guard", "status", **settings).stdout

    rows = [line.split("\t") for line in output.splitlines()]
    watched = next(row for row in rows if row[0] == "watch")
    assert watched[1:6] == ["dev", "NL", "NL", "block", "monitor"]
    assert watched[-1] == "novelty"
    assert next(row for row in rows if row[0] == "country")[2] == "NL"
    assert "31610" not in output


def test_the_status_has_what_the_day_has_cost(otp, settings, engine_url, tag):
    async def spend():
        async with open_container(make_settings(engine_url, tag)) as container:
            day = int(container.clock() // 86_400)
            key = container.store.key("spending", container.spending.currency, str(day))
            await container.store.redis.hset(key, "shop/NL", 12_340_000)

    asyncio.run(spend())

    (row,) = otp("guard", "status", **settings).stdout.splitlines()
    assert row.split("\t")[:3] == ["spent", "shop", "NL"]
    assert row.split("\t")[-1] == "12.34 EUR today"


def test_a_block_is_allowed_by_the_name_that_the_status_shows(otp, settings, pumped):
    assert otp("guard", "allow", pumped, "--app", "dev", **settings, **GUARD).exit_code == 0

    assert pumped in otp("guard", "status", **settings, **GUARD).stdout


@pytest.mark.parametrize("subject", ["ZZ", "UK", "nl", "+31612345678", "+3161234xxx", "+xxxx", "b_short", "", "shop"])
def test_what_is_no_destination_is_refused_and_changes_nothing(otp, settings, subject):
    result = otp("guard", "block", subject, **settings, **GUARD)

    assert result.exit_code == 2
    assert result.stderr.startswith("✗ ")
    assert "rule" not in otp("guard", "status", **settings, **GUARD).stdout


@pytest.mark.parametrize("options", [("--until", "tomorrow"), ("--until", "2026-02-30"), ("--app", "nosuch")])
def test_a_wrong_option_is_refused(otp, settings, options):
    result = otp("guard", "block", "LV", *options, **settings, **GUARD)

    assert result.exit_code == 2
    assert result.stderr.startswith("✗ ")


def test_a_rule_says_that_it_waits_for_enforce(otp, settings):
    result = otp("guard", "block", "LV", **settings)

    assert result.stderr.startswith("The guard is in monitor mode")
