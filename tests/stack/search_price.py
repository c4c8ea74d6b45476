"""What a search of users, and everything else that users do, costs in a pool of five users and in one of very many, counted
on the wire."""

import statistics

from . import local_aws, many_users
from .config import PASSWORD, TABLE, USERNAME, say
from .counting_proxy import in_sequence
from .run import running
from .scenarios import SCENARIOS, Caller

# What shows as many users as a page has; searches are measured by themselves.
LISTS = ("ListUsers",)
RUNS = 5
# Calls that read users; the others are of the configuration, which a function reads every half a minute.
READS = ("Query", "BatchGetItem", "Scan")


class Administrator:
    """What `many_users.make_few` asks of a client, by way of a `Caller`."""

    def __init__(self, caller):
        self.caller = caller

    def admin_create_user(self, **body):
        return self.caller.do("AdminCreateUser", **body)


def measure(profile, sizes):
    """(a row for each filter, a row for each operation): calls, items and seconds before the pool has grown, and at each
    of these numbers of users."""
    searches, growth = {}, {}
    with running(profile, instances=1, count=True) as (stack, _, counter):
        caller = Caller(stack, direct=True)
        pool = caller.do("CreateUserPool", PoolName="many", **many_users.POOL)["UserPool"]["Id"]
        few = many_users.searches(many_users.make_few(Administrator(caller), pool))
        app = _application(stack, caller, pool)
        pattern = many_users.Pattern(local_aws.client(stack, "dynamodb"), pool, TABLE)
        there = 0
        for size in (0, *sizes):
            say(f"Measuring with {size} users more than a few …")
            pattern.fill(stack.aws_port, TABLE, there, size)
            there = size
            for text in few:
                searches.setdefault(text, []).append(_price(caller, counter, pool, text))
            for name, price in _everything(app, counter):
                growth.setdefault(name, []).append(price)
    found = [
        {
            "filter": text,
            "sizes": prices,
            "constant": all(price == prices[0] for price in prices)
            and prices[0]["found"] == few[text]
            and prices[0]["calls"] <= many_users.most_calls(text),
        }
        for text, prices in searches.items()
    ]
    operations = [
        {"operation": name, "sizes": prices, "constant": all(price["counts"] == prices[0]["counts"] for price in prices)}
        for name, prices in growth.items()
    ]
    return found, operations


def _application(stack, caller, pool):
    """A caller of the pool's own, with a client and a user."""
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = caller.do("CreateUserPoolClient", UserPoolId=pool, ClientName="many", ExplicitAuthFlows=flows)
    user = {"UserPoolId": pool, "Username": USERNAME}
    caller.do("AdminCreateUser", **user, MessageAction="SUPPRESS")
    caller.do("AdminSetUserPassword", **user, Password=PASSWORD, Permanent=True)
    return Caller(stack, direct=True, pool_id=pool, client_id=client["UserPoolClient"]["ClientId"])


def _everything(caller, counter):
    """(operation, its price), each: the calls, the items that were looked at, and the median of the seconds."""
    for scenario in SCENARIOS:
        if scenario.name in LISTS:
            continue
        seconds = [scenario.prepare(caller)()[0] for _ in range(RUNS)]
        call = scenario.prepare(caller)
        counter.reset()
        seconds.append(call()[0])
        calls = counter.calls()
        counts = len(calls), sum(call["items"] for call in calls)
        yield scenario.name, {"counts": counts, "seconds": statistics.median(seconds)}


def _price(caller, counter, pool, text):
    search = caller.call("ListUsers", {"UserPoolId": pool, "Filter": text, "Limit": 20})
    counter.reset()
    _, answer = search()
    calls = [call for call in counter.calls() if call["name"] in READS]
    return {
        "found": len(answer["Users"]),
        "calls": len(calls),
        "in_sequence": in_sequence(calls),
        "items": sum(call["items"] for call in calls),
    }
