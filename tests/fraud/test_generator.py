"""The generator of weeks: it repeats itself, its numbers exist, and its people behave as asked."""

from collections import Counter
from itertools import islice, pairwise

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from tests.fraud.attack_weeks import ATTACKS
from tests.fraud.destinations import COSTS, block_of, stream
from tests.fraud.evaluation import KINDS, play
from tests.fraud.honest_weeks import DAY, HONEST, quiet
from tests.fraud.people import make_population, make_roamer
from tests.fraud.protocol import OUTCOMES, OpenService

SIZE = 40
FIELDS = {"id", "t", "number", "country", "address", "app", "purpose", "cost", "key", "device", "resend", "type"}


@pytest.fixture(scope="module")
def lines():
    """All lines of a small week of each kind, and its figures, where every request is let through."""
    return {kind: play_open(kind) for kind in KINDS if kind != "month"}


def play_open(kind, seed="s1"):
    service = OpenService()
    figures = play(KINDS[kind](seed, SIZE), seed, service)
    return service.lines, figures


@pytest.mark.parametrize("kind", ["mixed", "farmed", pytest.param("quiet", marks=pytest.mark.long)])
def test_a_seed_gives_the_same_lines_and_another_seed_gives_others(kind, lines):
    assert play_open(kind)[0] == lines[kind][0]
    assert play_open(kind, "s2")[0] != lines[kind][0]


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"month"}))
def test_lines_follow_the_protocol(kind, lines):
    """Time never goes back, an outcome belongs to a request before it, and a resend to the same number."""
    asked = {}
    for line in lines[kind][0]:
        if line["type"] == "request":
            assert line.keys() == FIELDS
            assert line["resend"] is None or asked[line["resend"]]["number"] == line["number"]
            asked[line["id"]] = line
        else:
            assert line.keys() == {"type", "id", "t", "outcome"}
            assert line["outcome"] in OUTCOMES
            assert asked[line["id"]]["t"] <= line["t"]
    assert all(before["t"] <= after["t"] for before, after in pairwise(lines[kind][0]))
    assert len(asked) > SIZE


def test_every_number_exists_and_belongs_to_its_country(lines):
    """The service would refuse others before it judges them; libphonenumber decides, beside the service's own code."""
    numbers = {
        (line["number"], line["country"])
        for of_kind, _ in lines.values()
        for line in islice(of_kind, 200)
        if line["type"] == "request"
    }

    for number, country in numbers:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_valid_number_for_region(parsed, country)
        assert phonenumbers.number_type(parsed) in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    assert {country for _, country in numbers} <= COSTS.keys()


def test_people_of_a_country_are_approved_as_often_as_it_converts():
    """Apart from the few whose SMS are all lost, or who take too long."""
    week = quiet("rates", 700)
    sittings = list(week.sittings())
    play_sittings(sittings)

    for market in week.population.markets:
        of_country = [sitting.is_approved for sitting in sittings if sitting.country == market.country]
        if len(of_country) > 700:
            assert sum(of_country) / len(of_country) == pytest.approx(market.converts - 0.03, abs=0.06)


def play_sittings(sittings):
    from tests.fraud.simulation import Run  # noqa: PLC0415  imports tests.fraud itself

    return Run(OpenService()).play(sittings)


def test_a_launch_brings_ten_times_as_many_people_of_one_country():
    week = KINDS["launch"]("s1", 300).week
    (country,) = {
        market.country for market in week.population.markets for h in range(168) if week.crowd(market, h * 3600) > 1
    }
    (market,) = (market for market in week.population.markets if market.country == country)
    crowded = {hour for hour in range(168) if week.crowd(market, hour * 3600) == 10}
    people = Counter(int(sitting.start // 3600) for sitting in week.sittings() if sitting.country == country)
    same_hours = {hour + 24 * day for hour in crowded for day in range(-6, 7)} - crowded
    usual = sum(people[hour] for hour in same_hours) / 6

    assert 5 <= len(crowded) <= 6
    assert sum(people[hour] for hour in crowded) == pytest.approx(10 * usual, rel=0.3)


def test_a_country_that_opens_has_no_people_before(lines):
    people = [line for line in lines["opened"][0] if line["type"] == "request"]
    first = {}
    for line in people:
        first.setdefault(line["country"], line["t"])

    assert max(first.values()) > 2 * DAY


def test_an_outage_loses_all_sms_and_people_ask_again(lines):
    approved = [line["t"] for line in lines["outage"][0] if line.get("outcome") == "approved"]
    asked = [line for line in lines["outage"][0] if line["type"] == "request"]
    usual = [line for line in lines["quiet"][0] if line["type"] == "request"]

    assert max(after - before for before, after in pairwise(approved)) > 3 * 3600
    assert len(asked) > len(usual)


def test_most_people_behind_carriers_share_addresses():
    shared = {}
    for kind in ("quiet", "carried"):
        addresses = Counter(sitting.steps.send(None).address for sitting in KINDS[kind]("s1", 100).week.sittings())
        shared[kind] = sum(count for count in addresses.values() if count > 5) / addresses.total()

    assert shared["quiet"] < 0.5 < shared["carried"]


@pytest.mark.parametrize("kind", ATTACKS)
def test_an_attack_costs_money_and_its_honest_people_are_those_of_the_week(kind, lines):
    """Without a defence nothing of it is stopped, and no person is refused."""
    _, figures = lines[kind]

    assert figures.cost == pytest.approx(figures.passed_cost)
    assert figures.cost > 5
    assert (figures.attacks, figures.stop_after, figures.refused, figures.challenged) == (1, (), 0, 0)
    assert figures.sittings > 4 * SIZE


@pytest.mark.parametrize(
    ("kind", "blocks", "countries"), [("fast", 1, 1), ("wide", 60, 12), ("typed", 4, 1), ("home", (2, 5), 1)]
)
def test_an_attack_has_the_blocks_and_countries_of_its_description(kind, blocks, countries):
    numbers = {(number, country) for attack in KINDS[kind]("s1", SIZE).attacks for number, country in picks(attack)}
    low, high = blocks if isinstance(blocks, tuple) else (blocks, blocks)

    assert low <= len({block_of(number) for number, _ in numbers}) <= high
    assert len({country for _, country in numbers}) == countries


def picks(attack):
    random = stream("picks")
    return [attack.picker.pick(random) for _ in range(2000)]


def test_a_moving_attacker_leaves_a_block_only_when_it_is_refused():
    (attack,) = KINDS["moving"]("s1", SIZE).attacks
    random = stream("moving")
    stayed = {block_of(attack.picker.pick(random)[0]) for _ in range(20)}
    attack.picker.learn_refusal(random)

    assert len(stayed) == 1
    assert block_of(attack.picker.pick(random)[0]) not in stayed


def test_homes_are_dense_in_few_blocks_or_spread_over_many():
    """A small country's people share blocks; a large country's hardly do."""
    blocks = [
        len(
            {
                block_of(person.number)
                for people in make_population("s1", 60, density=density).regulars.values()
                for person in people
            }
        )
        for density in (30, 600)
    ]

    assert blocks[0] * 2 < blocks[1]


def test_roamers_come_from_all_over_the_world():
    random = stream("roamers")

    assert len({make_roamer(random).country for _ in range(500)}) > len(COSTS) * 0.9


@pytest.mark.parametrize("kind", sorted(HONEST.keys() - {"night", "month"}))
def test_an_honest_week_has_about_the_sittings_it_is_asked_for(kind, lines):
    _, figures = lines[kind]

    assert SIZE * 7 * 0.85 < figures.sittings < SIZE * 7 * 1.8
    assert figures.attacks == 0
