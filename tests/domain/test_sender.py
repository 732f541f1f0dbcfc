"""Senders: which texts are one, and which of them a vendor takes."""

import re

import pytest

from app.domain.sender import ANY_NAME, PLAIN_NAME, is_name, is_sender, is_taken

NAMES = ["Acme", "Acme 2", "2FA", "A", "ABCDEFGHIJK", "A-B", "A_B", "A&B", "A+B"]
NUMBERS = ["+31612345678", "+1", "123", "12345678"]
NEITHER = ["", " ", " Acme", "Acme ", "ABCDEFGHIJKL", "Ácme", "A!B", "12", "123456789", "31612345678", "+", "+-", "-"]


@pytest.mark.parametrize("sender", NAMES)
def test_a_name_is_a_sender_and_a_name(sender):
    assert (is_sender(sender), is_name(sender), is_taken(sender, ANY_NAME)) == (True, True, True)


@pytest.mark.parametrize("sender", NUMBERS)
def test_a_number_or_short_code_is_a_sender_that_every_vendor_takes(sender):
    assert (is_sender(sender), is_name(sender), is_taken(sender, re.compile(""))) == (True, False, True)


@pytest.mark.parametrize("sender", NEITHER)
def test_another_text_is_no_sender(sender):
    assert (is_sender(sender), is_name(sender), is_taken(sender, ANY_NAME)) == (False, False, False)


@pytest.mark.parametrize(("sender", "is_plain"), [("Acme 2", True), ("A-B", False), ("A_B", False), ("A&B", False)])
def test_a_name_with_a_sign_is_not_taken_by_every_vendor(sender, is_plain):
    assert is_taken(sender, PLAIN_NAME) is is_plain
