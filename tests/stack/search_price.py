"""What a search of users, and everything else that users do, costs in a pool of five users and in one of very many, counted
on the wire."""

import time

from . import local_aws, many_users
from .config import PASSWORD, TABLE, USERNAME, say
from .counting_proxy import in_sequence
from .run import running
from .scenarios import SCENARIOS, Caller

# What shows as many users as a page has; searches are measured by themselves.
LISTS = ("ListUsers",)
# Calls that read users; the others are of the configuration, which a function reads every half a minute.
READS = ("Query", "BatchGetItem", "Scan")


class Administrator:
    """What `many_users.make_few` asks of a client, by way of a `Caller`."""

    def __init__(self, caller):
        self.caller = caller

    def admin_create_user(self, **body):
        return self.caller.do("AdminCreateUser", **body)


def measure(profile, users):
    """(a row for each filter, a row for each operation): calls and items before and after the pool has grown."""
    with running(profile, instances=1, count=True) as (stack, _, counter):
        caller = Caller(stack, direct=True)
        pool = caller.do("CreateUserPool", PoolName="many", **many_users.POOL)["UserPool"]["Id"]
        searches = many_users.searches(many_users.make_few(Administrator(caller), pool))
        app = _application(stack, caller, pool)
        few = _everything(app, counter)
        small = {text: _price(caller, counter, pool, text) for text in searches}
        say(f"Putting {users} users into the table …")
        began = time.monotonic()
        many_users.copy(local_aws.client(stack, "dynamodb"), pool, TABLE, TABLE, stack.aws_port, users)
        say(f"… took {time.monotonic() - began:.0f} s")
        large = {text: _price(caller, counter, pool, text) for text in searches}
        many = _everything(app, counter)
    growth = [
        {"operation": name, "small": few[name][0], "large": many[name][0]}
        | {"small_seconds": few[name][1], "large_seconds": many[name][1]}
        for name in few
    ]
    found = [
        {
            "filter": text,
            "found": found,
            "small": small[text],
            "large": large[text],
            "constant": small[text] == large[text]
            and large[text]["found"] == found
            and large[text]["calls"] <= many_users.most_calls(text),
        }
        for text, found in searches.items()
    ]
    return found, growth


def _application(stack, caller, pool):
    """A caller of the pool's own, with a client and a user."""
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = caller.do("CreateUserPoolClient", UserPoolId=pool, ClientName="many", ExplicitAuthFlows=flows)
    user = {"UserPoolId": pool, "Username": USERNAME}
    caller.do("AdminCreateUser", **user, MessageAction="SUPPRESS")
    caller.do("AdminSetUserPassword", **user, Password=PASSWORD, Permanent=True)
    return Caller(stack, direct=True, pool_id=pool, client_id=client["UserPoolClient"]["ClientId"])


def _everything(caller, counter):
    """Operation → ((calls, items that were looked at), seconds)."""
    prices = {}
    for scenario in SCENARIOS:
        if scenario.name in LISTS:
            continue
        scenario.prepare(caller)()
        call = scenario.prepare(caller)
        counter.reset()
        seconds, _ = call()
        calls = counter.calls()
        prices[scenario.name] = (len(calls), sum(call["items"] for call in calls)), seconds
    return prices


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
