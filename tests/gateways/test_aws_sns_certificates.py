import asyncio

import pytest

from app.gateways.aws.sns import Certificates
from tests.support.sns import certificate, pem, private_key

OWNER = "aws"


class TestCertificates:
    """Each is fetched once, and a few are kept."""

    @pytest.fixture
    def asked(self):
        return []

    @pytest.fixture
    def certificates(self, asked):
        made = pem(certificate(OWNER))

        async def fetch(url):
            asked.append(url)
            await asyncio.sleep(0)
            if url == "away":
                raise ConnectionError
            return made if url != "none" else b"<html>"

        return Certificates(fetch)

    async def test_it_is_fetched_once_however_many_ask(self, certificates, asked):
        found = await asyncio.gather(*(certificates.find("one") for _ in range(20)))

        assert asked == ["one"]
        assert all(one.public_key() == private_key(OWNER).public_key() for one in found)

    async def test_what_is_no_certificate_is_not_kept(self, certificates, asked):
        assert [await certificates.find("none"), await certificates.find("none")] == [None, None]
        assert asked == ["none", "none"]

    async def test_a_failed_fetch_is_tried_again(self, certificates, asked):
        for _ in range(2):
            with pytest.raises(ConnectionError):
                await certificates.find("away")

        assert await certificates.find("one")
        assert asked == ["away", "away", "one"]

    async def test_the_last_eight_are_kept(self, certificates, asked):
        for name in "abcdefghi":
            await certificates.find(name)
        asked.clear()
        for name in "ihgfedcba":
            await certificates.find(name)

        assert asked == ["a"]
