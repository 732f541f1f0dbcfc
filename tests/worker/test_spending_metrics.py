"""The metric of what the day has cost."""

from app.metrics.families import MAX_APPS, REGISTRY, Measured
from app.worker.spending_metrics import SpendingMetrics

DAY_S = 86_400


class FakeSpending:
    """What days have cost, by their number."""

    def __init__(self, days):
        self.days = days

    async def of_day(self, day):
        return self.days.get(day, {})


def shown(app, country):
    return REGISTRY.get_sample_value("otp_spend", {"app": app, "country": country})


async def test_each_app_and_country_is_shown_in_the_currency_and_ends_with_the_day():
    now = [100 * DAY_S]
    spending = FakeSpending({100: {("spend_a", "NL"): 80_000, ("spend_a", "BE"): 1}, 101: {("spend_a", "NL"): 5}})
    show = SpendingMetrics(spending, lambda: now[0])

    await show()
    assert (shown("spend_a", "NL"), shown("spend_a", "BE")) == (0.08, 0.000001)

    now[0] += DAY_S
    await show()
    assert (shown("spend_a", "NL"), shown("spend_a", "BE")) == (0.000005, 0)


async def test_apps_beyond_the_first_fifty_are_added_up():
    metric = Measured("otp_test_spend", "A test", "app", "country")
    costs = {(f"app_{number}", "NL"): 1_000_000 for number in range(MAX_APPS + 10)}

    await SpendingMetrics(FakeSpending({0: costs}), lambda: 0, metric)()

    assert REGISTRY.get_sample_value("otp_test_spend", {"app": "other", "country": "NL"}) == 10
