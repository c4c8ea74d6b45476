"""Sign-in by password: right, wrong, by whom, and what an outsider may learn from the answers."""

import pytest
from support import (
    ALL_FLOWS,
    OTHER_PASSWORD,
    PASSWORD,
    attributes,
    claims,
    make_app,
    refusal,
    refused,
    unchecked,
)

INCORRECT = "Incorrect username or password."


def test_initiate_auth(make_app):
    app = make_app()
    name = app.user(email="ann@example.com")
    answer = app.password_auth(name)
    assert "ChallengeName" not in answer and "Session" not in answer
    tokens = answer["AuthenticationResult"]
    assert (tokens["TokenType"], tokens["ExpiresIn"]) == ("Bearer", 3600)
    assert set(tokens) == {"AccessToken", "IdToken", "RefreshToken", "TokenType", "ExpiresIn"}
    assert tokens["AccessToken"].count(".") == tokens["IdToken"].count(".") == 2
    assert claims(tokens["IdToken"])["sub"] == attributes(app.get(name))["sub"]

    renewed = app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])["AuthenticationResult"]
    assert "RefreshToken" not in renewed
    assert app.me(renewed["AccessToken"])["Username"] == name

    with refused("NotAuthorizedException", INCORRECT):
        app.password_auth(name, OTHER_PASSWORD)
    with refused("NotAuthorizedException", INCORRECT):
        app.password_auth(name, PASSWORD.lower())
    with refused("ResourceNotFoundException", "User pool client nosuchclient does not exist."):
        app.anonymous.initiate_auth(
            ClientId="nosuchclient", AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "a", "PASSWORD": "b"}
        )


@pytest.mark.parametrize(
    "flow, parameters, missing",
    [
        ("USER_PASSWORD_AUTH", {"PASSWORD": "x"}, "USERNAME"),
        ("USER_PASSWORD_AUTH", {"USERNAME": "ann"}, "PASSWORD"),
        ("USER_SRP_AUTH", {"SRP_A": "ab"}, "USERNAME"),
        ("USER_SRP_AUTH", {"USERNAME": "ann"}, "SRP_A"),
        ("REFRESH_TOKEN_AUTH", {}, "REFRESH_TOKEN"),
    ],
)
def test_parameters_that_a_flow_cannot_do_without(make_app, flow, parameters, missing):
    app = make_app()
    with refused("InvalidParameterException", f"Missing required parameter {missing}"):
        app.initiate(flow, **parameters)


def test_flows_that_are_not_an_app_s(make_app):
    app = make_app()
    name = app.user()
    with refused("InvalidParameterException", "Initiate Auth method not supported."):
        app.initiate("ADMIN_USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)
    with refused("InvalidParameterException"):
        app.initiate("CUSTOM_AUTH", USERNAME=name)


def test_respond_to_auth_challenge(make_app):
    """Both challenges of an app: the proof of SRP, and a new password in the place of the temporary one."""
    app = make_app()
    challenge, answers = app.srp_begun(app.user("ann"))
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    assert set(challenge["ChallengeParameters"]) == {"SALT", "SRP_B", "SECRET_BLOCK", "USERNAME", "USER_ID_FOR_SRP"}
    tokens = app.respond("PASSWORD_VERIFIER", **answers)["AuthenticationResult"]
    assert claims(tokens["AccessToken"])["username"] == "ann"

    name = app.invited("bob", email="bob@example.com")
    challenge = app.password_auth(name, "Temporary-Pass-1")
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert "AuthenticationResult" not in challenge
    with refused("InvalidPasswordException"):
        app.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], USERNAME=name, NEW_PASSWORD="short")
    tokens = app.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], USERNAME=name, NEW_PASSWORD=PASSWORD)
    assert app.me(tokens["AuthenticationResult"]["AccessToken"])["Username"] == name
    assert app.get(name)["UserStatus"] == "CONFIRMED"
    assert app.srp_auth(name)["AccessToken"]
    with refused("NotAuthorizedException", INCORRECT):
        app.password_auth(name, "Temporary-Pass-1")


def test_a_session_works_once_and_only_for_its_challenge(make_app):
    app = make_app()
    name = app.invited()
    session = app.password_auth(name, "Temporary-Pass-1")["Session"]
    app.respond("NEW_PASSWORD_REQUIRED", session, USERNAME=name, NEW_PASSWORD=PASSWORD)
    invalid = "Invalid session for the user."
    with refused("NotAuthorizedException", invalid):
        app.respond("NEW_PASSWORD_REQUIRED", session, USERNAME=name, NEW_PASSWORD=OTHER_PASSWORD)
    with refused("NotAuthorizedException"):
        app.respond("NEW_PASSWORD_REQUIRED", "nonsense" * 5, USERNAME=name, NEW_PASSWORD=OTHER_PASSWORD)
    with refused("InvalidParameterException", "Missing required parameter Session"):
        app.respond("NEW_PASSWORD_REQUIRED", USERNAME=name, NEW_PASSWORD=OTHER_PASSWORD)
    assert app.tokens(name)["AccessToken"]

    other = app.invited()
    session = app.password_auth(other, "Temporary-Pass-1")["Session"]
    challenge, answers = app.srp_begun(name)
    answers["PASSWORD_CLAIM_SECRET_BLOCK"] = session
    with refused("NotAuthorizedException", invalid):
        app.respond("PASSWORD_VERIFIER", **answers)
    secret_block = challenge["ChallengeParameters"]["SECRET_BLOCK"]
    told = refusal(app.respond, "NEW_PASSWORD_REQUIRED", secret_block, USERNAME=other, NEW_PASSWORD=OTHER_PASSWORD)
    # A secret block may be too long for a session, which is as good an answer.
    assert told[0] in ("NotAuthorizedException", "InvalidParameterException")
    assert app.get(other)["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_a_session_ends_when_an_administrator_sets_another_password(make_app):
    app = make_app()
    name = app.invited()
    session = app.password_auth(name, "Temporary-Pass-1")["Session"]
    app.set_password(name, "Another-Temp-2", permanent=False)
    with refused("NotAuthorizedException", "Invalid session for the user."):
        app.respond("NEW_PASSWORD_REQUIRED", session, USERNAME=name, NEW_PASSWORD=PASSWORD)


def test_get_user(make_app):
    app = make_app()
    name = app.user(email="ann@example.com", email_verified="true", given_name="Ann")
    tokens = app.tokens(name)
    me = app.me(tokens["AccessToken"])
    assert me["Username"] == name
    assert attributes(me) == {
        "sub": claims(tokens["IdToken"])["sub"],
        "email": "ann@example.com",
        "email_verified": "true",
        "given_name": "Ann",
    }
    for wrong in (tokens["IdToken"], "a.b.c", "abc", tokens["AccessToken"] + "x", tokens["AccessToken"][:-20]):
        with refused("NotAuthorizedException", "Invalid Access Token"):
            app.me(wrong)


def test_a_user_who_is_gone(make_app, cognito):
    app = make_app()
    token = app.tokens(app.user())["AccessToken"]
    cognito.delete_user_pool(UserPoolId=app.pool_id)
    with refused("NotAuthorizedException"):
        app.me(token)


def test_a_client_with_a_secret_asks_for_the_hash(make_app):
    app = make_app(GenerateSecret=True)
    name = app.user()
    missing = f"Client {app.client_id} is configured with secret but SECRET_HASH was not received"
    wrong = f"Unable to verify secret hash for client {app.client_id}"
    bare = {"ClientId": app.client_id, "AuthFlow": "USER_PASSWORD_AUTH"}
    with refused("NotAuthorizedException", missing):
        app.anonymous.initiate_auth(**bare, AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD})
    for guess in (app.secret_hash("bob"), app.secret, "AAAA"):
        with refused("NotAuthorizedException", wrong):
            app.initiate(USERNAME=name, PASSWORD=PASSWORD, SECRET_HASH=guess)
    assert app.tokens(name)["AccessToken"]

    # Every step asks for it.
    tokens = app.srp_auth(name)
    srp = {"USERNAME": name, "SRP_A": "ab" * 100}
    with refused("NotAuthorizedException", missing):
        app.anonymous.initiate_auth(ClientId=app.client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=srp)
    _, answers = app.srp_begun(name)
    with refused("NotAuthorizedException", wrong):
        app.respond("PASSWORD_VERIFIER", **answers | {"SECRET_HASH": app.secret_hash("bob")})
    with refused("NotAuthorizedException", missing):
        app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])
    renewed = app.initiate(
        "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"], SECRET_HASH=app.secret_hash(name)
    )
    assert renewed["AuthenticationResult"]["AccessToken"]


def test_a_client_may_tell_that_a_user_does_not_exist(make_app):
    app = make_app(PreventUserExistenceErrors="LEGACY")
    for attempt in (lambda: app.password_auth("nobody"), lambda: app.srp_begun("nobody")):
        with refused("UserNotFoundException", "User does not exist."):
            attempt()


def test_a_client_may_not_tell(make_app):
    app = make_app(PreventUserExistenceErrors="ENABLED")
    name = app.user()
    told = refusal(app.password_auth, name, OTHER_PASSWORD)
    assert told == ("NotAuthorizedException", INCORRECT)
    assert refusal(app.password_auth, "nobody", OTHER_PASSWORD) == told
    assert refusal(app.admin_initiate, USERNAME="nobody", PASSWORD=PASSWORD) == told


@pytest.mark.parametrize("by_email", [False, True], ids=["user names", "addresses"])
def test_srp_with_a_name_that_has_no_user_looks_like_any_other(make_app, by_email):
    app = make_app(
        pool={"UsernameAttributes": ["email"]} if by_email else {}, PreventUserExistenceErrors="ENABLED"
    )
    domain = "@example.com" if by_email else ""
    name, nobody, noone = app.user(f"grace{domain}"), f"nobod{domain}", f"somebody.else{domain}"
    (real, _), (first, answers), (second, _), (other, _) = map(app.srp_begun, (name, nobody, nobody, noone))
    real, first, second, other = (answer["ChallengeParameters"] for answer in (real, first, second, other))
    # The same name always has the same salt and id, another name another; what is drawn anew is drawn anew.
    assert set(first) == set(real)
    for key in ("SALT", "USER_ID_FOR_SRP"):
        assert first[key] == second[key] != other[key]
    for key in ("SRP_B", "SECRET_BLOCK"):
        assert first[key] != second[key]
    # Nor does the size of anything tell.
    for key in ("SALT", "SECRET_BLOCK"):
        assert len(first[key]) == len(real[key]), key
    if by_email:
        assert len(other["SECRET_BLOCK"]) == len(real["SECRET_BLOCK"])
        assert len(first["USER_ID_FOR_SRP"]) == len(real["USER_ID_FOR_SRP"])
    assert refusal(app.respond, "PASSWORD_VERIFIER", **answers) == ("NotAuthorizedException", INCORRECT)


def test_an_unconfirmed_user_hears_of_it_only_with_the_right_password(make_app):
    app = make_app(PreventUserExistenceErrors="ENABLED")
    name = app.sign_up()
    with refused("UserNotConfirmedException", "User is not confirmed."):
        app.password_auth(name)
    with refused("UserNotConfirmedException", "User is not confirmed."):
        app.srp_auth(name)
    with refused("NotAuthorizedException", INCORRECT):
        app.password_auth(name, OTHER_PASSWORD)


def test_a_password_from_before_srp_was_allowed(make_app, make_client):
    """The verifier is made at the next sign-in with the password itself."""
    app = make_app(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    name = app.user()
    srp = app.beside(make_client(app.pool, ExplicitAuthFlows=ALL_FLOWS))
    with refused("NotAuthorizedException", INCORRECT):
        srp.srp_auth(name)
    assert srp.admin_initiate(USERNAME=name, PASSWORD=PASSWORD)["AuthenticationResult"]
    assert srp.srp_auth(name)["AccessToken"]


def test_a_name_that_is_none(unchecked, make_app):
    app = make_app()
    for name in ("", "a" * 2049):
        with refused("InvalidParameterException"):
            unchecked.initiate_auth(
                ClientId=app.client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
            )
