"""The files of events/ of the OAuth endpoints and of the pages: what each does to its function."""

import json

import pytest
from event_support import POOL, covers, invoke, load, send


def answer(name):
    """The function's answer; pages are no JSON."""
    return invoke(name.split("/")[0], load(name))


@covers("domains/basic")
def test_a_domain_is_created_once(cognito):
    first = send("domains/basic")
    if first.status == 200:
        assert first.body["ManagedLoginVersion"] == 1
    assert send("domains/basic").error == (400, "InvalidParameterException")
    found = cognito.describe_user_pool_domain(Domain="events-login")["DomainDescription"]
    assert (found["UserPoolId"], found["Status"]) == (POOL, "ACTIVE")


@covers("oauth-authorize/unknown-client", "login/unknown-client", "signup/unknown-client")
@covers("confirm/unknown-client", "forgot-password/unknown-client", "add-passkey/unknown-client")
@covers("connect-device/unknown-client")
@pytest.mark.parametrize(
    "function",
    ["oauth-authorize", "login", "signup", "confirm", "forgot-password", "add-passkey", "connect-device"],
)
def test_an_unknown_client_is_told_to_the_user_in_german_and_leads_nowhere(function):
    page = answer(f"{function}/unknown-client")
    assert page["statusCode"] == 400 and "location" not in page["headers"]
    assert '<html lang="de"' in page["body"] and "evil.example" not in page["body"]


@covers("oauth-token/unknown-client", "oauth-revoke/unknown-client")
@covers("oauth-par/unknown-client", "oauth-introspect/unknown-client", "oauth-device-authorization/unknown-client")
@pytest.mark.parametrize(
    "function", ["oauth-token", "oauth-revoke", "oauth-par", "oauth-introspect", "oauth-device-authorization"]
)
def test_an_unknown_client_gets_no_token_and_revokes_none(function):
    told = answer(f"{function}/unknown-client")
    assert (told["statusCode"], json.loads(told["body"])["error"]) == (400, "invalid_client")


@covers("oauth-userinfo/no-token")
def test_user_info_wants_a_token():
    told = answer("oauth-userinfo/no-token")
    assert (told["statusCode"], json.loads(told["body"])["error"]) == (401, "invalid_token")


@covers("oauth-register/no-token")
def test_nobody_registers_without_a_token():
    told = answer("oauth-register/no-token")
    assert (told["statusCode"], json.loads(told["body"])["error"]) == (401, "invalid_token")


@covers("connect-device/prefilled")
def test_a_device_s_code_is_filled_in_and_not_looked_at_yet():
    page = answer("connect-device/prefilled")
    assert page["statusCode"] == 200 and 'value="WDJB-MJHT"' in page["body"]


@covers("logout/basic")
def test_who_signs_out_is_told_so():
    page = answer("logout/basic")
    assert page["statusCode"] == 200 and "Sie sind abgemeldet" in page["body"]


@covers("images/unknown")
def test_an_image_that_nobody_gave_is_not_there():
    assert answer("images/unknown")["statusCode"] == 404


@covers("branding/basic")
def test_all_clients_of_the_pool_get_the_css(cognito):
    assert send("branding/basic").status == 200
    found = cognito.get_ui_customization(UserPoolId=POOL)["UICustomization"]
    assert found["ClientId"] == "ALL" and "font-weight" in found["CSS"]


@covers("terms/basic")
def test_the_pool_has_no_documents():
    assert send("terms/basic").body == {"Terms": []}
