"""Proofs: signing, redeeming, introspection and forgeries."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from app.services.parts.proof_tokens import public_keys
from tests.support.actions import check, introspect, redeem, start_with_code
from tests.support.builders import PHONE, PUBLIC_URL
from tests.support.secrets import make_secret
from tests.support.stores import on_both_stores

# joserfc prefers the newer name of the algorithm (RFC 9864), which few libraries know yet.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")


@pytest.fixture
async def approval(container):
    id, code = await start_with_code(container, reference="cart-77")
    return await check(container, code, id=id)


def keys_of(container):
    """Return the JWKS as another backend reads it."""
    return KeySet.import_key_set(json.loads(json.dumps(public_keys(container.keyring))))


def parts_of(proof):
    return [json.loads(urlsafe_b64decode(part + "==")) for part in proof.split(".")[:2]]


def encode(part):
    return urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def sign_with(key, header, claims):
    return jwt.encode(header, claims, key, algorithms=["EdDSA"])


async def test_another_library_verifies_a_proof_offline(container, clock, approval):
    token = jwt.decode(approval.proof, keys_of(container), algorithms=["EdDSA"])

    at = clock() // 1000
    assert token.header == {"alg": "EdDSA", "typ": "phone-verification+jwt", "kid": "dev"}
    assert token.claims.pop("jti").startswith("pr_")
    assert token.claims == {
        "iss": PUBLIC_URL,
        "aud": "dev",
        "sub": PHONE,
        "iat": at,
        "exp": at + 300,
        "purpose": "login",
        "nonce": "cart-77",
        "verification_id": approval.verification.id,
        "amr": ["sms"],
        "assurance": "restricted",
    }


async def test_a_proof_is_redeemed_once(container, approval):
    assert (await introspect(container, approval.proof))["sub"] == PHONE
    assert (await redeem(container, approval.proof))["verification_id"] == approval.verification.id

    assert await redeem(container, approval.proof) is None
    assert await introspect(container, approval.proof) is None


@on_both_stores
async def test_racing_redemptions_succeed_once(container, approval):
    answers = await asyncio.gather(*(redeem(container, approval.proof) for _ in range(20)))

    assert [answer is not None for answer in answers].count(True) == 1


async def test_a_proof_is_invalid_for_another_app_and_stays_redeemable(container, approval):
    assert await redeem(container, approval.proof, app="bank") is None

    assert await redeem(container, approval.proof)


async def test_an_expired_proof_is_invalid(container, clock):
    clock.tick(seconds=-301)
    id, code = await start_with_code(container)
    proof = (await check(container, code, id=id)).proof

    assert await introspect(container, proof) is None
    assert await redeem(container, proof) is None


async def test_a_proof_signed_ahead_of_this_clock_is_valid(container, clock):
    """Redis' clock signs; it may be up to 2 s ahead of this machine's."""
    clock.tick(seconds=2)
    id, code = await start_with_code(container)

    assert await redeem(container, (await check(container, code, id=id)).proof)


async def test_forged_proofs_are_invalid(container, approval):
    """Another key, another claim, no algorithm, a public key as a secret, another type, an unknown key."""
    header, claims = parts_of(approval.proof)
    signature = approval.proof.split(".")[2]
    stranger = OKPKey.generate_key("Ed25519")
    ours = OKPKey.import_key({**public_keys(container.keyring)["keys"][0]})
    forged = [
        sign_with(stranger, header, claims),
        f"{encode(header)}.{encode(claims | {'sub': '+31687654321'})}.{signature}",
        f"{encode(header | {'alg': 'none'})}.{encode(claims)}.",
        f"{encode(header | {'alg': 'none'})}.{encode(claims)}.{signature}",
        f"{encode(header | {'kid': 'other'})}.{encode(claims)}.{signature}",
        f"{encode(header | {'kid': None})}.{encode(claims)}.{signature}",
        f"{encode(header | {'kid': ['dev']})}.{encode(claims)}.{signature}",
        f"{encode(header | {'alg': 'HS256'})}.{encode(claims)}.{signature}",
        f"{encode([])}.{encode(claims)}.{signature}",
        approval.proof[:-4],
        approval.proof + "x",
        f"{approval.proof}.{signature}",
        ours.as_dict()["x"],
        "",
        "..",
        "a.b.c",
        "ключ",
        "\x00" * 100,
    ]

    for proof in forged:
        assert await introspect(container, proof) is None, proof
        assert await redeem(container, proof) is None, proof


@pytest.mark.parametrize(
    "changes",
    [{"typ": "JWT"}, {"typ": None}, {"kid": "other"}],
    ids=["another type", "no type", "an unknown key"],
)
async def test_a_token_of_another_type_is_no_proof(container, approval, changes):
    """A key that also signs other tokens must not create proofs by that (RFC 8725 §3.11)."""
    header, claims = parts_of(approval.proof)
    header = {name: value for name, value in (header | changes).items() if value is not None}
    data = f"{encode(header)}.{encode(claims)}"
    signature = urlsafe_b64encode(container.keyring.newest.sign.sign(data.encode())).rstrip(b"=").decode()

    assert await redeem(container, f"{data}.{signature}") is None


@pytest.mark.parametrize("missing", ["exp", "iat", "jti", "aud", "iss", "sub"])
async def test_a_proof_without_a_required_claim_is_invalid(container, approval, missing):
    header, claims = parts_of(approval.proof)
    del claims[missing]
    data = f"{encode(header)}.{encode(claims)}"
    signature = urlsafe_b64encode(container.keyring.newest.sign.sign(data.encode())).rstrip(b"=").decode()

    assert await redeem(container, f"{data}.{signature}") is None


async def test_the_jwks_publishes_all_keys_in_rotation_and_nothing_private(make_container):
    old, new = make_secret("old"), make_secret("new")
    async with make_container(secrets=f"{new},{old}") as container:
        keys = public_keys(container.keyring)["keys"]

    assert [key["kid"] for key in keys] == ["new", "old"]
    assert {frozenset(key) for key in keys} == {frozenset({"kty", "crv", "use", "alg", "kid", "x"})}


async def test_a_pairwise_subject_hides_the_number(make_container):
    async with make_container(proof_subject="pairwise") as container:
        id, code = await start_with_code(container)
        claims = await redeem(container, (await check(container, code, id=id)).proof)

    assert claims["sub"] == container.keyring.pairwise("dev", PHONE)
    assert "612345678" not in json.dumps(claims)


async def test_the_proof_of_a_test_number_has_amr_test(make_container):
    async with make_container(test_numbers=f"{PHONE}=042137@2099-12-31") as container:
        id, _ = await start_with_code(container)
        claims = await redeem(container, (await check(container, "042137", id=id)).proof)

    assert claims["amr"] == ["test"]
    assert "nonce" not in claims
