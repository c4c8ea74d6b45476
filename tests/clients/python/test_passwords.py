"""A user's own change of password, and what a pool remembers of earlier ones."""

import pytest
from support import OTHER_PASSWORD, PASSWORD, TEMPORARY, at_once, attributes, make_app, refused

THIRD_PASSWORD = "Paper-Clip-9"
USED = "Password has previously been used."
LIMIT = "Attempt limit exceeded, please try after some time."


def remembering(count):
    return {"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": count}}}


def test_change_password(make_app):
    app = make_app()
    name = app.user()
    token = app.tokens(name)["AccessToken"]
    app.change_password(token)
    assert app.tokens(name, OTHER_PASSWORD)["AccessToken"]
    assert app.srp_auth(name, OTHER_PASSWORD)["AccessToken"]
    for sign_in in (app.password_auth, app.srp_auth):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            sign_in(name, PASSWORD)
    assert app.me(token)["Username"] == name


def test_a_change_needs_the_present_password(make_app):
    app = make_app()
    name = app.user()
    token = app.tokens(name)["AccessToken"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.change_password(token, previous="Not-the-password-1")
    with refused("NotAuthorizedException"):
        app.anonymous.change_password(AccessToken=token, ProposedPassword=OTHER_PASSWORD)
    assert app.tokens(name)["AccessToken"]


def test_a_new_password_obeys_the_policy(make_app):
    app = make_app()
    token = app.tokens(app.user())["AccessToken"]
    with refused("InvalidPasswordException", "Password did not conform with policy: Password not long enough"):
        app.change_password(token, proposed="Sh0rt-x")
    app.change_password(token)


def test_five_tries_an_hour(make_app):
    """A stolen token does not let its holder guess the password."""
    app = make_app()
    name = app.user()
    token = app.tokens(name)["AccessToken"]
    for _ in range(5):
        with refused("NotAuthorizedException"):
            app.change_password(token, previous="Not-the-password-1")
    with refused("LimitExceededException", LIMIT):
        app.change_password(token)
    assert app.tokens(name)["AccessToken"]


def test_guesses_at_once_are_not_more_than_five(make_app):
    app = make_app()
    token = app.tokens(app.user())["AccessToken"]
    guess = lambda: app.change_password(token, previous="Not-the-password-1")  # noqa: E731
    told = 0
    for _ in range(4):
        answers = [answer[0] for answer in at_once(*[guess] * 4)]
        assert set(answers) <= {"NotAuthorizedException", "TooManyRequestsException", "LimitExceededException"}
        told += answers.count("NotAuthorizedException")
    assert 1 <= told <= 5


def test_a_changed_password_ends_a_sign_in_that_has_begun(make_app):
    app = make_app()
    name = app.user()
    token = app.tokens(name)["AccessToken"]
    _, answers = app.srp_begun(name)
    app.change_password(token)
    with refused("NotAuthorizedException"):
        app.respond("PASSWORD_VERIFIER", **answers)


def test_a_change_voids_a_code_that_was_asked_for_before(make_app, mailbox):
    """Whoever reads the mailbox cannot undo the change with what is there already."""
    app = make_app()
    email = f"{app.unique('ann')}@example.com"
    name = app.user(email=email, email_verified="true")
    app.forgot(name)
    app.change_password(app.tokens(name)["AccessToken"])
    refusals = ("CodeMismatchException", "ExpiredCodeException")
    with pytest.raises(app.anonymous.exceptions.ClientError) as caught:
        app.confirm_forgot(name, mailbox(email), THIRD_PASSWORD)
    assert caught.value.response["Error"]["Code"] in refusals

    app.forgot(name)
    app.set_password(name, PASSWORD)
    with pytest.raises(app.anonymous.exceptions.ClientError) as caught:
        app.confirm_forgot(name, mailbox(email, count=2), THIRD_PASSWORD)
    assert caught.value.response["Error"]["Code"] in refusals
    assert app.tokens(name)["AccessToken"]


def test_the_pool_remembers_passwords(make_app, mailbox):
    app = make_app(pool=remembering(2))
    email = f"{app.unique('ann')}@example.com"
    name = app.user(email=email, email_verified="true")
    token = app.tokens(name)["AccessToken"]
    with refused("PasswordHistoryPolicyViolationException", USED):
        app.change_password(token, PASSWORD, PASSWORD)
    app.change_password(token, PASSWORD, OTHER_PASSWORD)
    with refused("PasswordHistoryPolicyViolationException", USED):
        app.change_password(token, OTHER_PASSWORD, PASSWORD)
    with refused("PasswordHistoryPolicyViolationException", USED):
        app.set_password(name, PASSWORD)
    app.forgot(name)
    code = mailbox(email)
    with refused("PasswordHistoryPolicyViolationException", USED):
        app.confirm_forgot(name, code, PASSWORD)
    app.confirm_forgot(name, code, THIRD_PASSWORD)
    # Two later, the first one is forgotten.
    app.change_password(token, THIRD_PASSWORD, PASSWORD)
    assert app.tokens(name)["AccessToken"]


def test_a_pool_without_history_remembers_nothing(make_app):
    app = make_app()
    name = app.user()
    app.change_password(app.tokens(name)["AccessToken"], PASSWORD, PASSWORD)
    assert app.tokens(name)["AccessToken"]


def test_a_temporary_password_is_remembered_too(make_app):
    app = make_app(pool=remembering(3))
    name = app.invited()
    challenge = app.password_auth(name, TEMPORARY)
    with refused("PasswordHistoryPolicyViolationException", USED):
        app.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], USERNAME=name, NEW_PASSWORD=TEMPORARY)
    app.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], USERNAME=name, NEW_PASSWORD=PASSWORD)
    assert app.tokens(name)["AccessToken"]


def test_a_new_password_brings_no_other_immutable_attributes(make_app):
    app = make_app(pool={"Schema": [{"Name": "badge", "AttributeDataType": "String", "Mutable": False}]})
    name = app.invited(**{"custom:badge": "7"})
    challenge = app.password_auth(name, TEMPORARY)
    answers = {"USERNAME": name, "NEW_PASSWORD": PASSWORD}
    with refused("InvalidParameterException"):
        app.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], **answers | {"userAttributes.custom:badge": "8"})
    app.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], **answers | {"userAttributes.nickname": "Annie"})
    found = attributes(app.get(name))
    assert (found["custom:badge"], found["nickname"]) == ("7", "Annie")
