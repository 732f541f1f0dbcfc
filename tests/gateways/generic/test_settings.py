"""Settings of the generic gateway and their consistency."""

import pytest
from pydantic import ValidationError

from app.gateways.generic.settings import HttpSettings
from tests.support.gateway_contract import SECRET, TOKEN

GOOD = {"url": "https://api.example/send", "form": '{"to": "{to}", "text": "{text}"}', "id_at": "id"}
REPORTS = {
    **GOOD,
    "report_token": TOKEN,
    "report_id_at": "id",
    "report_recipient_at": "to",
    "report_status_at": "status",
    "report_statuses": '{"1": "delivered"}',
}
HMAC = {"report_check": "hmac", "report_name": "X-Signature", "report_secret": SECRET}
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WEBHOOKS = {"report_check": "standard-webhooks", "report_secret": WHSEC}
JWT = {"report_check": "jwt-hs256", "report_name": "Authorization", "report_secret": SECRET * 2}
OAUTH = {**GOOD, "oauth_url": "https://api.example/token", "headers": '{"Authorization": "Bearer {token}"}'}
ACCOUNT = {"user": "client-1", "password": SECRET}
CODE = {**GOOD, "form": '{"to": "{to}", "otp": "{code}"}'}
KANNEL = {"profile": "kannel", "url": "http://127.0.0.1:13013/cgi-bin/sendsms", "user": "u", "report_token": TOKEN}


@pytest.mark.parametrize(
    "given",
    [
        GOOD,
        REPORTS,
        {**KANNEL, "password": SECRET},
        {**GOOD, "user": "a:b", "form": '{"to": "{to}", "text": "{text}", "user": "{user}"}'},
        {**REPORTS, **HMAC, "report_prefix": "HMAC "},
        {**REPORTS, **WEBHOOKS, "report_token": None},
        {**GOOD, "ok_at": "HTTP", "ok": "200, 202"},
        {**REPORTS, **JWT, "report_token": None},
        {**REPORTS, **HMAC, "report_signed": "{url}{header:X-T}", "report_time": "x-t", "report_status_at": "?status"},
        {**REPORTS, "report_id_at": "?id[,]", "report_status_at": "status[,] | ?status[,]"},
        {**OAUTH, **ACCOUNT, "user": "a:b", "oauth_scope": "sms"},
        CODE,
    ],
    ids=[
        "sends",
        "reports",
        "profile",
        "colon-outside-basic",
        "hmac",
        "standard-webhooks",
        "http",
        "jwt",
        "url",
        "lists",
        "oauth",
        "code",
    ],
)
def test_valid_settings_are_accepted(given):
    HttpSettings.model_validate(given)


def test_settings_override_the_profile():
    own = HttpSettings.model_validate({**KANNEL, "password": SECRET, "method": "POST", "errors": '{"*": "auth"}'})

    assert (own.method, own.errors) == ("POST", {"*": "auth"})
    assert own.ok == {"202"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({**GOOD, "profile": "nokia"}, "unknown profile; available: 46elks, africastalking"),
        ({**GOOD, "url": "http://api.example/send"}, "PLAIN_HTTP=true allows others"),
        ({**GOOD, "balance_url": "http://api.example", "balance_at": "b"}, "PLAIN_HTTP=true allows others"),
        ({**GOOD, "url": "https://api.example/{to}"}, "without placeholders"),
        ({**GOOD, "url": "https://u:p@api.example/"}, "without a user"),
        ({**GOOD, "method": "DELETE"}, "'GET', 'POST' or 'PUT'"),
        ({**GOOD, "method": "GET"}, "METHOD GET has no FORM"),
        ({**GOOD, "method": "GET", "form": "{}", "body": '{"to": "{to}", "text": "{text}"}'}, "METHOD GET has no FORM"),
        ({**GOOD, "method": "GET", "form": "{}", "body": "{}"}, "METHOD GET has no FORM"),
        ({**GOOD, "body": "{}"}, "Give FORM or BODY"),
        ({**GOOD, "form": '{"text": "{text}"}'}, "Put {to} or {to_e164}"),
        ({**GOOD, "form": '{"to": "{to}"}'}, "Put {text} or {code} into"),
        ({**GOOD, "form": '{"to": "{to}", "text": "{gsm_text}"}'}, "Put {text} or {code} into"),
        ({**GOOD, "form": '{"to": "{to}", "text": "{text}", "x": "{nobody}"}'}, "{nobody} is not a placeholder"),
        ({**GOOD, "form": '{"to": "{to}", "text": "{text}'}, "write it as JSON"),
        ({**GOOD, "form": '["{to}", "{text}"]'}, "valid dictionary"),
        ({**GOOD, "form": '{"to": "{to}", "text": "{text}", "n": 5}'}, "valid string"),
        ({**GOOD, "body": '"{to}"', "form": "{}"}, "write an object, in braces, or a list"),
        ({**GOOD, "body": "[" * 5000, "form": "{}"}, "write it as JSON"),
        ({**GOOD, "body": "[" * 500 + "]" * 500, "form": "{}"}, "nest it at most"),
        ({**GOOD, "headers": '{"X-Text": "{text}"}'}, "a header cannot contain the text or the code"),
        ({**GOOD, "headers": '{"X Text": "a"}'}, "printable ASCII"),
        ({**GOOD, "headers": '{"X-Text": "é"}'}, "printable ASCII"),
        ({**GOOD, "headers": '{"X-Text": "a "}'}, "printable ASCII"),
        ({**GOOD, "headers": '{"X-Text": "a\\r\\nb"}'}, "printable ASCII"),
        ({**GOOD, "headers": '{"Content-Length": "5"}'}, "is set by the HTTP client"),
        ({**GOOD, "headers": '{"HOST": "api.example"}'}, "is set by the HTTP client"),
        ({**GOOD, "headers": '{"X-Text": "{text_hex}"}'}, "a header cannot contain the text or the code"),
        ({**GOOD, "headers": '{"X-Text": "{gsm_text}"}'}, "a header cannot contain the text or the code"),
        ({**GOOD, "headers": '{"X-Text": "{unicode_hex}"}'}, "a header cannot contain the text or the code"),
        ({**GOOD, "headers": f'{{"Authorization": "Bearer {{{SECRET}}}"}}'}, "{…} is not a placeholder"),
        ({**GOOD, "headers": '{"Authorization": "Bearer {secret}"}'}, "SECRET is missing"),
        ({**GOOD, "headers": '{"Authorization": "{basic}"}', "user": "u"}, "PASSWORD is missing"),
        ({**GOOD, "balance_query": '{"key": "{secret}"}'}, "SECRET is missing"),
        ({**GOOD, "headers": '{"A": "{basic}"}', "user": "a:b", "password": SECRET}, "USER has a colon"),
        ({**GOOD, "ok_at": "HTTP", "ok": "200, ok"}, "OK_AT HTTP needs OK as statuses"),
        ({**GOOD, "ok_at": "HTTP", "ok": "2xx"}, "OK_AT HTTP needs OK as statuses"),
        ({**GOOD, "ok_at": "HTTP", "ok": "404"}, "OK_AT HTTP needs OK as statuses"),
        ({**GOOD, "id_at": ""}, "Give ID_AT, OK_AT or both"),
        ({**GOOD, "ok_at": "status"}, "OK_AT and OK need each other"),
        ({**GOOD, "ok": "1"}, "OK_AT and OK need each other"),
        ({**GOOD, "id_at": "a..b"}, "without empty steps"),
        ({**GOOD, "repeats_safely": "true"}, "REPEATS_SAFELY needs {id}"),
        ({**GOOD, "error_at": "code"}, "ERROR_AT and ERRORS need each other"),
        ({**GOOD, "error_at": "code", "errors": '{"1": "invalid number"}'}, "what 1 means is none of: invalid_number"),
        ({**GOOD, "error_at": "code", "errors": '{"1\\u0000": "x"}'}, "one of the meanings is none of"),
        ({**GOOD, "error_at": "code", "errors": f'{{"{SECRET}": "x"}}'}, "one of the meanings is none of"),
        ({**GOOD, "error_at": "code", "errors": '{"sk_live_4eC39Hq": "x"}'}, "one of the meanings is none of"),
        ({**GOOD, "error_at": "code", "errors": '{"No route found": "x"}'}, "what No route found means is none"),
        ({**GOOD, "balance_url": "https://api.example"}, "BALANCE_URL needs BALANCE_AT"),
        ({**GOOD, "balance_query": '{"to": "{to}"}'}, "BALANCE_QUERY may hold"),
        ({**GOOD, "sender": "Ácme"}, "at most 11 letters"),
        ({**GOOD, "user": f"{SECRET}\n"}, "without spaces"),
        ({**GOOD, "formm": "{}"}, "formm"),
        ({**GOOD, "acknowledgement": "é"}, "printable ASCII"),
        ({**GOOD, "report_id_at": "id"}, "REPORT_STATUS_AT is missing"),
        ({**REPORTS, "report_statuses": "{}"}, "REPORT_STATUSES is missing"),
        ({**REPORTS, "report_statuses": '{"1": "arrived"}'}, "what 1 means is none of: queued, sent"),
        ({**REPORTS, "report_recipient_at": ""}, "Give REPORT_REFERENCE_AT, or REPORT_ID_AT and"),
        ({**REPORTS, "report_token": None}, "REPORT_TOKEN is missing"),
        ({**REPORTS, "report_token": "guessable"}, "22"),
        ({**REPORTS, "report_error_at": "code"}, "REPORT_ERROR_AT and REPORT_ERRORS"),
        ({**REPORTS, "report_check": "hmac", "report_name": "X-S"}, "REPORT_CHECK hmac needs REPORT_SECRET"),
        ({**REPORTS, "report_check": "header", "report_secret": SECRET}, "REPORT_CHECK header needs REPORT_NAME"),
        ({**REPORTS, "report_check": "basic", "report_secret": SECRET}, "REPORT_CHECK basic needs REPORT_USER"),
        ({**REPORTS, "report_check": "standard-webhooks"}, "standard-webhooks needs REPORT_SECRET"),
        ({**REPORTS, **WEBHOOKS, "report_secret": SECRET}, "needs a REPORT_SECRET like whsec_"),
        ({**REPORTS, **WEBHOOKS, "report_secret": f"{WHSEC},"}, "needs a REPORT_SECRET like whsec_"),
        ({**REPORTS, **WEBHOOKS, "report_status_at": "?status"}, "standard-webhooks does not cover the query"),
        ({**REPORTS, **HMAC, "report_status_at": "?status"}, "REPORT_CHECK hmac does not cover the query"),
        ({**REPORTS, **HMAC, "report_id_at": "id | ?id"}, "REPORT_CHECK hmac does not cover the query"),
        ({**REPORTS, **HMAC, "report_reference_at": "?message"}, "REPORT_CHECK hmac does not cover the query"),
        ({**REPORTS, **HMAC, "report_recipient_at": "?to"}, "REPORT_CHECK hmac does not cover the query"),
        ({**REPORTS, **JWT, "report_id_at": "id | ?id"}, "REPORT_CHECK jwt-hs256 does not cover the query"),
        ({**REPORTS, **JWT, "report_signed": "{url}", "report_id_at": "?id"}, "jwt-hs256 does not cover the query"),
        ({**REPORTS, **JWT, "report_secret": SECRET}, "at least 32 characters"),
        ({**REPORTS, **JWT, "report_secret": None}, "REPORT_CHECK jwt-hs256 needs REPORT_SECRET"),
        ({**REPORTS, **JWT, "report_name": ""}, "REPORT_CHECK jwt-hs256 needs REPORT_NAME"),
        ({**REPORTS, **JWT, "report_body_claim": "a b"}, "give the name of a claim"),
        ({**REPORTS, **HMAC, "report_time": "X-Time"}, "REPORT_TIME is not signed"),
        ({**REPORTS, **HMAC, "report_signed": "{{header:T}}{body}", "report_time": "T"}, "REPORT_TIME is not signed"),
        ({**REPORTS, **HMAC, "report_signed": "{body}{header:X-T}", "report_time": "T"}, "REPORT_TIME is not signed"),
        ({**REPORTS, **HMAC, "report_signed": "{{url}}{body}", "report_id_at": "?id"}, "hmac does not cover the query"),
        ({**REPORTS, **HMAC, "report_signed": "{header:X-Time}"}, "{body} or {url} must be signed"),
        ({**REPORTS, **HMAC, "report_signed": "body"}, "{body} or {url} must be signed"),
        ({**REPORTS, **HMAC, "report_signed": "{body}{header}"}, "write {body}, {url}, {method}"),
        ({**REPORTS, **HMAC, "report_signed": "{body}{header:X Time}"}, "write {body}, {url}, {method}"),
        ({**REPORTS, **HMAC, "report_signed": "{body:x}"}, "write {body}, {url}, {method}"),
        ({**REPORTS, **HMAC, "report_signed": "{body!r}"}, "write {body}, {url}, {method}"),
        ({**REPORTS, **HMAC, "report_signed": "{body}{query}"}, "write {body}, {url}, {method}"),
        ({**REPORTS, **HMAC, "report_signed": "{body"}, "a brace is unbalanced"),
        ({**REPORTS, "report_list_at": "list[,]"}, "REPORT_LIST_AT is the path of a JSON list"),
        ({**REPORTS, "report_id_at": "[,]"}, "without empty steps"),
        ({**OAUTH, "password": SECRET}, "USER is missing"),
        ({**OAUTH, "user": "client-1"}, "PASSWORD is missing"),
        ({**OAUTH, **ACCOUNT, "headers": "{}"}, "OAUTH_URL needs {token}"),
        ({**OAUTH, **ACCOUNT, "oauth_url": None}, "{token} needs OAUTH_URL"),
        ({**OAUTH, **ACCOUNT, "oauth_url": "http://api.example/token"}, "PLAIN_HTTP=true allows others"),
        ({**OAUTH, **ACCOUNT, "oauth_url": "https://api.example/{user}"}, "without placeholders"),
        ({**OAUTH, **ACCOUNT, "oauth_client": "jwt"}, "'basic' or 'form'"),
        ({**GOOD, "oauth_scope": "sms"}, "OAUTH_SCOPE needs OAUTH_URL"),
        ({**CODE, "form": '{"to": "{to}", "otp": "{code}", "t": "{template}"}'}, "TEMPLATE is missing"),
        ({**CODE, "form": '{"to": "{to}", "otp": "{code}", "t": "{account}"}'}, "ACCOUNT is missing"),
        ({**CODE, "headers": '{"X-Code": "{code}"}'}, "a header cannot contain the text or the code"),
        ({**GOOD, "form": "{}", "body": '{"to": "{to}", "otp": "{code:number}"}'}, "{code} may begin with 0"),
        ({**GOOD, "form": '{"to": "{to:number}", "text": "{text}"}'}, "a whole string of BODY"),
        ({**GOOD, "account": "é"}, "printable ASCII"),
        ({**REPORTS, **HMAC, "report_secret": "x"}, "at least 8 characters"),
        ({**REPORTS, **HMAC, "report_name": "X Signature"}, "no space and no colon"),
        ({**REPORTS, **HMAC, "report_name": "X-Signature:"}, "no space and no colon"),
        ({**REPORTS, **HMAC, "report_prefix": " sha256="}, "no space first"),
        ({**REPORTS, "report_hash": "md5"}, "'sha1', 'sha256' or 'sha512'"),
        (KANNEL, "PASSWORD is missing"),
    ],
)
def test_invalid_settings_are_rejected_with_a_message(given, expected):
    with pytest.raises(ValidationError) as refused:
        HttpSettings.model_validate(given)

    assert expected in str(refused.value)

    assert not [hidden for hidden in (SECRET, TOKEN, "guessable") if hidden in str(refused.value)]


def test_all_inconsistencies_are_reported_together():
    with pytest.raises(ValidationError) as refused:
        HttpSettings.model_validate({"url": "http://api.example", "query": "{}"})

    for expected in ("PLAIN_HTTP", "{to_e164}", "{text}", "ID_AT"):
        assert expected in str(refused.value)


@pytest.mark.parametrize("url", ["http://kannel:13013/cgi-bin/sendsms", "http://10.0.0.5/send"])
def test_plain_http_allows_any_host(url):
    HttpSettings.model_validate({**GOOD, "url": url, "plain_http": "true"})


def test_the_repr_of_settings_contains_no_key_of_a_template():
    own = HttpSettings.model_validate({**GOOD, "headers": f'{{"X-Api-Key": "{SECRET}"}}'})

    assert SECRET not in repr(own)
