"""Compute what a send is expected to cost, before a gateway is chosen."""

from dataclasses import dataclass
from functools import lru_cache

from app.domain.app import App
from app.domain.prices import Prices
from app.domain.route import Routes
from app.domain.sms_segments import measure
from app.domain.sms_templates import SmsTemplates
from app.services.parts.choose_language import language_at


@dataclass(frozen=True, slots=True, eq=False)  # a part of a cache key, compared by identity
class SendCosts:
    """Computes the cost of one SMS by the price of its route's first gateways."""

    prices: Prices
    routes: Routes

    def of(self, app: App, *, purpose: str, locale: str, country: str) -> int:
        """Return the expected cost in millionths of the currency; `locale` is "" for the country's default.

        The text is measured in its longest form, so a reference in it may make this one segment too much.
        """
        policy = app.policy
        segments = _count_segments(
            app.templates, purpose, locale or language_at(country), policy.code_length, policy.code_lifetime
        )
        return _expected_price(self, country) * segments


@lru_cache(maxsize=1024)  # one entry for each country
def _expected_price(costs: SendCosts, country: str) -> int:
    return costs.prices.expected(costs.routes.of(country), country)


@lru_cache(maxsize=2048)  # backends send few different purposes
def _count_segments(templates: SmsTemplates, purpose: str, locale: str, code_length: int, code_lifetime: int) -> int:
    # A template with the reference is skipped where the reference is unsafe; "0" is a safe one.
    template = templates.template(purpose, locale, reference="0")
    return measure(templates.longest(template, code_length=code_length, code_lifetime=code_lifetime)).segments
