"""Redeeming a proof, looking at one, and the public keys; read with a second library."""

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from tests.support.api_calls import bearer, check, new_id, pointers, problem_of
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


async def earn(client, **more):
    """Ask, type the code, and give the proof."""
    id = await new_id(client, **more)
    return (await check(client, id, key=more.get("key"))).json()["proof"]


async def show(client, act, proof, *, key=None):
    return await client.post(f"/v1/proofs/{act}", json={"proof": proof}, headers=bearer(key))


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864 has a newer name, which few libraries read yet
async def test_any_backend_can_check_a_proof_by_the_public_keys(client, clock):
    proof = await earn(client, reference="cart-77")
    keys = KeySet.import_key_set((await client.get("/.well-known/jwks.json", headers={"Authorization": ""})).json())

    token = jwt.decode(proof, keys, algorithms=["EdDSA"], registry=JWSRegistry(algorithms=["EdDSA"]))

    claims = token.claims
    assert token.header == {"alg": "EdDSA", "typ": "phone-verification+jwt", "kid": "dev"}
    assert set(claims) == CLAIMS
    assert (claims["iss"], claims["aud"], claims["sub"]) == (PUBLIC_URL, "dev", PHONE)
    assert (claims["purpose"], claims["nonce"], claims["assurance"]) == ("login", "cart-77", "restricted")
    assert claims["amr"] == ["test"]
    assert (claims["iat"], claims["exp"] - claims["iat"]) == (clock() // 1000, 300)


async def test_a_proof_without_a_reference_has_no_nonce(client):
    body = (await show(client, "introspect", await earn(client))).json()

    assert set(body) == CLAIMS - {"nonce"} | {"active"}


async def test_a_proof_is_redeemed_once(client):
    proof = await earn(client)

    first, second = [await show(client, "redeem", proof) for _ in range(2)]

    assert (first.status_code, first.json()["active"], first.json()["sub"]) == (200, True, PHONE)
    assert (second.status_code, second.json()) == (200, {"active": False})


async def test_looking_at_a_proof_does_not_redeem_it(client):
    proof = await earn(client)

    looks = [(await show(client, "introspect", proof)).json()["active"] for _ in range(2)]
    redeemed = (await show(client, "redeem", proof)).json()["active"]
    after = (await show(client, "introspect", proof)).json()

    assert (looks, redeemed, after) == ([True, True], True, {"active": False})


async def test_what_is_no_proof_of_ours_is_not_active(client, subtests):
    for act in ["redeem", "introspect"]:
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
            with subtests.test(f"{act!r} {proof!r}"):
                answer = await show(client, act, proof)

                assert (answer.status_code, answer.json()) == (200, {"active": False})


async def test_a_changed_proof_is_not_active(client):
    head, body, signature = (await earn(client)).split(".")

    for forged in (f"{head}.{body}.{signature[::-1]}", f"{head}.{body[::-1]}.{signature}", f"{head}.{body}."):
        assert (await show(client, "redeem", forged)).json() == {"active": False}


async def test_another_apps_proof_is_not_active_and_stays_new(client):
    proof = await earn(client)

    assert (await show(client, "redeem", proof, key="sk_shop")).json() == {"active": False}
    assert (await show(client, "redeem", proof)).json()["active"]


async def test_only_a_backend_may_show_a_proof(client, subtests):
    for act in ["redeem", "introspect"]:
        with subtests.test(repr(act)):
            proof = await earn(client, key="pk_dev")

            problem_of(await show(client, act, proof, key="pk_dev"), 403, "forbidden")


async def test_a_body_without_a_proof_is_refused(client, subtests):
    for body in [{}, {"proof": ""}, {"proof": "x" * 4097}, {"proof": None}, {"proof": 1}]:
        with subtests.test(repr(body)):
            assert pointers(await client.post("/v1/proofs/redeem", json=body)) == ["/proof"]


async def test_the_public_keys_are_public_and_may_be_kept_a_while(client):
    answer = await client.get("/.well-known/jwks.json", headers={"Authorization": ""})

    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "use", "alg", "kid", "x"}
    assert answer.headers["cache-control"] == "public, max-age=300"


async def test_a_pairwise_subject_does_not_tell_the_number(run_service):
    async with run_service(proof_subject="pairwise") as service:
        body = (await show(service.client, "introspect", await earn(service.client))).json()

    assert body["active"]
    assert "612345678" not in str(body)


async def test_a_proof_wants_a_key(client, subtests):
    for typed in ["/v1/proofs/redeem", "/v1/proofs/introspect"]:
        with subtests.test(repr(typed)):
            problem_of(
                await client.post(typed, json={"proof": "x"}, headers={"Authorization": ""}), 401, "unauthorized"
            )
