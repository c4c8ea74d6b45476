"""What a search costs: reads of the table, counted on the wire, in a pool of five users and in one of a thousand.

A `list-users` of its own runs here behind the counting proxy, so that nothing else is counted. Counted are its calls of
DynamoDB and the items that these had to look at: what a scan would save in calls it would show in items.
"""

import json
import uuid
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from event_support import load, read, with_body
from own_functions import Function
from support import SEARCHABLE, make_app, named, table

OTHERS = 1000


class Price(NamedTuple):
    """The names on the first page, the calls of AWS, and how many items these looked at."""

    names: list
    calls: list
    items: int


@pytest.fixture
def list_users():
    """A function: ListUsers as IAM has let it through, its price told. The build is that of the tests' stack."""
    function = Function("list-users")

    def call(pool, text, **more):
        event = with_body(load("list-users/basic"), **{"UserPoolId": pool, "Filter": text, "Limit": 20} | more)
        function.counter.reset()
        answer = read(function.invoke(event))
        assert answer.status == 200, answer
        calls = function.counter.calls()
        names = [user["Username"] for user in answer.body["Users"]]
        return Price(sorted(names), [call["name"] for call in calls], sum(call["items"] for call in calls))

    yield call
    function.stop()


@contextmanager
def multiplied(table, app, name):
    """Puts a thousand more users like `name` straight into the table, and takes them out again.

    Each is `name` with its last four characters changed everywhere: in the profile, in what it is searched by, and in
    the names that lead to it; the profile stands in the partition of the list that its name tells.
    """
    originals = [
        item
        for page in table.meta.client.get_paginator("scan").paginate(TableName=table.name)
        for item in page["Items"]
        if app.pool_id in item["PK"] and name in json.dumps(item, default=str)
    ]
    assert {item["PK"].split("#")[0] for item in originals} == {"USER", "SEARCH", "ALIAS"}
    sub = next(item["sub"] for item in originals if item["SK"] == "PROFILE")
    items = []
    for number in range(OTHERS):
        # The same first character, and so the same partition of the search.
        changes = {name: f"{name[:-4]}{number:04}", sub: sub[0] + str(uuid.uuid4())[1:]}
        copies = [replaced(item, changes) for item in originals]
        for profile in copies:
            if "GSI1PK" in profile:
                profile["GSI1PK"] = f"POOL#{app.pool_id}#{shard(profile['key'])}"
        items += copies
    with table.batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)
    yield
    with table.batch_writer() as batch:
        for item in items:
            batch.delete_item(Key={"PK": item["PK"], "SK": item["SK"]})


def shard(name):
    """FNV-1a, as the store has it."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value % 8


def replaced(value, changes):
    if isinstance(value, str):
        for old, new in changes.items():
            value = value.replace(old, new)
    elif isinstance(value, dict):
        value = {key: replaced(part, changes) for key, part in value.items()}
    return value


def test_the_price_of_a_search_does_not_grow_with_the_pool(list_users, make_app, table, cognito):
    schema = [{"Name": "team", "AttributeDataType": "String"}]
    app = make_app(pool={"UserPoolTags": {SEARCHABLE: "custom:team"}, "Schema": schema, "AliasAttributes": ["email"]})

    def create(name, team):
        number = f"+1555{name[-4:]}" if name[-4:].isdigit() else "+4930123456"
        values = {
            "email": f"{name}@example.com",
            "phone_number": number,
            "preferred_username": f"{name}!",
            "given_name": name,
            "custom:team": team,
        }
        cognito.admin_create_user(
            UserPoolId=app.pool_id, Username=name, MessageAction="SUPPRESS", UserAttributes=named(values)
        )

    for name in ("wanted", "another", "third", "fourth"):
        create(name, "few")
    create("wanted-too-9999", "many wanted")
    attributes = {a["Name"]: a["Value"] for a in app.get("wanted")["UserAttributes"]}

    searches = {
        'username = "wanted"': 1,
        'username ^= "thi"': 1,
        'email = "wanted@example.com"': 1,
        'email ^= "wanted@"': 1,
        f'sub = "{attributes["sub"]}"': 1,
        f'sub ^= "{attributes["sub"][:30]}"': 1,
        'preferred_username = "wanted!"': 1,
        'preferred_username ^= "third"': 1,
        'phone_number = "+4930123456"': 4,
        'phone_number ^= "+4930"': 4,
        'custom:team = "few"': 4,
        'custom:team ^= "f"': 4,
    }
    list_users(app.pool_id, 'username = "wanted"')  # From here on the pool's configuration is known.
    small = {text: list_users(app.pool_id, text) for text in searches}
    with multiplied(table, app, "wanted-too-9999"):
        large = {text: list_users(app.pool_id, text) for text in searches}
        names, _, looked_at = list_users(app.pool_id, 'given_name = "wanted"')
        assert len(list_users(app.pool_id, 'username ^= "wanted-too"', Limit=60)[0]) == 60
        assert len(list_users(app.pool_id, 'email ^= "wanted-too-0"', Limit=60)[0]) == 60

    for text, number in searches.items():
        assert len(large[text].names) == number, text
        assert large[text] == small[text], text
        # The search, then the profiles of whom it found; for the beginning of a name, the list's eight partitions.
        assert len(large[text].calls) <= (8 if text.startswith("username ^=") else 2), text
        assert large[text].items <= 2 * number, text
    # What is not indexed has to look at everybody: were it so above, the count would show it.
    assert names == ["wanted"] and looked_at > OTHERS
