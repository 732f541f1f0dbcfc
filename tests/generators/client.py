"""Drives the client that openapi-python-client generates: `client.py <url> <number>`, and two codes as lines of input.

It prints a line of JSON after the request of a code, and one at the end.
"""

import json
import sys

from otp_client import AuthenticatedClient
from otp_client.api.proofs import redeem_proof
from otp_client.api.verifications import request_code, verify_code
from otp_client.models import (
    ApprovedResponse,
    CheckByIdBody,
    CodeRequestBody,
    PendingResponse,
    Problem,
    ProblemCode,
    ProofBody,
    ProofResponse,
)
from otp_client.types import Unset


def main(url: str, number: str) -> None:
    client = AuthenticatedClient(base_url=url, token="sk_dev")
    pending = request_code.sync(client=client, body=CodeRequestBody(phone_number=number, reference="cart-77"))
    assert isinstance(pending, PendingResponse)
    show({"phone_number": pending.phone_number, "sends_left": pending.sends_left})

    id = pending.verification_id
    wrong = verify_code.sync(client=client, body=CheckByIdBody(verification_id=id, code=input()))
    assert isinstance(wrong, Problem)
    assert wrong.code is ProblemCode.INCORRECT_CODE
    assert not isinstance(wrong.attempts_left, Unset)
    approved = verify_code.sync(client=client, body=CheckByIdBody(verification_id=id, code=input()))
    assert isinstance(approved, ApprovedResponse)
    first = redeem(client, approved.proof)
    second = redeem(client, approved.proof)

    assert not isinstance(first.sub, Unset)
    assert not isinstance(first.amr, Unset)
    result: dict[str, object] = {
        "wrong": {"code": wrong.code.value, "status": wrong.status, "attempts_left": wrong.attempts_left},
        "phone_number": approved.phone_number,
        "claims": {"sub": first.sub, "aud": first.aud, "nonce": first.nonce, "amr": first.amr},
        "active": [first.active, second.active],
    }
    show(result)


def redeem(client: AuthenticatedClient, proof: str) -> ProofResponse:
    answer = redeem_proof.sync(client=client, body=ProofBody(proof=proof))
    assert isinstance(answer, ProofResponse)
    return answer


def show(value: dict[str, object]) -> None:
    print(json.dumps(value), flush=True)  # noqa: T201  the test reads it


main(*sys.argv[1:])
