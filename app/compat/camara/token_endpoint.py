"""The token endpoint (OAuth 2.0, `client_credentials`), and the discovery document that names it."""

from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.compat.camara.clients import client_credentials
from app.compat.camara.tokens import LIFETIME, SCOPE, AccessTokens
from app.domain.errors import InvalidRequest, Unauthorized
from app.http.facade import authorization
from app.logs import note

_GRANT = "client_credentials"
_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 16


class OAuthError(Exception):
    """An error of the token endpoint in OAuth's form (RFC 6749 §5.2)."""

    def __init__(self, error: str, detail: str, *, status: int = 400) -> None:
        super().__init__(detail)
        self.error = error
        self.status = status


async def issue_token(request: Request, tokens: AccessTokens) -> Response:
    """Return a token for client credentials, in Basic or in the form; raises `OAuthError`."""
    form = await _read_form(request)
    has_header = bool(authorization(request.headers)[0])
    id, secret = client_credentials(request.headers) or ("", "")
    if not has_header:
        id, secret = form.get("client_id", ""), form.get("client_secret", "")
    caller = tokens.clients.authenticate(id, secret)
    if caller is None:
        raise OAuthError("invalid_client", "The client is unknown, or its secret is wrong.", status=401)
    if form.get("grant_type") != _GRANT:
        error = "unsupported_grant_type" if form.get("grant_type") else "invalid_request"
        raise OAuthError(error, f"grant_type is {_GRANT}.")
    if set(form.get("scope", SCOPE).split()) != {SCOPE}:
        raise OAuthError("invalid_scope", f"The scope is {SCOPE}.")
    token = tokens.issue(caller)
    body = {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": SCOPE}
    return Response(orjson.dumps(body), media_type="application/json")


def oauth_error_response(_: Request, error: Exception) -> Response:
    """Return the response of an error of the token endpoint."""
    assert isinstance(error, OAuthError)
    note(code=Unauthorized.code if error.error == "invalid_client" else InvalidRequest.code)
    headers = {"WWW-Authenticate": 'Basic realm="otp"'} if error.error == "invalid_client" else {}
    body = {"error": error.error, "error_description": str(error)}
    return Response(orjson.dumps(body), error.status, headers, "application/json")


def discovery_document(public_url: str, token_endpoint: str) -> dict[str, object]:
    """Return the provider's metadata (OpenID Connect Discovery 1.0 §3); it has no authorization endpoint."""
    return {
        "issuer": public_url,
        "token_endpoint": token_endpoint,
        "jwks_uri": f"{public_url}/.well-known/jwks.json",
        "scopes_supported": [SCOPE],
        "grant_types_supported": [_GRANT],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


async def _read_form(request: Request) -> dict[str, str]:
    """Read the form; a field that is sent twice is an error (RFC 6749 §3.2)."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthError("invalid_request", f"Send 'Content-Type: {_FORM}'.")
    try:
        pairs = parse_qsl((await request.body()).decode(), max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise OAuthError("invalid_request", "The form is not UTF-8, or has too many fields.") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise OAuthError("invalid_request", "A field is sent twice.")
    return form
