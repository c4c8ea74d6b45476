"""What a search of users costs, counted on the wire in a pool of five users and in one of very many."""

import time

from . import local_aws, many_users
from .config import TABLE, say
from .counting_proxy import in_sequence
from .run import running
from .scenarios import Caller

# Calls that read users; the others are of the configuration, which a function reads every half a minute.
READS = ("Query", "BatchGetItem", "Scan")


class Administrator:
    """What `many_users.make_few` asks of a client, by way of a `Caller`."""

    def __init__(self, caller):
        self.caller = caller

    def admin_create_user(self, **body):
        return self.caller.do("AdminCreateUser", **body)


def measure(profile, users):
    """One row for each filter: calls and items in both pools, and seconds in the large one."""
    with running(profile, instances=1, count=True) as (stack, _, counter):
        caller = Caller(stack, direct=True)
        pool = caller.do("CreateUserPool", PoolName="many", **many_users.POOL)["UserPool"]["Id"]
        searches = many_users.searches(many_users.make_few(Administrator(caller), pool))
        small = {text: _price(caller, counter, pool, text) for text in searches}
        say(f"Putting {users} users into the table …")
        began = time.monotonic()
        many_users.copy(local_aws.client(stack, "dynamodb"), pool, TABLE, TABLE, stack.aws_port, users)
        say(f"… took {time.monotonic() - began:.0f} s")
        large = {text: _price(caller, counter, pool, text) for text in searches}
    return [
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
