"""What administrators do: create users, confirm them, set their passwords, sign in on their behalf."""

import html
import json
import re

import pytest
from support import (
    OTHER_PASSWORD,
    PASSWORD,
    TEMPORARY,
    attributes,
    claims,
    make_app,
    named,
    refused,
    unchecked,
)

NO_USER = "User does not exist."


def invitation(mailbox, to):
    """The user name and the temporary password of the newest invitation."""
    text = html.unescape(mailbox.messages(to)[0]["body"])
    return re.fullmatch(r"Your username is (\S+) and temporary password is (\S+)\.", text).groups()


def test_admin_create_user(make_app, mailbox):
    app = make_app()
    name = app.unique("ann")
    email = f"{name}@example.com"
    user = app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username=name,
        UserAttributes=named({"email": email, "email_verified": "true"}),
        DesiredDeliveryMediums=["EMAIL"],
    )["User"]
    assert (user["Username"], user["UserStatus"], user["Enabled"]) == (name, "FORCE_CHANGE_PASSWORD", True)
    assert attributes(user, "Attributes") == attributes(app.get(name))
    assert attributes(app.get(name))["email_verified"] == "true"
    told, temporary = invitation(mailbox, email)
    assert told == name
    challenge = app.password_auth(name, temporary)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with refused("UsernameExistsException", "User already exists"):
        app.invited(name)
    with refused("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist."):
        app.cognito.admin_create_user(UserPoolId="us-east-1_Nowhere00", Username=name)


def test_an_invitation_sent_again_has_a_new_password(make_app, mailbox):
    app = make_app()
    name = app.unique("ann")
    email = f"{name}@example.com"
    request = {"UserPoolId": app.pool_id, "Username": name}
    with refused("UserNotFoundException", NO_USER):
        app.cognito.admin_create_user(**request, MessageAction="RESEND")
    app.cognito.admin_create_user(**request, UserAttributes=named({"email": email}))
    _, first = invitation(mailbox, email)
    app.cognito.admin_create_user(**request, MessageAction="RESEND")
    _, second = invitation(mailbox, email)
    assert len(mailbox.messages(email)) == 2 and first != second
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.password_auth(name, first)
    assert app.password_auth(name, second)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    app.set_password(name, PASSWORD)
    with refused("UnsupportedUserStateException"):
        app.cognito.admin_create_user(**request, MessageAction="RESEND")


def test_invitations_go_where_they_are_wanted(make_app, mailbox):
    app = make_app(
        pool={
            "AdminCreateUserConfig": {
                "InviteMessageTemplate": {
                    "EmailSubject": "Come in",
                    "EmailMessage": "{username}, your key: {####}",
                    "SMSMessage": "Key of {username}: {####}",
                }
            }
        }
    )
    to = {"email": f"{app.unique('bob')}@example.com", "phone_number": "+15550177003"}
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username="bob<b>",
        TemporaryPassword=TEMPORARY,
        DesiredDeliveryMediums=["EMAIL", "SMS"],
        UserAttributes=named(to),
    )
    [mail] = mailbox.messages(to["email"])
    # The name is text in the mail's HTML, whatever its owner wrote.
    assert (mail["subject"], mail["body"]) == ("Come in", f"bob&lt;b&gt;, your key: {TEMPORARY}")
    assert mailbox.messages(to["phone_number"])[0]["body"] == f"Key of bob<b>: {TEMPORARY}"
    quiet = app.invited(email="quiet@example.com")
    assert not mailbox.messages("quiet@example.com")
    assert app.password_auth(quiet, TEMPORARY)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with refused("InvalidParameterException"):
        app.cognito.admin_create_user(UserPoolId=app.pool_id, Username="cleo", DesiredDeliveryMediums=["EMAIL"])
    with refused("UserNotFoundException"):
        app.get("cleo")


def test_temporary_passwords_obey_the_policy(make_app, mailbox):
    app = make_app(pool={"Policies": {"PasswordPolicy": {"MinimumLength": 40, "RequireSymbols": True}}})
    with refused("InvalidPasswordException"):
        app.invited(password_for := app.unique("ann"), TEMPORARY)
    email = f"{password_for}@example.com"
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id, Username=password_for, UserAttributes=named({"email": email})
    )
    assert len(invitation(mailbox, email)[1]) >= 40


@pytest.mark.parametrize("attribute, value", [("name", "Ann"), ("email", "ann@example.com")])
def test_a_required_attribute_that_the_administrator_leaves_to_the_user(make_app, attribute, value):
    """AdminCreateUser needs no attribute; the user brings the required ones with the new password."""
    app = make_app(
        pool={"Schema": [{"Name": attribute, "AttributeDataType": "String", "Required": True, "Mutable": True}]}
    )
    name = app.invited("bob")
    challenge = app.password_auth(name, TEMPORARY)
    assert json.loads(challenge["ChallengeParameters"]["requiredAttributes"]) == [f"userAttributes.{attribute}"]
    answers = {"USERNAME": name, "NEW_PASSWORD": PASSWORD}
    with refused("InvalidParameterException", f"Invalid attributes given, {attribute} is missing"):
        app.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], **answers)
    answers[f"userAttributes.{attribute}"] = value
    tokens = app.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], **answers)["AuthenticationResult"]
    assert claims(tokens["IdToken"])[attribute] == value


def test_what_the_challenge_says_of_the_user(make_app):
    app = make_app(ReadAttributes=["email"], WriteAttributes=["email"])
    name = app.invited("bob", email="bob@example.com", given_name="Bob")
    challenge = app.password_auth(name, TEMPORARY)
    told = challenge["ChallengeParameters"]
    assert json.loads(told["userAttributes"]) == {"email": "bob@example.com"}
    assert json.loads(told["requiredAttributes"]) == []
    assert told["USER_ID_FOR_SRP"] == name
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        app.respond(
            "NEW_PASSWORD_REQUIRED",
            challenge["Session"],
            **{"USERNAME": name, "NEW_PASSWORD": PASSWORD, "userAttributes.given_name": "Robert"},
        )


@pytest.mark.parametrize("attribute", ["custom:plan", "name"], ids=["immutable", "required"])
def test_the_challenge_is_no_way_to_change_what_is_fixed(make_app, attribute):
    """An immutable attribute that is set stays, and so does a required one that has a value already."""
    schema = [
        {"Name": "plan", "AttributeDataType": "String", "Mutable": False},
        {"Name": "name", "AttributeDataType": "String", "Required": True, "Mutable": True},
    ]
    app = make_app(pool={"Schema": schema})
    name = app.invited("bob", **{"custom:plan": "free", "name": "Bob"})
    before = attributes(app.get(name))
    session = app.password_auth(name, TEMPORARY)["Session"]
    answers = {"USERNAME": name, "NEW_PASSWORD": PASSWORD, f"userAttributes.{attribute}": "gold"}
    with refused("InvalidParameterException"):
        app.respond("NEW_PASSWORD_REQUIRED", session, **answers)
    assert attributes(app.get(name)) == before
    assert app.get(name)["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_admin_get_user(make_app):
    app = make_app()
    name = app.sign_up()
    user = app.get(name)
    assert set(user) - {"ResponseMetadata"} == {
        "Username", "UserAttributes", "UserCreateDate", "UserLastModifiedDate", "Enabled", "UserStatus",
    }  # fmt: skip
    assert user["Username"] == name and user["UserStatus"] == "UNCONFIRMED" and user["Enabled"] is True
    app.cognito.admin_confirm_sign_up(UserPoolId=app.pool_id, Username=name)
    later = app.get(name)
    assert later["UserCreateDate"] == user["UserCreateDate"]
    assert later["UserLastModifiedDate"] > user["UserLastModifiedDate"]
    with refused("UserNotFoundException", NO_USER):
        app.get("nobody")
    with refused("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist."):
        app.cognito.admin_get_user(UserPoolId="us-east-1_Nowhere00", Username=name)


def test_admin_confirm_sign_up(make_app, mailbox):
    app = make_app()
    name = app.sign_up()
    code = mailbox(f"{name}@example.com")
    app.cognito.admin_confirm_sign_up(UserPoolId=app.pool_id, Username=name)
    user = app.get(name)
    assert user["UserStatus"] == "CONFIRMED"
    # Nobody has shown the code, so nothing is verified; nor is the code of any use now.
    assert "email_verified" not in attributes(user)
    status = "User cannot be confirmed. Current status is CONFIRMED"
    with refused("NotAuthorizedException", status):
        app.cognito.admin_confirm_sign_up(UserPoolId=app.pool_id, Username=name)
    with refused("NotAuthorizedException", status):
        app.confirm(name, code)
    with refused("UserNotFoundException", NO_USER):
        app.cognito.admin_confirm_sign_up(UserPoolId=app.pool_id, Username="nobody")
    assert app.tokens(name)["AccessToken"]


def test_admin_set_user_password(make_app):
    app = make_app()
    name = app.user()
    app.set_password(name, OTHER_PASSWORD)
    assert app.get(name)["UserStatus"] == "CONFIRMED"
    assert app.tokens(name, OTHER_PASSWORD)["AccessToken"]
    assert app.srp_auth(name, OTHER_PASSWORD)["AccessToken"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.password_auth(name)

    app.set_password(name, TEMPORARY, permanent=False)
    assert app.get(name)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    for begin in (lambda: app.password_auth(name, TEMPORARY), lambda: temporary_srp(app, name)):
        assert begin()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with refused("InvalidPasswordException"):
        app.set_password(name, "short1")
    with refused("UserNotFoundException", NO_USER):
        app.set_password("nobody", PASSWORD)


def temporary_srp(app, name):
    _, answers = app.srp_begun(name, TEMPORARY)
    return app.respond("PASSWORD_VERIFIER", **answers)


def test_an_unconfirmed_user_whose_password_is_set_is_confirmed(make_app):
    app = make_app()
    name = app.sign_up()
    app.set_password(name, OTHER_PASSWORD)
    assert app.get(name)["UserStatus"] == "CONFIRMED"
    assert app.tokens(name, OTHER_PASSWORD)["AccessToken"]


def test_a_refused_password_is_not_repeated(make_app, unchecked):
    app = make_app()
    name = app.user()
    for secret in ("Se cret with spaces 1", "S" * 300 + "-never-told-1"):
        with refused("InvalidParameterException") as caught:
            unchecked.admin_set_user_password(UserPoolId=app.pool_id, Username=name, Password=secret)
        assert secret not in str(caught.value.response)


def test_admin_initiate_auth(make_app, make_pool):
    app = make_app()
    name = app.user()
    tokens = app.admin_initiate(USERNAME=name, PASSWORD=PASSWORD)["AuthenticationResult"]
    assert app.me(tokens["AccessToken"])["Username"] == name
    renewed = app.admin_initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])
    assert app.me(renewed["AuthenticationResult"]["AccessToken"])["Username"] == name
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.admin_initiate(USERNAME=name, PASSWORD=OTHER_PASSWORD)
    with refused("UserNotFoundException", NO_USER):
        app.admin_initiate(USERNAME="nobody", PASSWORD=PASSWORD)
    with refused("InvalidParameterException"):
        app.admin_initiate("USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)
    with refused("ResourceNotFoundException", f"User pool client {app.client_id} does not exist."):
        app.cognito.admin_initiate_auth(
            UserPoolId=make_pool()["Id"],
            ClientId=app.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )


def test_admin_initiate_auth_where_the_client_does_not_allow_it(make_app):
    app = make_app(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    with refused("InvalidParameterException", "Auth flow not enabled for this client"):
        app.admin_initiate(USERNAME=app.user(), PASSWORD=PASSWORD)


def test_admin_respond_to_auth_challenge(make_app):
    app = make_app()
    request = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    name = app.invited()
    challenge = app.admin_initiate(USERNAME=name, PASSWORD=TEMPORARY)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    answer = {
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": challenge["Session"],
        "ChallengeResponses": {"USERNAME": name, "NEW_PASSWORD": PASSWORD},
    }
    # What began with a signature does not go on without one.
    with refused("NotAuthorizedException", "Invalid session for the user."):
        app.anonymous.respond_to_auth_challenge(ClientId=app.client_id, **answer)
    tokens = app.cognito.admin_respond_to_auth_challenge(**request, **answer)["AuthenticationResult"]
    assert app.me(tokens["AccessToken"])["Username"] == name
    with refused("NotAuthorizedException", "Invalid session for the user."):
        app.cognito.admin_respond_to_auth_challenge(**request, **answer)

    # SRP on behalf of a user.
    srp = app.srp(name)
    parameters = srp.get_auth_params()
    challenge = app.admin_initiate("USER_SRP_AUTH", **parameters)
    answers = srp.process_challenge(challenge["ChallengeParameters"], parameters)
    tokens = app.cognito.admin_respond_to_auth_challenge(
        **request, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=answers
    )
    assert app.me(tokens["AuthenticationResult"]["AccessToken"])["Username"] == name
    with refused("InvalidParameterException"):
        app.cognito.admin_respond_to_auth_challenge(
            **request, ChallengeName="SMS_MFA", ChallengeResponses={"USERNAME": name, "SMS_MFA_CODE": "123456"}
        )
