"""Triggers where users sign in by redirect, on the pages, and where OAuth clients get and renew tokens."""

import json
import os

import pytest
from browser import CALLBACK, OAUTH, Browser, Relying
from support import OTHER_PASSWORD, PASSWORD, TEMPORARY, claims, make_app
from test_device_sign_in import Phone
from test_devices import TRACKED
from trigger_support import lambda_config, make_function

SIGNING_IN = ("PreAuthentication", "PostAuthentication")


@pytest.fixture
def make_relying(make_app, endpoint):
    """A function: a pool with these triggers, an OAuth client of it and a browser, as a `Relying`."""

    def make(config, pool=None, **client):
        return Relying(make_app({"LambdaConfig": config} | (pool or {}), **OAUTH | client), Browser(endpoint))

    return make


def naming_the_occasion(event, _context):
    """Each token says why it was made; access tokens get a scope and lose one."""
    said = {"claimsToAddOrOverride": {"occasion": event["triggerSource"]}}
    if event["version"] == "1":
        event["response"]["claimsOverrideDetails"] = said
    else:
        event["response"]["claimsAndScopeOverrideDetails"] = {
            "idTokenGeneration": said,
            "accessTokenGeneration": said | {"scopesToAdd": ["shop/buy"], "scopesToSuppress": ["email"]},
        }
    return event


@pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
def test_the_tokens_of_a_code_and_renewed_ones_are_asked_for(make_relying, make_function, version):
    function = make_function(naming_the_occasion)
    relying = make_relying(lambda_config(function, PreTokenGenerationConfig=version))
    name = relying.app.user(email="ann@example.com")
    group = relying.app.create_group()
    relying.app.join(name, group)
    tokens = json.loads(relying.redeem(relying.code(name, PASSWORD)).body)
    renewed = relying.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], client_id=relying.app.client_id
    )
    sources = ["TokenGeneration_HostedAuth", "TokenGeneration_RefreshTokens"]
    assert function.sources == sources
    for source, got in zip(sources, (tokens, json.loads(renewed.body)), strict=True):
        event = function.event(source)
        assert event["version"] == version[1]
        assert (event["userName"], event["callerContext"]["clientId"]) == (name, relying.app.client_id)
        assert event["request"]["groupConfiguration"]["groupsToOverride"] == [group]
        assert event["request"]["userAttributes"]["email"] == "ann@example.com"
        # The scopes that the application was granted, not those of the API.
        assert event["request"].get("scopes") == (None if version == "V1_0" else ["openid", "email"])
        identity, access = claims(got["id_token"]), claims(got["access_token"])
        # The answer says what the token has, whatever was granted (RFC 6749 section 5.1).
        assert got["scope"] == access["scope"]
        assert identity["occasion"] == source
        if version == "V1_0":
            assert (access["scope"], "occasion" in access) == ("openid email", False)
        else:
            assert (access["scope"], access["occasion"]) == ("openid shop/buy", source)


def test_tokens_in_the_fragment_are_asked_for(make_relying, make_function):
    function = make_function(naming_the_occasion)
    config = lambda_config(function, PreTokenGenerationConfig="V2_0")
    relying = make_relying(config, AllowedOAuthFlows=["implicit"])
    page = relying.sign_in(
        relying.app.user(), PASSWORD, response_type="token", code_challenge=None, code_challenge_method=None
    )
    assert page.location.startswith(CALLBACK)
    access = claims(page.answer["access_token"])
    assert access["occasion"] == "TokenGeneration_HostedAuth"
    assert page.answer["scope"] == access["scope"] == "openid shop/buy"


def test_a_function_that_fails_gives_an_application_no_tokens(make_relying, make_function):
    failing = []

    def handler(event, _context):
        if failing:
            raise ValueError("not today")
        return event

    function = make_function(handler)
    relying = make_relying(lambda_config(function, PreTokenGenerationConfig="V2_0"))
    name = relying.app.user()
    code = relying.code(name, PASSWORD)
    failing.append(True)
    refused = relying.redeem(code)
    assert refused.status == 400 and "access_token" not in refused.body
    # Nothing was redeemed: the same code is good as soon as the function answers.
    failing.clear()
    assert relying.redeem(code).status == 200


def test_a_sign_in_on_the_page_asks_before_and_tells_after(make_relying, make_function):
    def handler(event, _context):
        if event["triggerSource"].startswith("PreAuthentication") and event["userName"].startswith("barred"):
            raise ValueError("The house is closed")
        return event

    function = make_function(handler)
    relying = make_relying(lambda_config(function, *SIGNING_IN))
    app = relying.app
    barred = app.user(app.unique("barred"))
    page = relying.sign_in(barred, PASSWORD)
    assert page.status != 303 and "code=" not in (page.location or "")
    assert function.sources == ["PreAuthentication_Authentication"]
    ann = app.user(email="ann@example.com")
    assert relying.code(ann, PASSWORD)
    before, after = function.events[1:]
    assert before["triggerSource"] == "PreAuthentication_Authentication"
    assert after["triggerSource"] == "PostAuthentication_Authentication"
    for event in (before, after):
        assert (event["userName"], event["callerContext"]["clientId"]) == (ann, app.client_id)
        assert event["request"]["userAttributes"]["email"] == "ann@example.com"
    # A browser that is signed in does not sign in again.
    assert relying.authorize().answer["code"]
    assert len(function.events) == 3


def test_messages_and_migration_of_the_pages_ask_too(make_relying, make_function, mailbox):
    email = f"{os.urandom(6).hex()}@example.com"

    def handler(event, _context):
        if event["triggerSource"].startswith("CustomMessage"):
            event["response"]["emailSubject"] = f"For {event['triggerSource']}"
            event["response"]["emailMessage"] = f"Code {event['request']['codeParameter']}"
        elif event["userName"] == "moved" and event["request"].get("password") in (None, PASSWORD):
            event["response"].update(
                userAttributes={"email": email, "email_verified": "true"}, finalUserStatus="CONFIRMED"
            )
        return event

    function = make_function(handler)
    relying = make_relying(lambda_config(function, "CustomMessage", "UserMigration"))
    assert relying.code("moved", PASSWORD)
    assert function.sources == ["UserMigration_Authentication"]
    assert relying.app.get("moved")["UserStatus"] == "CONFIRMED"
    page = relying.browser.get("/forgotPassword", **relying.request())
    relying.browser.submit(page, username="moved")
    assert function.sources[1:] == ["CustomMessage_ForgotPassword"]
    code = mailbox(email)
    (mail,) = mailbox.messages(email)
    assert (mail["subject"], code in mail["body"]) == ("For CustomMessage_ForgotPassword", True)


@pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
def test_tokens_of_devices_and_of_new_passwords_say_what_they_are(make_app, make_function, version):
    function = make_function(naming_the_occasion)
    app = make_app(TRACKED | {"LambdaConfig": lambda_config(function, PreTokenGenerationConfig=version)})
    name = app.user()
    tokens = app.tokens(name)
    assert claims(tokens["IdToken"])["occasion"] == "TokenGeneration_Authentication"
    tokens = Phone(app, name, tokens).sign_in()
    assert claims(tokens["IdToken"])["occasion"] == "TokenGeneration_AuthenticateDevice"
    assert claims(app.refresh(tokens["RefreshToken"])["IdToken"])["occasion"] == "TokenGeneration_RefreshTokens"
    invited = app.invited()
    asked = app.initiate(USERNAME=invited, PASSWORD=TEMPORARY)
    answer = app.respond("NEW_PASSWORD_REQUIRED", asked["Session"], USERNAME=invited, NEW_PASSWORD=OTHER_PASSWORD)
    said = claims(answer["AuthenticationResult"]["IdToken"])["occasion"]
    assert said == "TokenGeneration_NewPasswordChallenge"
    assert {event["version"] for event in function.events} == {version[1]}
    if version != "V1_0":
        assert all(event["request"]["scopes"] == ["aws.cognito.signin.user.admin"] for event in function.events)
