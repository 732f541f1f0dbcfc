"""Proof redemption, introspection and public keys, checked with a second JWT library."""

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from tests.support.api_calls import assert_problem, bearer, error_pointers, new_verification_id, post_verify_code
from tests.support.builders import PHONE, PUBLIC_URL

CLAIMS = {
    "iss",
    "aud",
    "sub",
    "iat",
    "exp",
    "jti",
    "purpose",
    "nonce",
    "verification_id",
    "amr",
    "assurance",
}


async def new_proof(client, **more):
    """Request and verify a code; return the proof."""
    id = await new_verification_id(client, **more)
    return (await post_verify_code(client, id, key=more.get("key"))).json()["proof"]


async def post_proof(client, action, proof, *, key=None):
    return await client.post(f"/v1/proofs/{action}", json={"proof": proof}, headers=bearer(key))


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864 renames it, but few libraries support the new name
async def test_proof_verifies_with_the_public_keys(client, clock):
    proof = await new_proof(client, reference="cart-77")
    keys = KeySet.import_key_set((await client.get("/.well-known/jwks.json", headers={"Authorization": ""})).json())

    token = jwt.decode(proof, keys, algorithms=["EdDSA"], registry=JWSRegistry(algorithms=["EdDSA"]))

    claims = token.claims
    assert token.header == {"alg": "EdDSA", "typ": "phone-verification+jwt", "kid": "dev"}
    assert set(claims) == CLAIMS
    assert (claims["iss"], claims["aud"], claims["sub"]) == (PUBLIC_URL, "dev", PHONE)
    assert (claims["purpose"], claims["nonce"], claims["assurance"]) == ("login", "cart-77", "restricted")
    assert claims["amr"] == ["test"]
    assert (claims["iat"], claims["exp"] - claims["iat"]) == (clock() // 1000, 300)


async def test_proof_without_reference_has_no_nonce(client):
    body = (await post_proof(client, "introspect", await new_proof(client))).json()

    assert set(body) == CLAIMS - {"nonce"} | {"active"}


async def test_proof_is_redeemed_once(client):
    proof = await new_proof(client)

    first, second = [await post_proof(client, "redeem", proof) for _ in range(2)]

    assert (first.status_code, first.json()["active"], first.json()["sub"]) == (200, True, PHONE)
    assert (second.status_code, second.json()) == (200, {"active": False})


async def test_introspection_does_not_redeem_a_proof(client):
    proof = await new_proof(client)

    introspected = [(await post_proof(client, "introspect", proof)).json()["active"] for _ in range(2)]
    redeemed = (await post_proof(client, "redeem", proof)).json()["active"]
    after = (await post_proof(client, "introspect", proof)).json()

    assert (introspected, redeemed, after) == ([True, True], True, {"active": False})


async def test_invalid_proofs_are_not_active(client, subtests):
    for action in ["redeem", "introspect"]:
        for proof in [
            "x",
            "a.b.c",
            "....",
            "eyJhbGciOiJub25lIn0.e30.",
            "eyJhbGciOiJFZERTQSIsImtpZCI6ImRldiJ9.e30.AAAA",
            "eyJraWQiOltdfQ.e30.",
            "eyJraWQiOnsiYSI6MX0sInR5cCI6InBob25lLXZlcmlmaWNhdGlvbitqd3QifQ.e30.AAAA",
            "W10.e30.AAAA",
            "\x00",
            "✓" * 100,
        ]:
            with subtests.test(f"{action!r} {proof!r}"):
                response = await post_proof(client, action, proof)

                assert (response.status_code, response.json()) == (200, {"active": False})


async def test_modified_proof_is_not_active(client):
    head, body, signature = (await new_proof(client)).split(".")

    for forged in (f"{head}.{body}.{signature[::-1]}", f"{head}.{body[::-1]}.{signature}", f"{head}.{body}."):
        assert (await post_proof(client, "redeem", forged)).json() == {"active": False}


async def test_proof_of_another_app_is_not_active_and_not_redeemed(client):
    proof = await new_proof(client)

    assert (await post_proof(client, "redeem", proof, key="sk_shop")).json() == {"active": False}
    assert (await post_proof(client, "redeem", proof)).json()["active"]


async def test_proof_routes_refuse_publishable_keys(client, subtests):
    for action in ["redeem", "introspect"]:
        with subtests.test(repr(action)):
            proof = await new_proof(client, key="pk_dev")

            assert_problem(await post_proof(client, action, proof, key="pk_dev"), 403, "forbidden")


async def test_body_without_a_valid_proof_field_is_refused(client, subtests):
    for body in [{}, {"proof": ""}, {"proof": "x" * 4097}, {"proof": None}, {"proof": 1}]:
        with subtests.test(repr(body)):
            assert error_pointers(await client.post("/v1/proofs/redeem", json=body)) == ["/proof"]


async def test_jwks_is_public_and_cacheable(client):
    response = await client.get("/.well-known/jwks.json", headers={"Authorization": ""})

    (key,) = response.json()["keys"]
    assert set(key) == {"kty", "crv", "use", "alg", "kid", "x"}
    assert response.headers["cache-control"] == "public, max-age=300"


async def test_pairwise_subject_hides_the_number(run_service):
    async with run_service(proof_subject="pairwise") as service:
        body = (await post_proof(service.client, "introspect", await new_proof(service.client))).json()

    assert body["active"]
    assert "612345678" not in str(body)


async def test_proof_routes_need_a_key(client, subtests):
    for path in ["/v1/proofs/redeem", "/v1/proofs/introspect"]:
        with subtests.test(repr(path)):
            assert_problem(
                await client.post(path, json={"proof": "x"}, headers={"Authorization": ""}), 401, "unauthorized"
            )


async def redeem_with_key(client, proof, key):
    return await client.post("/v1/proofs/redeem", json={"proof": proof}, headers={"Idempotency-Key": key})


async def test_a_repeated_redemption_gets_the_first_answer_for_a_minute(client, clock):
    """A backend whose response was lost must not lose its user."""
    proof = await new_proof(client)
    first = await redeem_with_key(client, proof, "key-1")

    assert first.json()["active"] is True
    assert (await redeem_with_key(client, proof, '"key-1"')).json() == first.json()
    assert (await redeem_with_key(client, proof, "key-2")).json() == {"active": False}
    assert (await post_proof(client, "redeem", proof)).json() == {"active": False}
    assert (await redeem_with_key(client, proof, "key-2")).json() == {"active": False}


async def test_a_redemption_key_belongs_to_one_proof_and_one_app(client):
    proof, other = await new_proof(client), await new_proof(client)
    await redeem_with_key(client, proof, "key-1")

    assert_problem(await redeem_with_key(client, other, "key-1"), 422, "idempotency_key_reused")
    assert (await post_proof(client, "redeem", other)).json()["active"] is True


@pytest.mark.parametrize("key", ["", " ", "a\tb", "x" * 256, '"open'])
async def test_an_invalid_redemption_key_is_refused_and_redeems_nothing(client, key):
    proof = await new_proof(client)

    assert error_pointers(await redeem_with_key(client, proof, key)) == ["header:Idempotency-Key"]
    assert (await post_proof(client, "redeem", proof)).json()["active"] is True
