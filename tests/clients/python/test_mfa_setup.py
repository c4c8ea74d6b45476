"""MFA_SETUP by an address: a code goes there, and only the right one makes it the user's second factor."""

import json
import random

import pytest
from mfa_support import require, second
from support import at_once, attributes, make_app, refused, wrong

EMAIL_AND_PHONE = {"AliasAttributes": ["email", "phone_number"]}


@pytest.fixture
def app(make_app):
    """An app whose pool requires a second factor, whichever."""
    app = make_app(EMAIL_AND_PHONE)
    require(app, "ON")
    return app


def offered(challenge):
    assert challenge["ChallengeName"] == "MFA_SETUP"
    return json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"])


def test_an_address_becomes_a_second_factor_by_its_code(app, mailbox):
    name, address = app.user(), f"{app.unique('ann')}@example.com"
    challenge = app.password_auth(name)
    assert offered(challenge) == ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
    with refused("InvalidParameterException", "Invalid email address format."):
        second(app, challenge, name, EMAIL="ann@example")
    asked = second(app, challenge, name, EMAIL=address)
    assert asked["ChallengeName"] == "EMAIL_OTP"
    assert asked["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
        "CODE_DELIVERY_DESTINATION": "a***@e***",
    }
    code = mailbox(address)
    with refused("CodeMismatchException"):
        second(app, asked, name, EMAIL_OTP_CODE=wrong(code))
    # Nothing is the user's before the code is.
    assert "email" not in attributes(app.get(name))
    # Of several that come with it at once, one is signed in.
    results = at_once(*[lambda: second(app, asked, name, EMAIL_OTP_CODE=code)] * 3)
    assert results.count(None) == 1
    user = app.get(name)
    assert (attributes(user)["email"], attributes(user)["email_verified"]) == (address, "true")
    assert user["UserMFASettingList"] == ["EMAIL_OTP"]
    with refused("CodeMismatchException"):
        second(app, asked, name, EMAIL_OTP_CODE=code)
    # It is a name of the user's from now on, and the factor that is asked for.
    again = app.password_auth(address)
    assert again["ChallengeName"] == "EMAIL_OTP"

    name, number = app.user(), f"+4915{random.randrange(10**8, 10**9)}"
    asked = second(app, app.password_auth(name), name, PHONE_NUMBER=number)
    assert asked["ChallengeName"] == "SMS_MFA"
    assert "AuthenticationResult" in second(app, asked, name, SMS_MFA_CODE=mailbox(number))
    user = app.get(name)
    assert attributes(user)["phone_number_verified"] == "true"
    assert user["UserMFASettingList"] == ["SMS_MFA"]


def test_an_address_that_is_another_user_s_name_stays_that_user_s(app, mailbox):
    address = f"{app.unique('shared')}@example.com"
    owner = app.user(email=address, email_verified="true")
    name = app.user()
    # Whose it is shows to nobody who cannot read what goes there.
    asked = second(app, app.password_auth(name), name, EMAIL=address)
    with refused("AliasExistsException"):
        second(app, asked, name, EMAIL_OTP_CODE=mailbox(address))
    assert "email" not in attributes(app.get(name))
    assert app.get(address)["Username"] == owner


def test_guesses_are_counted_though_a_new_code_is_asked_for(app, mailbox):
    name, address = app.user(), f"{app.unique('eve')}@example.com"
    challenge = app.password_auth(name)
    asked = second(app, challenge, name, EMAIL=address)
    code = mailbox(address)
    for _ in range(5):
        with refused("CodeMismatchException"):
            second(app, asked, name, EMAIL_OTP_CODE=wrong(code))
    asked = second(app, challenge, name, EMAIL=address)
    with refused("NotAuthorizedException", "Code attempts exceeded"):
        second(app, asked, name, EMAIL_OTP_CODE=wrong(code))
    assert "email" not in attributes(app.get(name))


def test_the_first_code_verifies_an_address_that_is_there(app, mailbox):
    address = f"{app.unique('ann')}@example.com"
    name = app.user(email=address)
    assert attributes(app.get(name)).get("email_verified") != "true"
    asked = app.password_auth(name)
    assert asked["ChallengeName"] == "EMAIL_OTP"
    # An address that the user has is not replaced on the way.
    with refused("NotAuthorizedException"):
        app.respond("MFA_SETUP", asked["Session"], USERNAME=name, EMAIL="other@example.com")
    assert "AuthenticationResult" in second(app, asked, name, EMAIL_OTP_CODE=mailbox(address))
    assert attributes(app.get(name))["email_verified"] == "true"
    assert app.get(address)["Username"] == name


def test_a_client_that_may_not_write_an_address_cannot_set_it_up(make_app):
    app = make_app(EMAIL_AND_PHONE, WriteAttributes=["name", "phone_number"])
    require(app, "ON")
    name = app.user()
    challenge = app.password_auth(name)
    assert offered(challenge) == ["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    with refused("MFAMethodNotFoundException"):
        second(app, challenge, name, EMAIL="ann@example.com")
