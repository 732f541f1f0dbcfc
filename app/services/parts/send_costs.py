"""Compute what SMS cost: before a gateway is chosen, and when one has accepted the SMS."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from app.domain.app import App
from app.domain.message import Accepted
from app.domain.prices import Charge, Prices
from app.domain.route import Routes
from app.domain.sms_segments import measure
from app.domain.sms_templates import SmsTemplates
from app.services.parts.choose_language import language_at


@dataclass(slots=True, eq=False)
class SendCosts:
    """Computes the cost of one SMS; before it is sent, by the price of its route's first gateways."""

    prices: Prices
    routes: Routes
    _expected: dict[str, int] = field(default_factory=dict, init=False)  # by country

    def of(self, app: App, *, purpose: str, locale: str, country: str) -> int:
        """Return the expected cost in millionths of the currency; `locale` is "" for the country's default.

        The text is measured in its longest form, so a reference in it may make this one segment too much.
        """
        policy = app.policy
        segments = _count_segments(
            app.templates, purpose, locale or language_at(country), policy.code_length, policy.code_lifetime
        )
        return self._expected_price(country) * segments

    def of_text(self, text: str, app: App, *, country: str) -> int:
        """Return the same for a template that a caller wrote."""
        policy = app.policy
        longest = app.templates.longest(text, code_length=policy.code_length, code_lifetime=policy.code_lifetime)
        return self._expected_price(country) * measure(longest).segments

    def of_finished(self, text: str, *, country: str) -> int:
        """Return the same for a finished text."""
        return self._expected_price(country) * measure(text).segments

    def of_accepted(self, accepted: Accepted, *, gateway: str, country: str) -> Charge:
        """Return what a message costs that this gateway has accepted."""
        expected = self.prices.of(gateway, country) * (accepted.segments or 1)
        return self.prices.charge(accepted.price or "", expected=expected)

    def of_reported(self, price: str) -> Charge:
        """Return what a message costs by a delivery report; "" if the report names no price."""
        return self.prices.charge(price)

    def learn(self, reported: Mapping[tuple[str, str], int]) -> None:
        """Take the prices that vendors reported, by gateway and country, from now on; those not believed are left out.

        The table may have changed since they were stored.
        """
        least, most = self.prices.believed()
        believed = {pair: price for pair, price in reported.items() if least <= price <= most}
        if believed != self.prices.reported:
            self.prices = replace(self.prices, reported=believed)
            self._expected.clear()

    def _expected_price(self, country: str) -> int:
        price = self._expected.get(country)
        if price is None:
            price = self._expected[country] = self.prices.expected(self.routes.of(country), country)
        return price


@lru_cache(maxsize=2048)  # backends send few different purposes
def _count_segments(templates: SmsTemplates, purpose: str, locale: str, code_length: int, code_lifetime: int) -> int:
    # A template with the reference is skipped where the reference is unsafe; "0" is a safe one.
    template = templates.template(purpose, locale, reference="0")
    return measure(templates.longest(template, code_length=code_length, code_lifetime=code_lifetime)).segments
