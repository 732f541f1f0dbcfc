"""Our messages for pydantic's validation errors."""

from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from app.settings.messages import describe_error


class Fields(BaseModel):
    """A model with one field of every type."""

    model_config = ConfigDict(extra="forbid")

    needed: str
    word: Literal["red", "blue"] = "red"
    seconds: Annotated[int, Ge(1), Le(2_592_000)] = 1
    share: Annotated[float, Ge(0.1), Le(10)] = 1
    is_on: bool = False
    names: list[str] = []
    countries: frozenset[str] = frozenset()
    by_name: dict[str, str] = {}
    inner: "Fields | None" = None
    ours: str = ""

    @field_validator("ours")
    @classmethod
    def _refuse(cls, text):
        raise ValueError("give something else.")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"needed": None}, "write it as text, in quotes"),
        ({"needles": "x"}, "there is no such field"),
        ({"word": "green"}, "write 'red' or 'blue'"),
        ({"seconds": "soon"}, "write a whole number"),
        ({"seconds": "9" * 5000}, "write a whole number"),
        ({"seconds": "1.5"}, "write a whole number"),
        ({"seconds": 0}, "give at least 1"),
        ({"seconds": 2_592_001}, "give at most 2592000"),
        ({"share": "much"}, "write a number"),
        ({"share": 0}, "give at least 0.1"),
        ({"share": 11}, "give at most 10"),
        ({"is_on": "perhaps"}, "write true or false"),
        ({"names": "x"}, "write a list, in brackets"),
        ({"countries": 31}, "write a list, in brackets"),
        ({"by_name": []}, "write an object, in braces"),
        ({"inner": []}, "write an object, in braces"),
        ({"inner": {}}, "it is missing"),
        ({"ours": "x"}, "give something else"),
    ],
)
def test_validation_error_has_our_message(given, message):
    with pytest.raises(ValidationError) as error:
        Fields(**{"needed": "x", **given})

    assert [describe_error(detail) for detail in error.value.errors()] == [message]
