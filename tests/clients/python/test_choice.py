"""Choice-based sign-in (USER_AUTH): what is offered, each way in, users without a password, levels of authentication."""

import pytest
from mfa_support import prefer, register, require, second
from support import ALL_FLOWS, PASSWORD, claims, make_app, named, refused, wrong

PASSWORDS = ["PASSWORD_SRP", "PASSWORD"]


@pytest.fixture
def app(make_app):
    """An app whose users sign in with passwords or codes."""
    return make_app(
        pool={
            "AutoVerifiedAttributes": ["email"],
            "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}},
        },
        ExplicitAuthFlows=[*ALL_FLOWS, "ALLOW_USER_AUTH"],
    )


def mail(app):
    return f"{app.unique('user')}@example.com"


def verified(app, **more):
    """A user with a verified address: name and address."""
    address = mail(app)
    return app.user(email=address, email_verified="true", **more), address


def test_the_ways_in_are_listed_and_one_is_chosen(app, mailbox):
    name, address = verified(app)
    choice = app.initiate("USER_AUTH", USERNAME=name)
    assert choice["ChallengeName"] == "SELECT_CHALLENGE"
    assert choice["AvailableChallenges"] == [*PASSWORDS, "EMAIL_OTP"]
    with refused("InvalidParameterException"):
        second(app, choice, name, ANSWER="SMS_OTP")
    asked = second(app, choice, name, ANSWER="EMAIL_OTP")
    assert asked["ChallengeName"] == "EMAIL_OTP"
    code = mailbox(address)
    with refused("CodeMismatchException"):
        second(app, asked, name, EMAIL_OTP_CODE=wrong(code))
    tokens = second(app, asked, name, EMAIL_OTP_CODE=code)["AuthenticationResult"]
    assert app.me(tokens["AccessToken"])["Username"] == name
    with refused("NotAuthorizedException"):
        second(app, asked, name, EMAIL_OTP_CODE=code)


def test_the_password_is_one_way(app):
    name, _ = verified(app)
    choice = app.initiate("USER_AUTH", USERNAME=name)
    assert "AuthenticationResult" in second(app, choice, name, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    asked = app.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE="PASSWORD")
    assert asked["ChallengeName"] == "PASSWORD"
    with refused("NotAuthorizedException", "Incorrect username or password."):
        second(app, asked, name, PASSWORD="Wrong-Password-1")
    assert "AuthenticationResult" in second(app, asked, name, PASSWORD=PASSWORD)
    at_once = app.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    assert "AuthenticationResult" in at_once


def test_srp_is_another(app):
    name, _ = verified(app)
    srp = app.srp(name)
    parameters = srp.get_auth_params()
    choice = app.initiate("USER_AUTH", USERNAME=name)
    challenge = second(app, choice, name, ANSWER="PASSWORD_SRP", SRP_A=parameters["SRP_A"])
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    answer = srp.process_challenge(challenge["ChallengeParameters"], parameters)
    assert "AuthenticationResult" in app.respond("PASSWORD_VERIFIER", **answer)


def test_a_session_does_not_lend_itself_to_another_user(app):
    ann, _ = verified(app)
    bob, _ = verified(app)
    choice = app.initiate("USER_AUTH", USERNAME=ann)
    with refused("NotAuthorizedException"):
        second(app, choice, bob, ANSWER="PASSWORD", PASSWORD=PASSWORD)


def test_the_flow_must_be_allowed(make_app):
    plain = make_app()
    with refused("InvalidParameterException", "USER_AUTH is not enabled for the client."):
        plain.initiate("USER_AUTH", USERNAME="ann")


def test_a_name_without_a_user_looks_like_one_with(make_app):
    app = make_app(
        pool={"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
              "UsernameAttributes": ["email"]},
        ExplicitAuthFlows=["ALLOW_USER_AUTH"],
        PreventUserExistenceErrors="ENABLED",
    )  # fmt: skip
    here, nowhere = mail(app), mail(app)
    app.user(here, email_verified="true")
    lists = [app.initiate("USER_AUTH", USERNAME=name) for name in (here, nowhere)]
    assert lists[0]["AvailableChallenges"] == lists[1]["AvailableChallenges"]
    assert len(lists[0]["Session"]) == len(lists[1]["Session"])
    sent = [app.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE="EMAIL_OTP") for name in (here, nowhere)]
    assert [answer["ChallengeName"] for answer in sent] == ["EMAIL_OTP"] * 2
    assert len(sent[0]["Session"]) == len(sent[1]["Session"])
    for name, challenge in zip((here, nowhere), sent, strict=True):
        with refused("CodeMismatchException", "Invalid code or auth state for the user."):
            second(app, challenge, name, EMAIL_OTP_CODE="000000")


def test_signing_up_without_a_password_leads_straight_in(app, mailbox):
    name, address = app.unique("user"), mail(app)
    begun = app.anonymous.sign_up(
        ClientId=app.client_id, Username=name, UserAttributes=named({"email": address})
    )
    with refused("NotAuthorizedException"):
        app.initiate_with(begun["Session"], name)
    confirmed = app.confirm(name, mailbox(address), Session=begun["Session"])
    tokens = app.initiate_with(confirmed["Session"], name)["AuthenticationResult"]
    assert app.me(tokens["AccessToken"])["Username"] == name
    with refused("NotAuthorizedException"):
        app.initiate_with(confirmed["Session"], name)
    # There is no password to guess.
    assert app.initiate("USER_AUTH", USERNAME=name)["AvailableChallenges"] == ["EMAIL_OTP"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.password_auth(name)


def test_without_codes_a_password_is_needed(make_app):
    app = make_app()
    with refused("InvalidParameterException"):
        app.anonymous.sign_up(ClientId=app.client_id, Username="ann")


def test_an_administrator_makes_a_user_without_a_password(app, mailbox):
    name, address = app.unique("user"), mail(app)
    user = app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username=name,
        UserAttributes=named({"email": address, "email_verified": "true"}),
    )["User"]
    assert user["UserStatus"] == "CONFIRMED"
    invitation = mailbox.messages(address)[0]
    assert "password" not in str(invitation).lower()
    asked = app.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert "AuthenticationResult" in second(app, asked, name, EMAIL_OTP_CODE=mailbox(address))


def test_where_a_second_factor_is_wanted_a_code_alone_is_not_offered(app):
    require(app, "OPTIONAL")
    name, _ = verified(app)
    token = app.tokens(name)["AccessToken"]
    prefer(app, token, email=(True, True))
    assert app.initiate("USER_AUTH", USERNAME=name)["AvailableChallenges"] == PASSWORDS


def test_codes_to_sign_in_are_limited(app):
    name, _ = verified(app)
    with refused("NotAuthorizedException", "Attempt limit exceeded, please try after some time."):
        for _ in range(30):
            app.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE="EMAIL_OTP")


def test_levels_are_told_when_they_are_asked_for(app):
    require(app, "OPTIONAL")
    name, _ = verified(app)
    authenticator = register(app, app.tokens(name)["AccessToken"])
    plain = app.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    assert "acr" not in claims(plain["AuthenticationResult"]["IdToken"])

    first = app.initiate(
        "USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD,
        TARGET_ACR_VALUES="urn:cognito:loa:1",
    )["AuthenticationResult"]  # fmt: skip
    said = claims(first["IdToken"])
    assert (said["acr"], said["amr"]) == ("urn:cognito:loa:1", ["pwd"])

    stepping = app.initiate(
        "USER_AUTH", USERNAME=name, ACCESS_TOKEN=first["AccessToken"], TARGET_ACR_VALUES="urn:cognito:loa:4"
    )
    assert stepping["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    higher = second(app, stepping, name, SOFTWARE_TOKEN_MFA_CODE=authenticator.code())["AuthenticationResult"]
    for token in ("IdToken", "AccessToken"):
        said = claims(higher[token])
        assert (said["acr"], said["amr"]) == ("urn:cognito:loa:4", ["pwd", "otp", "mfa"])
    renewed = app.refresh(higher["RefreshToken"])
    assert claims(renewed["AccessToken"])["acr"] == "urn:cognito:loa:4"


def test_a_level_cannot_be_borrowed_or_made_up(app):
    ann, _ = verified(app)
    bob, _ = verified(app)
    token = app.tokens(ann)["AccessToken"]
    with refused("NotAuthorizedException"):
        app.initiate("USER_AUTH", USERNAME=bob, ACCESS_TOKEN=token, TARGET_ACR_VALUES="urn:cognito:loa:1")
    with refused("InvalidParameterException"):
        app.initiate("USER_AUTH", USERNAME=ann, ACCESS_TOKEN=token)
    with refused("InvalidParameterException"):
        app.initiate("USER_AUTH", USERNAME=ann, TARGET_ACR_VALUES="urn:other:9")


def test_what_was_proved_too_long_ago_does_not_count(app):
    name, _ = verified(app)
    token = app.tokens(name)["AccessToken"]
    wanted = {"USERNAME": name, "ACCESS_TOKEN": token, "TARGET_ACR_VALUES": "urn:cognito:loa:1"}
    assert "AuthenticationResult" in app.initiate("USER_AUTH", **wanted, MAX_AGE="3600")
    with refused("InvalidParameterException"):
        app.initiate("USER_AUTH", **wanted, MAX_AGE="soon")
