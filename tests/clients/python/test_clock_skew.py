"""Functions whose own clocks are wrong: sign-ins that go through several of them, and what ends by time.

A function's clock is moved by libfaketime. Whatever is sealed or stored with an end lives, seen by another clock, as much
longer or shorter as the two clocks differ, and no more; and nothing that works once works twice.
"""

import base64
import hashlib
import json
import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from browser import OAUTH, Browser, Relying
from conftest import boto_client
from oauth_support import MACHINE, READ, Key, add_api, secret_of, tag
from own_functions import Endpoint, Function
from support import PASSWORD, TEMPORARY, claims, make_app, refused, table  # noqa: F401
from web_operations import filled_in, post
from web_subject import text_of, told

LIBRARY = os.environ.get("LIBFAKETIME", f"/usr/lib/{platform.machine()}-linux-gnu/faketime/libfaketime.so.1")
SKEWS = (-180, 0, 180)
ALL = os.environ.get("GATEHOUSE_FAULTS") == "all"
PAIRS = [(one, other) for one in SKEWS for other in SKEWS if ALL or abs(one - other) > 180 or one == 0 != other]
# What a test may take without its answers being others.
SLACK = 25
SRP_SECONDS, CODE_SECONDS = 180, 300
FOR_ITSELF = {"grant_type": "client_credentials"}
MINUTES = {name: "minutes" for name in ("AccessToken", "IdToken", "RefreshToken")}
SIGN_IN = ("initiate-auth", "respond-to-auth-challenge")
EXPIRED = "NotAuthorizedException", "Invalid session for the user, session is expired."


class Clocks:
    """Functions by how many seconds their clocks are wrong."""

    def __init__(self):
        self.functions, self.endpoints = {}, []

    def function(self, name, skew):
        if (name, skew) not in self.functions:
            moved = {"LD_PRELOAD": LIBRARY, "FAKETIME": f"{skew:+}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
            self.functions[name, skew] = Function(name, **moved)
        return self.functions[name, skew]

    def app(self, app, skew, *names):
        """An app whose SDK calls these functions, with their clocks so wrong."""
        endpoint = Endpoint({name: [self.function(name, skew)] for name in names})
        self.endpoints.append(endpoint)
        return replace(app, anonymous=boto_client(endpoint_url=endpoint.url, config=Config(signature_version=UNSIGNED)))

    def post(self, function, skew, sent):
        """What an endpoint answers whose function's clock is so wrong."""
        return self.function(function, skew).invoke(sent.event())

    def stop(self):
        ways = [function.stop for function in self.functions.values()]
        ways += [endpoint.server.close for endpoint in self.endpoints]
        # Each waits half a second for its server to notice.
        with ThreadPoolExecutor(len(ways) or 1) as pool:
            list(pool.map(lambda stop: stop(), ways))


@pytest.fixture(scope="module")
def clocks():
    made = Clocks()
    yield made
    made.stop()


@pytest.mark.parametrize("skew", SKEWS)
def test_a_function_tells_its_own_time(clocks, make_app, skew):
    app = make_app()
    issued = claims(clocks.app(app, skew, "initiate-auth").tokens(app.user())["AccessToken"])["iat"]
    assert abs(issued - time.time() - skew) < SLACK


def nearly(issued, life, began):
    """How wrong a clock is that is about to see the end of what another made that is wrong by `issued`."""
    return issued + life - SLACK - round(time.time() - began)


def steps(clocks, app, begun, answered):
    """An app whose sign-ins begin by one clock, and one where they go on by another."""
    return clocks.app(app, begun, "initiate-auth"), clocks.app(app, answered, "respond-to-auth-challenge")


def ends_in_tokens(answer):
    assert answer["AuthenticationResult"]["RefreshToken"]


def used_up(clocks, app, function, again):
    """What was done once is refused, whatever the time is said to be."""
    for skew in SKEWS:
        with refused("NotAuthorizedException"):
            again(clocks.app(app, skew, function))


@pytest.mark.parametrize(("begun", "answered"), PAIRS)
def test_a_sign_in_by_srp_goes_through_two_clocks(clocks, make_app, begun, answered):
    app = make_app()
    name = app.user()
    first, second = steps(clocks, app, begun, answered)
    _, answers = first.srp_begun(name)
    if answered - begun < SRP_SECONDS:
        ends_in_tokens(second.respond("PASSWORD_VERIFIER", **answers))
        used_up(clocks, app, "respond-to-auth-challenge", lambda at: at.respond("PASSWORD_VERIFIER", **answers))
        return
    # It looks old; by the one clock or by the other alone the user is let in.
    with refused(*EXPIRED):
        second.respond("PASSWORD_VERIFIER", **answers)
    for skew in {begun, answered}:
        ends_in_tokens({"AuthenticationResult": clocks.app(app, skew, *SIGN_IN).srp_auth(name)})


@pytest.mark.parametrize(("begun", "answered"), PAIRS)
def test_a_challenge_that_lives_longer_than_clocks_differ_goes_through_any(clocks, make_app, begun, answered):
    app = make_app(AuthSessionValidity=15)
    name = app.invited()
    first, second = steps(clocks, app, begun, answered)
    session = first.password_auth(name, TEMPORARY)["Session"]
    answers = {"USERNAME": name, "NEW_PASSWORD": PASSWORD}
    ends_in_tokens(second.respond("NEW_PASSWORD_REQUIRED", session, **answers))
    used_up(
        clocks, app, "respond-to-auth-challenge", lambda at: at.respond("NEW_PASSWORD_REQUIRED", session, **answers)
    )


@pytest.mark.parametrize("begun", SKEWS)
def test_a_challenge_lives_as_long_as_it_shall_by_the_clock_it_began_with(clocks, make_app, begun):
    app = make_app()
    name = app.invited()
    answers, began = {"USERNAME": name, "NEW_PASSWORD": PASSWORD}, time.time()
    session = clocks.app(app, begun, "initiate-auth").password_auth(name, TEMPORARY)["Session"]
    with refused(*EXPIRED):
        steps(clocks, app, begun, begun + 180)[1].respond("NEW_PASSWORD_REQUIRED", session, **answers)
    _, late = steps(clocks, app, begun, nearly(begun, 180, began))
    ends_in_tokens(late.respond("NEW_PASSWORD_REQUIRED", session, **answers))


@pytest.mark.parametrize("issued", SKEWS)
def test_tokens_live_as_long_as_they_shall_by_the_clock_that_issued_them(clocks, make_app, issued):
    app = make_app(AccessTokenValidity=5, IdTokenValidity=5, RefreshTokenValidity=60, TokenValidityUnits=MINUTES)
    name, began = app.user(), time.time()
    tokens = clocks.app(app, issued, "initiate-auth").tokens(name)
    access, refresh = tokens["AccessToken"], tokens["RefreshToken"]
    for skew in (*SKEWS, nearly(issued, 300, began)):
        if skew - issued < 300:
            assert clocks.app(app, skew, "user-profile").me(access)["Username"]
    with refused("NotAuthorizedException", "Access Token has expired"):
        clocks.app(app, issued + 300, "user-profile").me(access)
    for skew in (*SKEWS, nearly(issued, 3600, began)):
        assert clocks.app(app, skew, "tokens").refresh(refresh)["AccessToken"]
    with refused("NotAuthorizedException", "Refresh Token has expired"):
        clocks.app(app, issued + 3600, "tokens").refresh(refresh)


@pytest.mark.parametrize(("signed_in", "signed_out"), PAIRS)
def test_who_signs_out_everywhere_is_out_whatever_the_clocks_say(clocks, make_app, signed_in, signed_out):
    app = make_app()
    name = app.user()
    tokens = clocks.app(app, signed_in, "initiate-auth").tokens(name)
    clocks.app(app, signed_out, "user-sessions").anonymous.global_sign_out(AccessToken=tokens["AccessToken"])
    for skew in SKEWS:
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            clocks.app(app, skew, "tokens").refresh(tokens["RefreshToken"])
        with refused("NotAuthorizedException", "Access Token has been revoked"):
            clocks.app(app, skew, "user-profile").me(tokens["AccessToken"])
    # And is in again by signing in again.
    again = clocks.app(app, signed_in, "initiate-auth").tokens(name)
    assert clocks.app(app, signed_out, "user-profile").me(again["AccessToken"])["Username"] == name


def code_by(clocks, relying, name, skew):
    """The code of a sign-in on the page whose function's clock is so wrong."""
    page = relying.sign_in_page()
    answer = clocks.post("login", skew, filled_in(page, relying.browser, username=name, password=PASSWORD))
    assert answer["statusCode"] == 303, text_of(answer)
    location = next(value for name, value in answer["headers"].items() if name.lower() == "location")
    return parse_qs(urlsplit(location).query)["code"][0]


@pytest.mark.parametrize("issued", SKEWS)
def test_a_code_is_good_once_and_as_long_as_it_shall_by_the_clock_that_issued_it(clocks, make_app, endpoint, issued):
    app = make_app(**OAUTH)
    relying, name = Relying(app, Browser(endpoint)), app.user()

    def redeem(code, skew):
        form = {"client_id": app.client_id, "redirect_uri": relying.redirect_uri, "code_verifier": relying.verifier}
        posted = post("/oauth2/token", grant_type="authorization_code", code=code, **form)
        return told(clocks.post("oauth-token", skew, posted))

    for redeemed in (*SKEWS, issued + CODE_SECONDS - SLACK, issued + CODE_SECONDS):
        code = code_by(clocks, relying, name, issued)
        in_time = redeemed - issued < CODE_SECONDS
        assert redeem(code, redeemed) == (None if in_time else (400, "invalid_grant")), redeemed
        if in_time:
            assert {redeem(code, skew) for skew in SKEWS} == {(400, "invalid_grant")}


def test_a_proof_is_remembered_for_longer_than_any_clock_takes_it_for_good(clocks, make_app, make_client, table, endpoint):
    app = make_app()
    add_api(app)
    app = app.beside(make_client(app.pool, **MACHINE, AllowedOAuthScopes=[READ]))
    tag(app, feature="dpop")
    key, jti = Key(), app.unique("proof")
    posted = post("/oauth2/token", secret_of(app) | key.proof("POST", f"{endpoint}/oauth2/token", jti=jti), **FOR_ITSELF)
    assert told(clocks.post("oauth-token", 0, posted)) is None
    name = hashlib.sha256(f"dpop\n{thumbprint_of(key.jwk)}\n{jti}".encode()).hexdigest()
    remembered = table.get_item(Key={"PK": f"PROOF#{name}", "SK": "-"})["Item"]
    assert remembered["expires_at"] > time.time() + 60 + max(SKEWS)
    assert told(clocks.post("oauth-token", -30, posted)) == (400, "invalid_dpop_proof")


def thumbprint_of(jwk):
    """RFC 7638."""
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()
