"""ListUsers: pages, filters, and what is shown of a user."""

import pytest
from support import attributes, make_app, refused, unchecked


def names(answer):
    return [user["Username"] for user in answer["Users"]]


@pytest.fixture
def populated(make_app):
    """Seven users: five of one family, one unconfirmed, one invited."""
    app = make_app(pool={"Schema": [{"Name": "plan", "AttributeDataType": "String"}]})
    for number, given in enumerate(["Ann", "Anna", "Bob", "Cleo", "Dan"]):
        app.cognito.admin_create_user(
            UserPoolId=app.pool_id,
            Username=given.lower(),
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": f"{given.lower()}@example.com"},
                {"Name": "given_name", "Value": given},
                {"Name": "family_name", "Value": 'O"Neill\\'},
                {"Name": "phone_number", "Value": f"+1555010{number}"},
                {"Name": "preferred_username", "Value": f"{given}!"},
                {"Name": "name", "Value": f"{given} O"},
                {"Name": "custom:plan", "Value": "gold"},
            ],
        )
    app.set_password("dan", "Correct-Horse-7")
    app.sign_up("eve")
    app.invited("fay")
    return app


def test_list_users(populated):
    app = populated
    listed = app.cognito.list_users(UserPoolId=app.pool_id)["Users"]
    assert sorted(user["Username"] for user in listed) == ["ann", "anna", "bob", "cleo", "dan", "eve", "fay"]
    [dan] = [user for user in listed if user["Username"] == "dan"]
    shown = app.get("dan")
    assert attributes(dan, "Attributes") == attributes(shown)
    for name in ("UserStatus", "Enabled", "UserCreateDate", "UserLastModifiedDate"):
        assert dan[name] == shown[name], name
    statuses = {user["Username"]: user["UserStatus"] for user in listed}
    assert statuses["dan"] == "CONFIRMED"
    assert statuses["eve"] == "UNCONFIRMED"
    assert statuses["fay"] == "FORCE_CHANGE_PASSWORD"
    with refused("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist."):
        app.cognito.list_users(UserPoolId="us-east-1_Nowhere00")


def test_pages_bring_every_user_once(populated):
    app = populated
    for size in (1, 2, 3, 60):
        found, token = [], {}
        while True:
            page = app.cognito.list_users(UserPoolId=app.pool_id, Limit=size, **token)
            assert len(page["Users"]) <= size
            found += names(page)
            if "PaginationToken" not in page:
                break
            token = {"PaginationToken": page["PaginationToken"]}
        assert len(found) == 7 and len(set(found)) == 7
    found = app.cognito.get_paginator("list_users").paginate(
        UserPoolId=app.pool_id, Filter='family_name = "O\\"Neill\\\\"', PaginationConfig={"PageSize": 2}
    )
    assert sorted(name for page in found for name in names(page)) == ["ann", "anna", "bob", "cleo", "dan"]


def test_filters(populated):
    app = populated
    sub = attributes(app.get("ann"))["sub"]
    for text, expected in {
        'username = "ann"': ["ann"],
        'username ^= "an"': ["ann", "anna"],
        '"email" = "bob@example.com"': ["bob"],
        'email ^= "ann"': ["ann", "anna"],
        'phone_number = "+15550103"': ["cleo"],
        'phone_number ^= "+1555010"': ["ann", "anna", "bob", "cleo", "dan"],
        'name = "Dan O"': ["dan"],
        'given_name="Ann"': ["ann"],
        'given_name^="Ann"': ["ann", "anna"],
        'family_name ^= "O\\""': ["ann", "anna", "bob", "cleo", "dan"],
        'preferred_username = "Bob!"': ["bob"],
        'cognito:user_status = "UNCONFIRMED"': ["eve"],
        'cognito:user_status = "FORCE_CHANGE_PASSWORD"': ["ann", "anna", "bob", "cleo", "fay"],
        'cognito:user_status = "CONFIRMED"': ["dan"],
        'status = "Enabled"': ["ann", "anna", "bob", "cleo", "dan", "eve", "fay"],
        'status = "Disabled"': [],
        f'sub = "{sub}"': ["ann"],
        f'sub ^= "{sub[:13]}"': ["ann"],
        'username = "nobody"': [],
        'email = "x"': [],
        "": ["ann", "anna", "bob", "cleo", "dan", "eve", "fay"],
    }.items():
        assert sorted(names(app.cognito.list_users(UserPoolId=app.pool_id, Filter=text))) == expected, text


def test_users_whose_names_are_addresses_are_found_by_them(make_app):
    app = make_app(pool={"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": False}})
    app.user("Ann@Example.com"), app.user("bob@example.com")
    ann = app.get("ann@example.com")
    for text in (
        'email = "ann@example.com"',
        'email = "Ann@Example.com"',
        f'username = "{ann["Username"]}"',
        f'sub = "{ann["Username"]}"',
        'email ^= "ann"',
    ):
        assert names(app.cognito.list_users(UserPoolId=app.pool_id, Filter=text)) == [ann["Username"]], text


@pytest.mark.parametrize(
    "text",
    [
        "email",
        "email = ann@example.com",
        'email = "ann@example.com',
        'email = "a" and name = "b"',
        'custom:plan = "gold"',
        'nickname = "ann"',
        'email > "a"',
    ],
)
def test_filters_that_cannot_be_read(cognito, pool_id, text):
    with refused("InvalidParameterException") as caught:
        cognito.list_users(UserPoolId=pool_id, Filter=text)
    assert "filter" in caught.value.response["Error"]["Message"].lower()


def test_only_the_attributes_that_are_asked_for(populated):
    app = populated
    [user] = app.cognito.list_users(
        UserPoolId=app.pool_id, Filter='username = "bob"', AttributesToGet=["email", "custom:plan"]
    )["Users"]
    assert attributes(user, "Attributes") == {"email": "bob@example.com", "custom:plan": "gold"}
    with refused("InvalidParameterException"):
        app.cognito.list_users(UserPoolId=app.pool_id, AttributesToGet=["custom:none"])


def test_numbers_and_tokens_that_are_wrong(unchecked, pool_id):
    for wrong, why in (({"Limit": 61}, "'limit'"), ({"Limit": -1}, "'limit'"), ({"PaginationToken": "x"}, "token")):
        with refused("InvalidParameterException") as caught:
            unchecked.list_users(UserPoolId=pool_id, **wrong)
        assert why in caught.value.response["Error"]["Message"]
