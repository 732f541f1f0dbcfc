"""A file that is checked and sent as the command does, on the container of the test."""

import pytest

from tests.support.bulk import Bulk


@pytest.fixture
def bulk(container, tmp_path):
    return Bulk(container, tmp_path / "rows.csv")
