"""A pool of very many users, to see what a search costs there.

A few users are made through the API; the rest are put straight into the table as copies of the last of them, as the
store has spelled it: only the digits of its name and its `sub` are others.
"""

import hashlib
import http.client
import json
import uuid

FEW = ("wanted", "another", "third", "fourth")
PATTERN = "wanted-too-9999999"
DIGITS = PATTERN[-7:]
ATTRIBUTE = "custom:team"
POOL = {
    "UserPoolTags": {"gatehouse:searchable": ATTRIBUTE},
    "Schema": [{"Name": "team", "AttributeDataType": "String"}],
}
# Items of one user that a search reads: the profile and an entry for each of five attributes.
ITEMS = 6
USERS_A_CALL = 20_000


def make_few(cognito, pool_id):
    """The users that searches look for, and the one to copy; returns the `sub` of the first."""
    subs = []
    for name in (*FEW, PATTERN):
        copied = name == PATTERN
        values = {
            "email": f"{name}@example.com",
            "phone_number": f"+1555{DIGITS}" if copied else "+4930123456",
            "preferred_username": f"{name}!",
            "given_name": name,
            ATTRIBUTE: "many wanted" if copied else "few",
        }
        user = cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": key, "Value": value} for key, value in values.items()],
        )["User"]
        subs += [attribute["Value"] for attribute in user["Attributes"] if attribute["Name"] == "sub"]
    return subs[0]


def searches(sub):
    """Filters, and how many users of the few each finds. No copy has what any of them asks for."""
    return {
        'username = "wanted"': 1,
        'username ^= "thi"': 1,
        'email = "wanted@example.com"': 1,
        'email ^= "wanted@"': 1,
        f'sub = "{sub}"': 1,
        f'sub ^= "{sub[:30]}"': 1,
        'preferred_username = "wanted!"': 1,
        'preferred_username ^= "third"': 1,
        'phone_number = "+4930123456"': 4,
        'phone_number ^= "+4930"': 4,
        f'{ATTRIBUTE} = "few"': 4,
        f'{ATTRIBUTE} ^= "f"': 4,
    }


def most_calls(text):
    """The search, then the profiles of whom it found; for the beginning of a name, the list's eight partitions."""
    return 8 if text.startswith("username ^=") else 2


class Pattern:
    """The user of a pool whom all others are copies of, as the table has it."""

    def __init__(self, dynamodb, pool_id, table):
        """`dynamodb`: a client of the local AWS."""
        pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        self.pool_items = [item for page in pages for item in page["Items"] if pool_id in item["PK"]["S"]]
        self.items = [
            item
            for item in self.pool_items
            if item["PK"]["S"].startswith(("SEARCH#", "USER#")) and PATTERN in json.dumps(item)
            if item["PK"]["S"].startswith("SEARCH#") or item["SK"]["S"] == "PROFILE"
        ]
        assert len(self.items) == ITEMS, [item["SK"] for item in self.items]
        (profile,) = [item for item in self.items if item["SK"]["S"] == "PROFILE"]
        self.sub, self.shards = profile["sub"]["S"], f"POOL#{pool_id}#"
        self.shard = profile["GSI1PK"]["S"]

    def copy_pool(self, dynamodb, table):
        """Puts all of the pool into another table."""
        for start in range(0, len(self.pool_items), 25):
            puts = [{"PutRequest": {"Item": item}} for item in self.pool_items[start : start + 25]]
            assert not dynamodb.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]

    def fill(self, port, table, first, last):
        """Puts copies with the numbers from `first` up to `last` into a table of the local AWS, which listens on `port`."""
        local = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        for start in range(first, last, USERS_A_CALL):
            asked = {"items": self.items, "sub": self.sub, "shards": self.shards, "shard": self.shard}
            asked |= {"table": table, "first": start, "last": min(last, start + USERS_A_CALL)}
            local.request("POST", "/_gatehouse/copies", json.dumps(asked).encode())
            response = local.getresponse()
            answer = response.read()
            assert response.status == 200, answer
        local.close()


def copies(items, sub, shards, shard, first, last):
    """The items of the copies; what they have in common is there once. The local AWS runs this: it would take as long as
    all the rest to tell it every item."""
    for number in range(first, last):
        digits = f"{number:07}"
        # The same first character, and so the same partition of the search.
        other = sub[0] + str(uuid.UUID(bytes=hashlib.md5(digits.encode()).digest(), version=4))[1:]
        changes = [(shard, f"{shards}{shard_of(PATTERN[: -len(digits)] + digits)}"), (sub, other), (DIGITS, digits)]
        yield from (_changed(item, changes) for item in items)


def _changed(value, changes):
    if isinstance(value, str):
        for old, new in changes:
            if old in value:
                value = value.replace(old, new)
        return value
    if isinstance(value, dict):
        new = {key: _changed(inner, changes) for key, inner in value.items()}
        return value if all(new[key] is value[key] for key in value) else new
    return value


def shard_of(name):
    """FNV-1a, as the store has it."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value % 8
