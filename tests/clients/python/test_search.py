"""ListUsers as a search: every filter by pages, by custom attributes, and at a price that does not grow with the pool."""

import random
import re
import string

import pytest
from support import SEARCHABLE, make_app, named, refused

WORDS = ["Ann", "anna", "ANNABEL", "Änne", "Bob", "bo", "b", "O'Neill", 'quo"te', "back\\slash", "emoji 🙂", "a b"]
PLAN = {"Name": "plan", "AttributeDataType": "String", "Mutable": True}
TEAM = {"Name": "team", "AttributeDataType": "String", "Mutable": True}


def quoted(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def search(app, text, size=None, **more):
    """The names of all users that match, page by page; no page has more than it may."""
    found, limit = [], {"Limit": size} if size else {}
    while True:
        page = app.cognito.list_users(UserPoolId=app.pool_id, Filter=text, **limit, **more)
        assert len(page["Users"]) <= (size or 60)
        found += [user["Username"] for user in page["Users"]]
        if "PaginationToken" not in page:
            assert len(found) == len(set(found)), f"{text}: {found}"
            return set(found)
        more = {"PaginationToken": page["PaginationToken"]}


def create(app, username, /, **attributes):
    app.administer("admin_create_user", username, MessageAction="SUPPRESS", UserAttributes=named(attributes))


@pytest.fixture
def directory(make_app):
    """Thirty users of every status with values that are hard to compare; (app, what each filter sees of each)."""
    app = make_app(pool={"UsernameConfiguration": {"CaseSensitive": False}})
    dice = random.Random("directory")
    for number in range(30):
        word = WORDS[number % len(WORDS)]
        values = {
            "email": f"{word[0].encode().hex()}{number % 7}@Example.com",
            "phone_number": f"+1555{dice.randrange(20):07}",
            "name": word,
            "given_name": dice.choice(WORDS),
            "family_name": dice.choice(WORDS) + dice.choice(string.ascii_letters),
            "preferred_username": dice.choice(WORDS),
        }
        left_out = {name for name in values if dice.random() < 0.1}
        create(app, f"{word[0].encode().hex()}-{number}", **{k: v for k, v in values.items() if k not in left_out})
    listed = [user for page in app.cognito.get_paginator("list_users").paginate(UserPoolId=app.pool_id)
              for user in page["Users"]]  # fmt: skip
    assert len(listed) == 30
    for user in listed[:5]:
        app.set_password(user["Username"], "Correct-Horse-7")
    for user in listed[3:8]:
        app.administer("admin_disable_user", user["Username"])
    seen = {}
    for page in app.cognito.get_paginator("list_users").paginate(UserPoolId=app.pool_id):
        for user in page["Users"]:
            seen[user["Username"]] = {a["Name"]: a["Value"] for a in user["Attributes"]} | {
                "username": user["Username"],
                "cognito:user_status": user["UserStatus"],
                "status": "Enabled" if user["Enabled"] else "Disabled",
            }
    return app, seen


FILTERED = [
    "username", "email", "phone_number", "name", "given_name", "family_name", "preferred_username",
    "cognito:user_status", "status", "sub",
]  # fmt: skip


def test_every_attribute_is_filtered_by_equality_and_by_beginning_on_pages_of_any_size(directory):
    """Each answer is compared with the whole list, filtered here."""
    app, seen = directory
    dice = random.Random("filters")
    for attribute in FILTERED:
        values = sorted({user[attribute] for user in seen.values() if attribute in user})
        for value in dice.sample(values, min(3, len(values))):
            for text, wanted in (
                (value, value),
                (value.swapcase(), value),
                (value + "x", value + "x"),
                (value[: len(value) // 2], value[: len(value) // 2]),
            ):
                has = {name: user[attribute].lower() for name, user in seen.items() if attribute in user}
                same = {name for name, value in has.items() if value == wanted.lower()}
                begin = {name for name, value in has.items() if value.startswith(wanted.lower())}
                size = dice.choice([1, 2, 7, None])
                assert search(app, f"{attribute} = {quoted(text)}", size) == same, (attribute, text)
                size = dice.choice([2, 7, None])
                assert search(app, f'"{attribute}"^={quoted(text)}', size) == begin, (attribute, text)
        assert search(app, f'{attribute} ^= ""', 7) == set(has), attribute


def test_a_search_follows_the_user(make_app):
    app = make_app(pool={"AliasAttributes": ["email", "preferred_username"]})
    create(app, "ann", email="old@example.com", preferred_username="annie")
    assert search(app, 'email = "old@example.com"') == {"ann"}
    app.admin_update("ann", {"email": "new@example.com", "email_verified": "true"})
    assert search(app, 'email = "old@example.com"') == set()
    assert search(app, 'email ^= "new@"') == {"ann"}
    app.administer("admin_delete_user_attributes", "ann", UserAttributeNames=["preferred_username"])
    assert search(app, 'preferred_username ^= "ann"') == set()
    # What a user changes is found as what an administrator does.
    app.set_password("ann", "Correct-Horse-7")
    app.update(app.tokens("ann")["AccessToken"], {"preferred_username": "Annabel"})
    assert search(app, 'preferred_username = "annabel"') == {"ann"}
    app.sign_up("bob", attributes={"email": "new@example.com"})
    assert search(app, 'email = "new@example.com"', 1) == {"ann", "bob"}
    app.administer("admin_delete_user", "ann")
    assert search(app, 'email = "new@example.com"') == {"bob"}
    assert search(app, 'preferred_username ^= "a"') == set()
    # Whoever takes the name is not found by what it stood for.
    create(app, "ann", email="third@example.com")
    assert search(app, 'preferred_username ^= "a"') == set()
    assert search(app, 'email ^= ""') == {"ann", "bob"}


def test_a_value_may_be_longer_than_what_the_search_keeps_of_it(make_app):
    app = make_app()
    long = "ß" * 200
    for name, value in (("one", long + "1"), ("two", long + "2"), ("three", long * 9), ("four", long[:100])):
        create(app, name, preferred_username=value)
    assert search(app, f'preferred_username = "{long}2"') == {"two"}
    assert search(app, f'preferred_username ^= "{long}"', 1) == {"one", "two", "three"}
    assert search(app, f'preferred_username ^= "{long}1"') == {"one"}
    assert search(app, f'preferred_username = "{long}"', 2) == set()
    assert search(app, f'preferred_username = "{long[:100]}"') == {"four"}


def test_custom_attributes_that_the_pool_s_tag_names_are_searched(make_app):
    tags = {SEARCHABLE: "custom:team custom:plan", "stage": "test"}
    schema = [TEAM, PLAN, {"Name": "notes", "AttributeDataType": "String", "Mutable": True}]
    app = make_app(pool={"UserPoolTags": tags, "Schema": schema})
    for number in range(9):
        create(app, f"u{number}", **{"custom:team": f"Team {number % 3}", "custom:plan": f"gold{number}"})
    assert search(app, 'custom:team = "team 1"', 2) == {"u1", "u4", "u7"}
    assert search(app, 'custom:team ^= "Team"', 4) == {f"u{number}" for number in range(9)}
    assert search(app, '"custom:plan" ^= "gold8"') == {"u8"}
    app.admin_update("u1", {"custom:team": "other"})
    assert search(app, 'custom:team = "team 1"') == {"u4", "u7"}
    assert search(app, 'custom:team = "other"') == {"u1"}
    with refused("InvalidParameterException", "Error while parsing filter: custom:notes is not a searchable attribute."):
        search(app, 'custom:notes = "x"')


def test_what_is_searchable_is_fixed_when_the_pool_is_created(make_app, cognito, unique):
    app = make_app(pool={"UserPoolTags": {SEARCHABLE: "custom:team"}, "Schema": [TEAM, PLAN]})
    fixed = f"Tag {SEARCHABLE} is fixed when the pool is created."
    for change in ("custom:team custom:plan", "custom:plan", ""):
        with refused("InvalidParameterException", fixed):
            cognito.tag_resource(ResourceArn=app.pool["Arn"], Tags={SEARCHABLE: change})
        with refused("InvalidParameterException", fixed):
            cognito.update_user_pool(UserPoolId=app.pool_id, UserPoolTags={SEARCHABLE: change})
    with refused("InvalidParameterException", fixed):
        cognito.untag_resource(ResourceArn=app.pool["Arn"], TagKeys=[SEARCHABLE])
    with refused("InvalidParameterException", fixed):
        cognito.update_user_pool(UserPoolId=app.pool_id, UserPoolTags={"stage": "test"})
    cognito.update_user_pool(UserPoolId=app.pool_id)
    create(app, "ann", **{"custom:team": "blue"})
    assert search(app, 'custom:team = "blue"') == {"ann"}
    for wrong in ("custom:none", "email", "custom:team custom:none"):
        with refused("InvalidParameterException") as caught:
            cognito.create_user_pool(
                PoolName=unique("pool"), UserPoolTags={SEARCHABLE: wrong}, Schema=[TEAM]
            )
        assert re.search(r"names (custom:none|email), which is not", caught.value.response["Error"]["Message"])


def test_a_token_belongs_to_its_filter(directory):
    app, _ = directory
    page = app.cognito.list_users(UserPoolId=app.pool_id, Filter='phone_number ^= "+1555"', Limit=2)
    token = {"PaginationToken": page["PaginationToken"]}
    for other in ('email ^= "4"', 'phone_number ^= "+1666"', 'username ^= "4"'):
        with refused("InvalidParameterException", "Invalid pagination token."):
            search(app, other, 2, **token)
