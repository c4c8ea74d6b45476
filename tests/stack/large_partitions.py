"""Very large partitions for MiniStack; run by the Python of .venv-local-aws, see ministack_server.py.

MiniStack sorts and tests all items of a partition for every query, which takes minutes where there are a million. Here
a query finds its sort keys by bisection, as DynamoDB does, and MiniStack sees a partition of those that it can answer
with. And `POST /_gatehouse/copies` puts many users into a table in one go; see many_users.py.
"""

import bisect
import gc
import json
import re

from many_users import copies
from ministack.services import dynamodb
from policing import answer

# Smaller ones are left to MiniStack.
LARGE = 50
# As many as an answer may hold where the query names no limit: more than fit into a megabyte.
PAGE = 10_000
# Behind every text that begins with a prefix.
BEHIND = chr(0x10FFFF)
# The store's queries; the groups name the beginning of a sort key, or the last one.
_CONDITION = re.compile(r"\w*PK = :pk(?: AND begins_with\(\w*SK, (:\w+)\)| AND \w*SK <= (:\w+))?")

_query, _set_item, _remove_item = dynamodb._query, dynamodb._set_item, dynamodb._remove_item
# (table, index, partition) → its (sort key, partition key, sort key of the table), sorted.
_sorted = {}


def _places(table, pk, sk, item):
    """Where an item is found: ((index, partition), entry)."""
    yield (None, pk), (sk, pk, sk)
    for index, hashes, ranges in dynamodb._index_key_schemas(table):
        partition = dynamodb._index_partition(item, hashes, ranges)
        if partition is not None:
            yield (index, partition), (item[ranges[0]]["S"], pk, sk)


def _known(table, pk, sk, item):
    """Entries of an item in the partitions that were sorted, with those."""
    for place, entry in _places(table, pk, sk, item):
        entries = _sorted.get((id(table), *place))
        if entries is not None:
            yield entries, entry


def set_item(table, pk, sk, item):
    old = _set_item(table, pk, sk, item)
    if old is not None:
        _forget(table, pk, sk, old)
    for entries, entry in _known(table, pk, sk, item):
        bisect.insort(entries, entry)
    return old


def remove_item(table, pk, sk):
    old = _remove_item(table, pk, sk)
    if old is not None:
        _forget(table, pk, sk, old)
    return old


def _forget(table, pk, sk, item):
    for entries, entry in _known(table, pk, sk, item):
        at = bisect.bisect_left(entries, entry)
        if entries[at : at + 1] == [entry]:
            del entries[at]


def query(data):
    """Query, of a partition that has no more than it can answer with. Store's queries go forward."""
    table = dynamodb._tables.get(data.get("TableName"))
    index, values = data.get("IndexName"), data.get("ExpressionAttributeValues", {})
    condition = _CONDITION.fullmatch(data.get("KeyConditionExpression", ""))
    if table is None or condition is None or not data.get("ScanIndexForward", True):
        return _query(data)
    partition = values[":pk"]["S"]
    # The partition, and the dictionary that MiniStack finds it in.
    home = dynamodb._index_members(table).get(index, {}) if index else table["items"]
    whole = home.get(partition, {})
    if len(whole) < LARGE:
        return _query(data)
    entries = _sorted.get((id(table), index, partition))
    if entries is None:
        entries = _sorted[id(table), index, partition] = sorted(_entries(table, index, partition, whole))
    prefix, most = (values[name]["S"] if name else None for name in condition.groups())
    first = bisect.bisect_left(entries, (prefix or "",))
    last = bisect.bisect_left(entries, (f"{most}\0" if most else f"{prefix or ''}{BEHIND}",))
    if start := data.get("ExclusiveStartKey"):
        key = ("GSI1SK", "PK", "SK") if index else ("SK", "PK", "SK")
        first = max(first, bisect.bisect_right(entries, tuple(start[name]["S"] for name in key)))
    wanted = entries[first : min(last, first + int(data.get("Limit", PAGE)) + 1)]
    home[partition] = {(pk, sk): None for _, pk, sk in wanted} if index else {sk: whole[sk] for _, _, sk in wanted}
    try:
        return _query(data)
    finally:
        home[partition] = whole


def _entries(table, index, partition, whole):
    if index is None:
        return ((sk, partition, sk) for sk in whole)
    _, [name] = dynamodb._index_key_lists(dynamodb._index_def(table, index))
    return ((table["items"][pk][sk][name]["S"], pk, sk) for pk, sk in whole)


def served(serve):
    """The application, which knows large partitions."""
    dynamodb._query, dynamodb._set_item, dynamodb._remove_item = query, set_item, remove_item

    async def application(scope, receive, send):
        if scope.get("path") != "/_gatehouse/copies":
            return await serve(scope, receive, send)
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        asked = json.loads(body)
        table = dynamodb._tables[asked.pop("table")]
        for item in copies(**asked):
            dynamodb._set_item(table, item["PK"]["S"], item["SK"]["S"], item)
        gc.freeze()  # What stays need not be looked through again and again.
        await answer(send, 200, [(b"content-type", b"application/json")], b"{}")

    return application
