"""What a call costs of DynamoDB on demand, in request units, as AWS documents it ("read/write capacity mode").

The local AWS does not count as DynamoDB does, so it is counted here: a read is half a unit for 4 KB, one where it is
consistent; a write is one for 1 KB of the item, two in a transaction, and as much again where the item is in the index. Sizes are
those of the JSON on the wire, a little more than DynamoDB's own. Condition checks count as writes.
"""

import json
import math


def of(name, body, answer):
    """(read units, write units) of a call; none where it is not DynamoDB's."""
    try:
        request, answer = json.loads(body), json.loads(answer or b"{}")
    except ValueError:
        return 0, 0
    if name == "GetItem":
        return _read([answer.get("Item", {})], request), 0
    if name in ("Query", "Scan"):
        return _read([answer.get("Items", [])], request), 0
    if name == "BatchGetItem":
        (asked,) = request["RequestItems"].values()
        found = [item for items in answer.get("Responses", {}).values() for item in items]
        missing = [{}] * (len(asked["Keys"]) - len(found))
        return sum(_read([item], asked) for item in found + missing), 0
    if name in ("PutItem", "UpdateItem", "DeleteItem"):
        return 0, _write(request.get("Item", {}))
    if name == "TransactWriteItems":
        parts = [part for item in request["TransactItems"] for part in item.values()]
        return 0, sum(2 * _write(part.get("Item", {})) for part in parts)
    if name == "BatchWriteItem":
        puts = [put for table in request["RequestItems"].values() for put in table]
        return 0, sum(_write(put.get("PutRequest", {}).get("Item", {})) for put in puts)
    return 0, 0


def _size(value):
    return len(json.dumps(value, separators=(",", ":")))


def _read(items, request):
    units = sum(max(1, math.ceil(_size(item) / 4096)) for item in items)
    return units if request.get("ConsistentRead") else units / 2


def _write(item):
    units = max(1, math.ceil(_size(item) / 1024))
    return 2 * units if "GSI1PK" in item else units
