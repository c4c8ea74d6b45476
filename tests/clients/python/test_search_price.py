"""What a search costs: reads of the table, counted on the wire, in a pool of five users and in one of ten thousand.

A `list-users` of its own runs here behind the counting proxy, so that nothing else is counted, and on a table of its own.
Counted are its calls of DynamoDB and the items that these had to look at: what a scan would save in calls it would show
in items. `make bench` counts the same at a million users.
"""

import os
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from event_support import load, read, with_body
from own_functions import Function
from stack import local_aws, many_users
from support import local_aws as aws_client
from support import make_app

OTHERS = 10_000


class Price(NamedTuple):
    """The names on the first page, the calls of AWS, and how many items these looked at."""

    names: list
    calls: list
    items: int


@pytest.fixture
def list_users():
    """A function: on which table, what `list_users` is: ListUsers as IAM has let it through, its price told."""
    stopped = []

    def on(table):
        function = Function("list-users", GATEHOUSE_TABLE=table)
        stopped.append(function.stop)

        def call(pool, text, **more):
            event = with_body(load("list-users/basic"), **{"UserPoolId": pool, "Filter": text, "Limit": 20} | more)
            function.counter.reset()
            answer = read(function.invoke(event))
            assert answer.status == 200, answer
            calls = function.counter.calls()
            names = [user["Username"] for user in answer.body["Users"]]
            return Price(sorted(names), [call["name"] for call in calls], sum(call["items"] for call in calls))

        return call

    yield on
    for stop in stopped:
        stop()


@pytest.fixture
def large_table(unique):
    """The name of a table for this test alone, which goes with it."""
    dynamodb, name = aws_client("dynamodb"), unique("many")
    local_aws.table(dynamodb, name)
    yield name
    dynamodb.delete_table(TableName=name)


def test_the_price_of_a_search_does_not_grow_with_the_pool(list_users, large_table, make_app, cognito):
    app = make_app(pool=many_users.POOL | {"AliasAttributes": ["email"]})
    searches = many_users.searches(many_users.make_few(cognito, app.pool_id))
    source, port = os.environ["GATEHOUSE_TABLE"], urlsplit(os.environ["GATEHOUSE_LOCAL_AWS"]).port
    in_small = list_users(source)
    in_small(app.pool_id, 'username = "wanted"')  # From here on the pool's configuration is known.
    small = {text: in_small(app.pool_id, text) for text in searches}

    pattern = many_users.Pattern(aws_client("dynamodb"), app.pool_id, source)
    pattern.copy_pool(aws_client("dynamodb"), large_table)
    pattern.fill(port, large_table, 0, OTHERS)
    in_large = list_users(large_table)
    in_large(app.pool_id, 'username = "wanted"')
    large = {text: in_large(app.pool_id, text) for text in searches}
    for text, number in searches.items():
        assert len(large[text].names) == number, text
        assert large[text] == small[text], text
        assert len(large[text].calls) <= many_users.most_calls(text), text
        assert large[text].items <= 2 * number, text
    # The copies are there, and are found as users are.
    assert len(in_large(app.pool_id, 'username ^= "wanted-too-00"', Limit=60).names) == 60
    assert len(in_large(app.pool_id, 'email ^= "wanted-too-0"', Limit=60).names) == 60
    assert in_large(app.pool_id, 'phone_number = "+15550004711"').names == ["wanted-too-0004711"]
    # What is not indexed has to look at everybody, as far as one request may: were it so above, the count would show it.
    _, _, looked_at = in_large(app.pool_id, 'given_name = "wanted"')
    assert looked_at > 1000
