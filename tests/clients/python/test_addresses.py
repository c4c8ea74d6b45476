"""A change of address: the old one works until the new one is verified, and an address has one owner at any time."""

import pytest
from support import OTHER_PASSWORD, PASSWORD, at_once, attributes, claims, make_app, refused

VERIFIED_FIRST = {
    "AutoVerifiedAttributes": ["email"],
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
}
BY_NAME = {"AliasAttributes": ["email", "preferred_username"], "AutoVerifiedAttributes": ["email"]}
BY_EMAIL = {"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}


def address(app, prefix="ann"):
    return f"{app.unique(prefix)}@example.com"


def with_address(app, email, password=PASSWORD):
    """A user of this verified address; returns the user's name."""
    if "UsernameAttributes" in app.pool:
        app.user(email, password, email_verified="true")
        return app.get(email)["Username"]
    return app.user(None, password, email=email, email_verified="true")


def owner(app, email, password=PASSWORD):
    """Whose account an address opens."""
    return claims(app.tokens(email, password)["AccessToken"])["username"]


@pytest.mark.parametrize("names", [BY_NAME, BY_EMAIL], ids=["alias", "name"])
def test_the_old_address_works_until_the_new_one_is_verified(make_app, mailbox, names):
    app = make_app(pool=names | VERIFIED_FIRST)
    old, new = address(app, "old"), address(app, "new")
    name = with_address(app, old)
    token = app.tokens(old)["AccessToken"]
    assert app.update(token, {"email": new, "nickname": "Annie"}) == [
        {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    ]
    found = attributes(app.me(token))
    assert (found["email"], found["email_verified"], found["nickname"]) == (old, "true", "Annie")
    assert owner(app, old) == name
    assert claims(app.srp_auth(old)["IdToken"])["email"] == old
    with refused("UserNotFoundException"):
        app.password_auth(new)

    # A code that is asked for again goes to the address that waits.
    assert app.ask_code(token)["Destination"] == "n***@e***"
    app.verify(token, mailbox(new, count=2))
    found = attributes(app.me(token))
    assert (found["email"], found["email_verified"]) == (new, "true")
    assert owner(app, new) == name
    assert claims(app.srp_auth(new)["IdToken"])["email"] == new
    with refused("UserNotFoundException"):
        app.password_auth(old)
    assert mailbox.messages(old) == []


def test_recovery_goes_to_the_address_that_is_verified(make_app, mailbox):
    app = make_app(pool=BY_NAME | VERIFIED_FIRST)
    old, new = address(app, "old"), address(app, "new")
    name = with_address(app, old)
    app.update(app.tokens(name)["AccessToken"], {"email": new})
    app.forgot(name)
    assert mailbox(old)
    assert len(mailbox.messages(new)) == 1


def test_who_changes_their_mind_keeps_the_old_address(make_app, mailbox):
    app = make_app(pool=BY_NAME | VERIFIED_FIRST)
    old, new = address(app, "old"), address(app, "new")
    name = with_address(app, old)
    token = app.tokens(name)["AccessToken"]
    app.update(token, {"email": new})
    assert app.update(token, {"email": old}) == []
    with refused("ExpiredCodeException"):
        app.verify(token, mailbox(new))
    assert attributes(app.get(name))["email"] == old


def test_an_administrator_decides_whether_an_address_waits(make_app, mailbox):
    app = make_app(pool=BY_NAME | VERIFIED_FIRST)
    old, second, third = address(app, "old"), address(app, "second"), address(app, "third")
    name = with_address(app, old)
    token = app.tokens(name)["AccessToken"]
    app.admin_update(name, {"email": second})
    assert attributes(app.get(name))["email"] == old
    code = mailbox(second)
    app.admin_update(name, {"email": third, "email_verified": "true"})
    assert owner(app, third) == name
    assert mailbox.messages(third) == []
    with refused("ExpiredCodeException"):
        app.verify(token, code)
    found = attributes(app.get(name))
    assert (found["email"], found["email_verified"]) == (third, "true")


def test_an_unverified_address_opens_nothing(make_app, mailbox):
    """Without the setting an address changes at once, and leads to its owner when it is verified."""
    app = make_app(pool=BY_NAME)
    old, new = address(app, "old"), address(app, "new")
    name = with_address(app, old)
    token = app.tokens(old)["AccessToken"]
    app.update(token, {"email": new})
    for lost in (old, new):
        with refused("UserNotFoundException"):
            app.password_auth(lost)
    app.verify(token, mailbox(new))
    assert owner(app, new) == name
    with refused("UserNotFoundException"):
        app.password_auth(old)


def test_an_old_code_does_not_bring_an_old_address_back(make_app, mailbox):
    app = make_app(pool={"AutoVerifiedAttributes": []})
    old, new = address(app, "old"), address(app, "new")
    name = app.user(email=old)
    token = app.tokens(name)["AccessToken"]
    app.ask_code(token)
    app.update(token, {"email": new})
    with refused("ExpiredCodeException"):
        app.verify(token, mailbox(old))
    assert attributes(app.get(name))["email"] == new

    app.ask_code(token)
    app.anonymous.delete_user_attributes(AccessToken=token, UserAttributeNames=["email"])
    with refused("ExpiredCodeException"):
        app.verify(token, mailbox(new))
    assert "email" not in attributes(app.get(name))


@pytest.mark.parametrize("names", [BY_NAME, BY_EMAIL], ids=["alias", "name"])
def test_two_users_swap_their_addresses(make_app, mailbox, names):
    app = make_app(pool=names | VERIFIED_FIRST)
    one, other, aside = address(app, "one"), address(app, "other"), address(app, "aside")
    ann, bob = with_address(app, one), with_address(app, other, OTHER_PASSWORD)
    hers, his = app.tokens(ann)["AccessToken"], app.tokens(bob, OTHER_PASSWORD)["AccessToken"]

    def move(token, email, count=1):
        app.update(token, {"email": email})
        app.verify(token, mailbox(email, count=count))

    with refused("AliasExistsException", "An account with the email already exists."):
        move(hers, other)
    move(hers, aside)
    move(his, one)
    move(hers, other, count=2)
    assert owner(app, other) == ann
    assert owner(app, one, OTHER_PASSWORD) == bob
    with refused("UserNotFoundException"):
        app.password_auth(aside)
    assert attributes(app.get(one))["email"] == one and app.get(one)["Username"] == bob
    assert attributes(app.get(other))["email"] == other and app.get(other)["Username"] == ann


def test_an_administrator_cannot_give_an_address_twice(make_app):
    app = make_app(pool=BY_NAME)
    email = address(app)
    ann = with_address(app, email)
    bob = app.user()
    with refused("AliasExistsException", "An account with the email already exists."):
        app.admin_update(bob, {"email": email, "email_verified": "true"})
    app.admin_update(bob, {"email": email})
    with refused("AliasExistsException"):
        app.admin_update(bob, {"email_verified": "true"})
    assert owner(app, email) == ann
    app.admin_update(ann, {"email_verified": "false"})
    with refused("UserNotFoundException"):
        app.password_auth(email)
    app.admin_update(bob, {"email_verified": "true"})
    assert owner(app, email) == bob


def test_a_preferred_name_has_one_owner(make_app):
    app = make_app(pool=BY_NAME)
    ann, bob = app.user(), app.user()
    nick = app.unique("nick")
    hers, his = app.tokens(ann)["AccessToken"], app.tokens(bob)["AccessToken"]
    app.update(hers, {"preferred_username": nick})
    with refused("AliasExistsException", "An account with the preferred_username already exists."):
        app.update(his, {"preferred_username": nick})
    assert owner(app, nick) == ann
    # Not even who insists takes a name that somebody chose.
    with refused("AliasExistsException"):
        app.cognito.admin_create_user(
            UserPoolId=app.pool_id,
            Username=app.unique("eve"),
            MessageAction="SUPPRESS",
            ForceAliasCreation=True,
            UserAttributes=[{"Name": "preferred_username", "Value": nick}],
        )
    app.update(hers, {"preferred_username": ""})
    app.update(his, {"preferred_username": nick})
    assert owner(app, nick) == bob


def test_of_users_who_claim_an_address_at_once_one_gets_it(make_app):
    app = make_app(pool=BY_EMAIL)
    emails = [address(app, "old") for _ in range(4)]
    wanted = address(app, "wanted")
    names = [with_address(app, email) for email in emails]
    tokens = [app.tokens(email)["AccessToken"] for email in emails]
    answers = at_once(*(lambda token=token: app.update(token, {"email": wanted}) for token in tokens))
    assert answers.count(None) == 1, answers
    assert {error for error, _ in filter(None, answers)} <= {"AliasExistsException", "TooManyRequestsException"}
    winner = answers.index(None)
    assert owner(app, wanted) == names[winner]
    for name, email in zip(names, emails):
        if name != names[winner]:
            assert owner(app, email) == name
    with refused("UserNotFoundException"):
        app.password_auth(emails[winner])


def test_of_users_who_verify_an_address_at_once_one_gets_it(make_app, mailbox):
    app = make_app(pool=BY_NAME | VERIFIED_FIRST)
    wanted = address(app, "wanted")
    claimants = []
    for count in range(1, 5):
        email = address(app, "old")
        name = with_address(app, email)
        token = app.tokens(name)["AccessToken"]
        app.update(token, {"email": wanted})
        claimants.append((name, email, token, mailbox(wanted, count=count)))
    answers = at_once(*(lambda token=token, code=code: app.verify(token, code) for _, _, token, code in claimants))
    assert answers.count(None) == 1, answers
    winner = answers.index(None)
    assert owner(app, wanted) == claimants[winner][0]
    for number, (name, email, token, code) in enumerate(claimants):
        if number == winner:
            with refused("UserNotFoundException"):
                app.password_auth(email)
            continue
        with refused("AliasExistsException"):
            app.verify(token, code)
        assert owner(app, email) == name
        assert attributes(app.get(name))["email"] == email
