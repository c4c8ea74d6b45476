"""Recovery codes, Gatehouse's own: shown once, each good for one sign-in in the place of a second factor."""

import json

import pytest
from mfa_support import prefer, register, require, second
from support import PASSWORD, at_once, make_app, refused, table


@pytest.fixture
def locked_out(make_app):
    """A user with an authenticator app that is lost: app, name, access token."""
    app = make_app()
    require(app, "OPTIONAL")
    name = app.user()
    token = app.tokens(name)["AccessToken"]
    register(app, token)
    prefer(app, token, software_token=(True, True))
    return app, name, token


def codes(http, token, method="POST"):
    return http(method, "/recovery-codes", headers={"authorization": f"Bearer {token}"})


def test_a_recovery_code_signs_in_once(locked_out, http):
    app, name, token = locked_out
    given = codes(http, token)
    assert given.status == 200 and given.headers["cache-control"] == "no-store"
    recovery = given.json["RecoveryCodes"]
    assert len(set(recovery)) == 10
    challenge = app.password_auth(name)
    with refused("CodeMismatchException"):
        second(app, challenge, name, RECOVERY_CODE="0000-0000-0000-0000")
    # As people type it.
    typed = recovery[0].upper().replace("-", " ")
    tokens = second(app, challenge, name, RECOVERY_CODE=typed)["AuthenticationResult"]
    assert app.me(tokens["AccessToken"])["Username"] == name
    with refused("CodeMismatchException"):
        second(app, app.password_auth(name), name, RECOVERY_CODE=recovery[0])
    assert codes(http, token, "GET").json == {"Left": 9}


def test_new_codes_void_the_old_ones(locked_out, http):
    app, name, token = locked_out
    old = codes(http, token).json["RecoveryCodes"]
    new = codes(http, token).json["RecoveryCodes"]
    with refused("CodeMismatchException"):
        second(app, app.password_auth(name), name, RECOVERY_CODE=old[0])
    assert "AuthenticationResult" in second(app, app.password_auth(name), name, RECOVERY_CODE=new[0])


def test_one_code_signs_in_once_however_many_try(locked_out, http):
    app, name, token = locked_out
    code = codes(http, token).json["RecoveryCodes"][3]
    challenges = [app.password_auth(name) for _ in range(3)]
    results = at_once(*(lambda c=c: second(app, c, name, RECOVERY_CODE=code) for c in challenges))
    assert results.count(None) == 1, results


def test_a_code_is_no_first_factor_and_nobody_elses(locked_out, http):
    app, name, token = locked_out
    code = codes(http, token).json["RecoveryCodes"][0]
    other = app.user()
    mine = app.tokens(other)["AccessToken"]
    register(app, mine)
    prefer(app, mine, software_token=(True, True))
    with refused("CodeMismatchException"):
        second(app, app.password_auth(other), other, RECOVERY_CODE=code)
    invited = app.invited()
    challenge = app.password_auth(invited, "Temporary-Pass-1")
    with refused("NotAuthorizedException"):
        second(app, challenge, invited, RECOVERY_CODE=code, NEW_PASSWORD=PASSWORD)


def test_a_token_is_needed(http):
    assert http("POST", "/recovery-codes").error == "NotAuthorizedException"
    assert codes(http, "no.such.token").error == "NotAuthorizedException"


def test_only_hashes_are_stored(locked_out, http, table):
    app, name, token = locked_out
    recovery = codes(http, token).json["RecoveryCodes"]
    item = table.get_item(Key={"PK": f"USER#{app.pool_id}#{name}", "SK": "PROFILE"})["Item"]
    text = json.dumps(item, default=str)
    assert not [code for code in recovery if code in text or code.replace("-", "") in text]
