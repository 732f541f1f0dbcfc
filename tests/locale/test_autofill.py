"""The autofill line of every SMS text binds the code to the host."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.sms_templates import SmsTemplates, is_misleading
from app.domain.template import read_template
from app.domain.transliteration import Transliteration
from app.locale import shipped_texts
from tests.support.autofill import bound_code, first_bound_code

CODES = st.text("0123456789", min_size=4, max_size=10)
LABELS = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
BRANDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="{}@"), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("747723 is your ExampleCo authentication code.\n\n@example.com #747723", ("example.com", "747723")),
        ("747723 is it.\n\n@example.com #747723 @ecommerce.example", ("example.com", "747723")),
        ("747723 is it.\n\n@example.com #747723 FA+9qCX9VSu", ("example.com", "747723")),
        ("747723 is it.\n\n@example.com #747723 $future", ("example.com", "747723")),
        ("something @example.com #747723", None),
        ("#747723 @ecommerce.example @example.com", None),
        ("@example.com code #747723", None),
        ("@example.com  #747723", None),
        ("@ #747723", None),
        ("@example.com #", None),
        ("@example.com #747723\n", None),
    ],
)
def test_bound_code_follows_the_specification(text, expected):
    """WICG sms-one-time-codes, §§2 and 3, including its examples."""
    assert bound_code(text) == expected


@pytest.mark.parametrize("locale", sorted(shipped_texts()))
@given(code=CODES, host=HOSTS, brand=BRANDS, android_hash=st.sampled_from(["", "FA+9qCX9VSu"]))
@example(code="042137", host="a.b", brand="{code}", android_hash="")
def test_every_shipped_text_binds_the_code_to_the_host(locale, code, host, brand, android_hash):
    for text in shipped_texts()[locale]:
        for spelling in Transliteration:
            templates = SmsTemplates(brand, host, (), {"en": text}, android_hash=android_hash, spelling=spelling)

            written = templates.write(text, code=code, valid_for=300)
            assert bound_code(written) == (host, code)
            assert is_misleading(written) or first_bound_code(written) == (host, code)


@given(
    code=CODES,
    host=HOSTS,
    brand=BRANDS,
    before=WORDS,
    after=WORDS,
    reference=st.from_regex(r"[a-z][a-zA-Z0-9_ -]{0,18}[a-z]", fullmatch=True),
)
def test_any_custom_text_binds_the_code_to_the_host(code, host, brand, before, after, reference):
    """Neither text above the last line nor any value hides it."""
    text = read_template(f"{before} {{code}} {after} {{brand}} {{reference}}")
    templates = SmsTemplates(brand, host, [{"pay": {"*": text}}], {})

    written = templates.write(
        templates.template("pay", "nl", reference=reference), code=code, valid_for=60, reference=reference
    )
    assert bound_code(written) == (host, code)
