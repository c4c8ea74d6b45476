"""A pool of very many users, to see what a search costs there.

A few users are made through the API; the rest are put straight into the table as copies of the last of them, as the
store has spelled it: only the digits of its name and its `sub` are others.
"""

import http.client
import json
import random
import uuid

FEW = ("wanted", "another", "third", "fourth")
PATTERN = "wanted-too-999999"
DIGITS = PATTERN[-6:]
ATTRIBUTE = "custom:team"
POOL = {
    "UserPoolTags": {"gatehouse:searchable": ATTRIBUTE},
    "Schema": [{"Name": "team", "AttributeDataType": "String"}],
}
# Items of one user that a search reads: the profile and an entry for each of five attributes.
ITEMS = 6
USERS_A_CALL = 4


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


def copy(dynamodb, pool_id, source, target, port, count):
    """Puts the pool as `source` has it, and `count` copies of its last user, into the table `target`.

    `dynamodb` is a client of the local AWS, which listens on `port`.
    """
    items = [
        item
        for page in dynamodb.get_paginator("scan").paginate(TableName=source, ConsistentRead=True)
        for item in page["Items"]
        if pool_id in item["PK"]["S"]
    ]
    local = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    puts = [json.dumps({"PutRequest": {"Item": item}}) for item in items]
    if source != target:
        for start in range(0, len(puts), 25):
            _write(local, target, puts[start : start + 25])
    pattern = [
        item
        for item in items
        if item["PK"]["S"].startswith(("SEARCH#", "USER#")) and PATTERN in json.dumps(item)
        if item["PK"]["S"].startswith("SEARCH#") or item["SK"]["S"] == "PROFILE"
    ]
    assert len(pattern) == ITEMS, [item["SK"] for item in pattern]
    (profile,) = [item for item in pattern if item["SK"]["S"] == "PROFILE"]
    sub = profile["sub"]["S"]
    partition = f"POOL#{pool_id}#"
    profile["GSI1PK"]["S"] = f"{partition}SHARD"
    template = ",".join(json.dumps({"PutRequest": {"Item": item}}) for item in pattern)
    dice, batch = random.Random(count), []
    for number in range(count):
        digits = f"{number:06}"
        # The same first character, and so the same partition of the search.
        other = sub[0] + str(uuid.UUID(int=dice.getrandbits(128), version=4))[1:]
        text = template.replace(sub, other).replace(DIGITS, digits)
        batch.append(text.replace(f"{partition}SHARD", f"{partition}{shard(PATTERN[:-6] + digits)}"))
        if len(batch) == USERS_A_CALL:
            _write(local, target, batch)
            batch = []
    if batch:
        _write(local, target, batch)
    local.close()


def _write(local, table, puts):
    """One BatchWriteItem, by hand: an SDK would take longer than what it asks for."""
    body = f'{{"RequestItems": {{"{table}": [{",".join(puts)}]}}}}'
    scope = "Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.BatchWriteItem",
        "authorization": f"AWS4-HMAC-SHA256 {scope}",
    }
    local.request("POST", "/", body.encode(), headers)
    response = local.getresponse()
    answer = json.loads(response.read())
    assert response.status == 200 and not answer.get("UnprocessedItems"), answer


def shard(name):
    """FNV-1a, as the store has it."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value % 8
