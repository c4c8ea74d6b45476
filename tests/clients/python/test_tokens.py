"""Tokens after the sign-in: renewed, rotated, revoked, signed out everywhere."""

import time

import pytest
from support import ALL_FLOWS, PASSWORD, claims, make_app, refused

REVOKED = "Refresh Token has been revoked"
ROTATING_FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]


def rotating(grace):
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
    return {"RefreshTokenRotation": rotation, "ExplicitAuthFlows": ROTATING_FLOWS}


def test_get_tokens_from_refresh_token(make_app, make_client):
    app = make_app()
    name = app.user()
    first = app.tokens(name)
    renewed = app.refresh(first["RefreshToken"])
    assert set(renewed) == {"AccessToken", "IdToken", "TokenType", "ExpiresIn"}
    assert app.me(renewed["AccessToken"])["Username"] == name
    for kind in ("AccessToken", "IdToken"):
        before, after = claims(first[kind]), claims(renewed[kind])
        assert before["jti"] != after["jti"] and before["event_id"] != after["event_id"]
        # They descend from the same sign-in.
        for same in ("sub", "auth_time", "origin_jti", "iss", "token_use"):
            assert before[same] == after[same], same
    # Without rotation the token may be used again, and the tokens of before still work.
    assert app.refresh(first["RefreshToken"])["AccessToken"]
    assert app.me(first["AccessToken"])["Username"] == name

    for wrong in ("nonsense", first["AccessToken"], first["RefreshToken"][:-2], first["RefreshToken"] + "AA"):
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            app.refresh(wrong)
    other = app.beside(make_client(app.pool))
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        other.refresh(first["RefreshToken"])
    with refused("ResourceNotFoundException"):
        app.anonymous.get_tokens_from_refresh_token(ClientId="nosuchclient", RefreshToken=first["RefreshToken"])


def test_a_confidential_client_renews_with_its_secret(make_app):
    app = make_app(GenerateSecret=True)
    token = app.tokens(app.user())["RefreshToken"]
    request = {"ClientId": app.client_id, "RefreshToken": token}
    for wrong in ({}, {"ClientSecret": "w" * 51}):
        with refused("NotAuthorizedException", "Unable to verify secret for client"):
            app.anonymous.get_tokens_from_refresh_token(**request, **wrong)
    assert app.refresh(token)["AccessToken"]


def test_attributes_of_renewed_tokens_are_those_of_now(make_app):
    """What changed since the sign-in is in the renewed ID token: here another user took the address over."""
    app = make_app(pool={"AliasAttributes": ["email"]})
    email = f"{app.unique('ann')}@example.com"
    first = app.user(email=email, email_verified="true")
    token = app.tokens(first)
    assert claims(token["IdToken"])["email_verified"] is True
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id, Username="taker", MessageAction="SUPPRESS", ForceAliasCreation=True,
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
    )  # fmt: skip
    assert claims(app.refresh(token["RefreshToken"])["IdToken"])["email_verified"] is False


def test_a_rotated_token_works_once(make_app):
    app = make_app(**rotating(0))
    name = app.user()
    tokens = [app.tokens(name)["RefreshToken"]]
    for _ in range(3):
        renewed = app.refresh(tokens[-1])
        assert app.me(renewed["AccessToken"])["Username"] == name
        tokens.append(renewed["RefreshToken"])
    assert len(set(tokens)) == 4
    for used in tokens[:-1]:
        with refused("RefreshTokenReuseException"):
            app.refresh(used)
    with refused("InvalidParameterException"):
        app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens[-1])


def test_a_rotated_token_works_during_its_grace(make_app):
    app = make_app(**rotating(2))
    first = app.tokens(app.user())["RefreshToken"]
    second = app.refresh(first)["RefreshToken"]
    again = app.refresh(first)["RefreshToken"]
    # The client that lost the answer has the next token all the same; the one before both is of no use.
    third = app.refresh(again)["RefreshToken"]
    assert app.refresh(second)["AccessToken"]
    with refused("RefreshTokenReuseException"):
        app.refresh(first)
    time.sleep(2.1)
    with refused("RefreshTokenReuseException"):
        app.refresh(second)
    assert app.refresh(third)["AccessToken"]


def test_rotation_does_not_keep_a_sign_in_alive_for_ever(make_app):
    app = make_app(**rotating(0))
    first = app.tokens(app.user())
    renewed = app.refresh(first["RefreshToken"])
    assert claims(renewed["AccessToken"])["auth_time"] == claims(first["AccessToken"])["auth_time"]
    app.anonymous.revoke_token(ClientId=app.client_id, Token=renewed["RefreshToken"])
    with refused("NotAuthorizedException", REVOKED):
        app.refresh(renewed["RefreshToken"])


def test_revoke_token(make_app):
    app = make_app()
    name = app.user()
    one, other = app.tokens(name), app.tokens(name)
    renewed = app.refresh(one["RefreshToken"])
    app.anonymous.revoke_token(ClientId=app.client_id, Token=one["RefreshToken"])
    for access in (one["AccessToken"], renewed["AccessToken"]):
        with refused("NotAuthorizedException", "Access Token has been revoked"):
            app.me(access)
    with refused("NotAuthorizedException", REVOKED):
        app.refresh(one["RefreshToken"])
    with refused("NotAuthorizedException", REVOKED):
        app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=one["RefreshToken"])
    # The other sign-in lives on.
    assert app.me(other["AccessToken"])["Username"] == name
    assert app.refresh(other["RefreshToken"])["AccessToken"]

    # A token that is none, or ended before, is no error.
    for token in ("nonsense", one["RefreshToken"]):
        answer = app.anonymous.revoke_token(ClientId=app.client_id, Token=token)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    for token in (other["AccessToken"], other["IdToken"]):
        with refused("UnsupportedTokenTypeException"):
            app.anonymous.revoke_token(ClientId=app.client_id, Token=token)
    with refused("UnauthorizedException"):
        app.anonymous.revoke_token(ClientId="nosuchclient", Token=other["RefreshToken"])


def test_only_the_client_itself_revokes_its_tokens(make_app, make_client):
    app = make_app(GenerateSecret=True)
    tokens = app.tokens(app.user())
    for wrong in ({}, {"ClientSecret": "w" * 51}):
        with refused("UnauthorizedException"):
            app.anonymous.revoke_token(ClientId=app.client_id, Token=tokens["RefreshToken"], **wrong)
    stranger = make_client(app.pool)["ClientId"]
    app.anonymous.revoke_token(ClientId=stranger, Token=tokens["RefreshToken"])
    assert app.refresh(tokens["RefreshToken"])["AccessToken"]
    app.anonymous.revoke_token(ClientId=app.client_id, Token=tokens["RefreshToken"], ClientSecret=app.secret)
    with refused("NotAuthorizedException", REVOKED):
        app.refresh(tokens["RefreshToken"])


def test_a_client_that_has_switched_revocation_off(make_app):
    app = make_app(EnableTokenRevocation=False)
    name = app.user()
    tokens = app.tokens(name)
    with refused("UnsupportedOperationException"):
        app.anonymous.revoke_token(ClientId=app.client_id, Token=tokens["RefreshToken"])
    for token in (tokens["AccessToken"], tokens["IdToken"]):
        assert "origin_jti" not in claims(token)
    assert "jti" not in claims(tokens["IdToken"])
    assert app.me(tokens["AccessToken"])["Username"] == name
    # Signing out everywhere ends them even so.
    app.anonymous.global_sign_out(AccessToken=tokens["AccessToken"])
    with refused("NotAuthorizedException"):
        app.me(tokens["AccessToken"])
    with refused("NotAuthorizedException"):
        app.refresh(tokens["RefreshToken"])


def test_global_sign_out(make_app, make_client):
    app = make_app()
    elsewhere = app.beside(make_client(app.pool, ExplicitAuthFlows=ALL_FLOWS))
    name, bystander = app.user(), app.user()
    sign_ins = [(app, app.tokens(name)), (app, app.srp_auth(name)), (elsewhere, elsewhere.tokens(name))]
    others = app.tokens(bystander)
    app.anonymous.global_sign_out(AccessToken=sign_ins[0][1]["AccessToken"])
    for at, tokens in sign_ins:
        with refused("NotAuthorizedException", "Access Token has been revoked"):
            at.me(tokens["AccessToken"])
        with refused("NotAuthorizedException", REVOKED):
            at.refresh(tokens["RefreshToken"])
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        app.anonymous.global_sign_out(AccessToken=sign_ins[0][1]["AccessToken"])
    assert app.me(others["AccessToken"])["Username"] == bystander

    again = app.tokens(name)
    assert app.me(again["AccessToken"])["Username"] == name
    assert app.refresh(again["RefreshToken"])["AccessToken"]
    for wrong in (again["IdToken"], "nonsense"):
        with refused("NotAuthorizedException", "Invalid Access Token"):
            app.anonymous.global_sign_out(AccessToken=wrong)


@pytest.mark.parametrize(
    "settings, access, identity",
    [
        ({}, 3600, 3600),
        ({"AccessTokenValidity": 24, "IdTokenValidity": 24}, 86400, 86400),
        (
            {
                "AccessTokenValidity": 5,
                "IdTokenValidity": 600,
                "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "seconds"},
            },
            300,
            600,
        ),
        (
            {
                "AccessTokenValidity": 1,
                "IdTokenValidity": 90,
                "RefreshTokenValidity": 3650,
                "TokenValidityUnits": {"AccessToken": "days", "IdToken": "minutes", "RefreshToken": "days"},
            },
            86400,
            5400,
        ),
    ],
)
def test_lifetimes_in_every_unit(make_app, settings, access, identity):
    app = make_app(**settings)
    first = app.tokens(app.user())
    for tokens in (first, app.refresh(first["RefreshToken"])):
        assert tokens["ExpiresIn"] == access
        for token, lifetime in ((tokens["AccessToken"], access), (tokens["IdToken"], identity)):
            told = claims(token)
            assert told["exp"] - told["iat"] == lifetime
            assert abs(told["iat"] - time.time()) < 10


def test_a_changed_password_leaves_sign_ins_as_they_are(make_app):
    """As in Cognito: who sets a password and wants the sessions gone signs the user out as well."""
    app = make_app()
    name = app.user()
    tokens = app.tokens(name)
    app.set_password(name, "Another-Pass-9")
    assert app.me(tokens["AccessToken"])["Username"] == name
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.password_auth(name, PASSWORD)
    assert app.tokens(name, "Another-Pass-9")["AccessToken"]
