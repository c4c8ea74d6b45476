"""The names that users sign in with: user names, e-mail addresses and numbers, aliases, and letter case."""

import pytest
from support import OTHER_PASSWORD, PASSWORD, attributes, claims, make_app, refusal, refused

BY_EMAIL = {"UsernameAttributes": ["email"]}
WITH_ALIASES = {
    "AliasAttributes": ["email", "phone_number", "preferred_username"],
    "AutoVerifiedAttributes": ["email"],
}


def test_an_address_as_user_name(make_app, mailbox):
    app = make_app(pool=BY_EMAIL)
    email = f"{app.unique('ann')}@example.com"
    app.sign_up(email, attributes={})
    sub = app.sign_up_answer["UserSub"]
    app.confirm(email, mailbox(email))
    for name in (email, sub):
        tokens = app.tokens(name)
        assert claims(tokens["IdToken"])["cognito:username"] == sub
        assert claims(tokens["IdToken"])["email"] == email
        assert claims(app.srp_auth(name)["AccessToken"])["username"] == sub
    user = app.get(email)
    assert user["Username"] == sub
    assert attributes(user) == {"sub": sub, "email": email, "email_verified": "true"}


def test_an_address_belongs_to_one_user(make_app):
    app = make_app(pool=BY_EMAIL)
    app.sign_up("ann@example.com", attributes={})
    message = "An account with the given email already exists."
    with refused("UsernameExistsException", message):
        app.sign_up("ann@example.com", attributes={})
    with refused("UsernameExistsException", message):
        app.invited("ann@example.com")
    with refused("InvalidParameterException", "Username should be an email."):
        app.sign_up("ann", attributes={})
    with refused("InvalidParameterException"):
        app.sign_up("bob@example.com", attributes={"email": "other@example.com"})


def test_an_address_or_a_number_as_user_name(make_app, mailbox):
    app = make_app(
        pool={"UsernameAttributes": ["email", "phone_number"], "AutoVerifiedAttributes": ["email", "phone_number"]}
    )
    app.sign_up("+15550133007", attributes={"email": "ann@example.com"})
    app.confirm("+15550133007", mailbox("+15550133007"))
    assert app.tokens("+15550133007")["AccessToken"]
    assert attributes(app.get("+15550133007"))["phone_number_verified"] == "true"
    with refused("InvalidParameterException", "Username should be either an email or a phone number."):
        app.sign_up("ann", attributes={})


def test_aliases_work_once_they_are_verified(make_app, mailbox):
    app = make_app(pool=WITH_ALIASES)
    name, nick = app.unique("ann"), app.unique("nick")
    email = f"{name}@example.com"
    app.sign_up(name, attributes={"email": email, "preferred_username": nick})
    with refused("UserNotFoundException", "User does not exist."):
        app.password_auth(email)
    app.confirm(name, mailbox(email))
    sub = app.sign_up_answer["UserSub"]
    for alias in (name, email, nick, sub):
        assert claims(app.tokens(alias)["AccessToken"])["username"] == name
        assert claims(app.srp_auth(alias)["AccessToken"])["username"] == name
        assert app.get(alias)["Username"] == name


def test_a_user_name_must_not_look_like_an_alias(make_app):
    app = make_app(pool=WITH_ALIASES)
    with refused(
        "InvalidParameterException",
        "Username cannot be of email format, since user pool is configured for email alias.",
    ):
        app.sign_up("ann@example.com")
    with refused(
        "InvalidParameterException",
        "Username cannot be of phone number format, since user pool is configured for phone number alias.",
    ):
        app.sign_up("+15550100")


def test_an_alias_has_one_owner_and_moves_when_the_new_one_insists(make_app, mailbox):
    app = make_app(pool=WITH_ALIASES)
    email = f"{app.unique('shared')}@example.com"
    first, second = app.unique("first"), app.unique("second")
    app.sign_up(first, attributes={"email": email})
    app.confirm(first, mailbox(email))
    app.sign_up(second, password=OTHER_PASSWORD, attributes={"email": email})
    code = mailbox(email, count=2)

    with refused("AliasExistsException", "An account with the email already exists."):
        app.confirm(second, code)
    assert app.get(second)["UserStatus"] == "UNCONFIRMED"
    assert claims(app.tokens(email)["AccessToken"])["username"] == first
    with refused("AliasExistsException"):
        app.confirm(second, code, ForceAliasCreation=False)

    app.confirm(second, code, ForceAliasCreation=True)
    assert claims(app.tokens(email, OTHER_PASSWORD)["AccessToken"])["username"] == second
    assert attributes(app.get(first))["email_verified"] == "false"
    assert claims(app.tokens(first)["AccessToken"])["username"] == first
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.password_auth(email, PASSWORD)


def test_an_administrator_moves_an_alias_too(make_app):
    app = make_app(pool=WITH_ALIASES)
    verified = {"email": f"{app.unique('boss')}@example.com", "email_verified": "true"}
    first = app.user(**verified)
    with refused("AliasExistsException", "An account with the email already exists."):
        app.user("second", **verified)
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username="second",
        MessageAction="SUPPRESS",
        ForceAliasCreation=True,
        UserAttributes=[{"Name": name, "Value": value} for name, value in verified.items()],
    )
    assert app.get(verified["email"])["Username"] == "second"
    assert attributes(app.get(first))["email_verified"] == "false"


def test_nobody_takes_another_user_s_sub_as_a_name(make_app):
    """Back ends find users by the `sub` of their tokens, which is no secret."""
    app = make_app()
    name = app.user(email="ann@example.com")
    sub = attributes(app.get(name))["sub"]
    for attempt in (lambda: app.sign_up(sub), lambda: app.invited(sub), lambda: app.sign_up(sub.upper())):
        refusal(attempt)
        assert app.get(sub)["Username"] == name
        assert claims(app.tokens(sub)["AccessToken"])["username"] == name
    with refused("UsernameExistsException"):
        app.sign_up(sub)


def test_names_differ_by_case_unless_the_pool_says_otherwise(make_app):
    app = make_app()
    app.user("Ann", PASSWORD)
    app.user("ann", OTHER_PASSWORD)
    assert claims(app.tokens("Ann")["AccessToken"])["username"] == "Ann"
    assert claims(app.tokens("ann", OTHER_PASSWORD)["AccessToken"])["username"] == "ann"
    with refused("UserNotFoundException"):
        app.password_auth("ANN")


def test_a_pool_that_ignores_case(make_app):
    app = make_app(pool={"UsernameConfiguration": {"CaseSensitive": False}})
    name = app.sign_up("Ann")
    with refused("UsernameExistsException", "User already exists"):
        app.sign_up("ANN")
    app.cognito.admin_confirm_sign_up(UserPoolId=app.pool_id, Username="aNN")
    for spelling in ("ann", "Ann", "ANN"):
        assert claims(app.tokens(spelling)["AccessToken"])["username"] == name
        assert claims(app.srp_auth(spelling)["AccessToken"])["username"] == name


@pytest.mark.parametrize("sensitive, other", [(False, "refused"), (True, "taken")])
def test_addresses_follow_the_pool_s_rule_of_case(make_app, sensitive, other):
    app = make_app(pool=BY_EMAIL | {"UsernameConfiguration": {"CaseSensitive": sensitive}})
    app.sign_up("Ann@Example.com", attributes={})
    if other == "taken":
        app.sign_up("ann@example.com", attributes={})
        return
    with refused("UsernameExistsException", "An account with the given email already exists."):
        app.sign_up("ann@example.com", attributes={})
    app.cognito.admin_confirm_sign_up(UserPoolId=app.pool_id, Username="ANN@EXAMPLE.COM")
    assert claims(app.tokens("ann@example.com")["IdToken"])["email"] == "Ann@Example.com"
