"""The cache of SNS certificates."""

import asyncio

import pytest

from app.gateways.aws.sns import Certificates
from tests.support.sns import certificate, pem, private_key

OWNER = "aws"


class TestCertificates:
    """Each certificate is fetched once, and a few are cached."""

    @pytest.fixture
    def fetched_urls(self):
        return []

    @pytest.fixture
    def certificates(self, fetched_urls):
        made = pem(certificate(OWNER))

        async def fetch(url):
            fetched_urls.append(url)
            await asyncio.sleep(0)
            if url == "away":
                raise ConnectionError
            return made if url != "none" else b"<html>"

        return Certificates(fetch)

    async def test_concurrent_requests_fetch_a_certificate_once(self, certificates, fetched_urls):
        found = await asyncio.gather(*(certificates.find("one") for _ in range(20)))

        assert fetched_urls == ["one"]
        assert all(one.public_key() == private_key(OWNER).public_key() for one in found)

    async def test_an_invalid_certificate_is_not_cached(self, certificates, fetched_urls):
        assert [await certificates.find("none"), await certificates.find("none")] == [None, None]
        assert fetched_urls == ["none", "none"]

    async def test_a_failed_fetch_is_retried_on_the_next_request(self, certificates, fetched_urls):
        for _ in range(2):
            with pytest.raises(ConnectionError):
                await certificates.find("away")

        assert await certificates.find("one")
        assert fetched_urls == ["away", "away", "one"]

    async def test_the_last_eight_certificates_are_cached(self, certificates, fetched_urls):
        for name in "abcdefghi":
            await certificates.find(name)
        fetched_urls.clear()
        for name in "ihgfedcba":
            await certificates.find(name)

        assert fetched_urls == ["a"]
