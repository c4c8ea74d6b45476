"""The walk of the tests of faults: a request meets each trouble that each of its calls can have.

A request is recorded once, without trouble. Then for each of its calls and each trouble everything is made anew and the
request is sent to a function of its own that has just started; then it is sent once more, as a client would.
- The client is told what it knows to repeat, or the answer.
- Repeated, the request succeeds, or is refused because it has been done; what is stored then is what is stored without
  trouble. Nothing that opens something once opens it twice.
"""

import os
from collections import Counter

from troubles import MESSAGES, Trouble, troubles_of

ALL = os.environ.get("GATEHOUSE_FAULTS") == "all"
# What a second try may add to: they say how often something was tried.
COUNTERS = ("GUARD", "COUNT", "LIMIT")


def troubles_walked(call):
    """The troubles of a call that this run walks."""
    if ALL:
        return troubles_of(call)
    return ("answer lost",) if call == "TransactWriteItems" else ()


def family(key):
    partition, sort = (part.split("#")[0] for part in key)
    # Elsewhere the sort key is a value.
    return partition, sort if partition in ("USER", "POOL", "LOOK", "CLIENT") else ""


def left(table, written):
    """What is there of the items that were written, by kind."""
    keys = [{"PK": pk, "SK": sk} for pk, sk in written if not sk.startswith(COUNTERS) and not pk.startswith(COUNTERS)]
    found = Counter()
    for start in range(0, len(keys), 100):
        request = {table.name: {"Keys": keys[start : start + 100], "ConsistentRead": True}}
        answer = table.meta.client.batch_get_item(RequestItems=request)
        found.update(family((item["PK"], item["SK"])) for item in answer["Responses"][table.name])
    return found


def expected(subject, trouble):
    """What a client may be told."""
    kind, call = trouble.kind, trouble.call
    if kind.endswith(" once"):
        return {None}
    if kind.startswith("killed"):
        return {None, "died"}
    if call == "Invoke":
        return {subject.of_trigger(kind)}
    if call in MESSAGES:
        return {None} | subject.UNSENT
    return {None} | (subject.BUSY if kind in ("throttled", "conflict") else subject.INTERNAL)


def tried(subject, world, table, trouble, normal):
    """Sends a request into trouble and once more; what is wrong, and what the client was told."""
    operation, found = subject.operation, []
    # It starts while everything else is made.
    subject.restart()
    request = operation.request(world)
    first = subject.send(request, trouble)
    told = "answer" if first is None else first if first == "died" else first[1]
    if not trouble.met:
        return ["was not met"], told
    if first not in expected(subject, trouble):
        found.append(f"told {first}")

    again = Trouble()
    second = subject.send(request, again)
    successes = (first is None) + (second is None)
    if second is not None and (second[1] not in operation.already or not trouble.may_be_done):
        found.append(f"then {second}")
    if operation.once:
        third = subject.send(request)
        if third is None or successes > 1:
            found.append("works twice")
    shape = left(table, trouble.written | again.written)
    undone = operation.begins_again and successes == 0
    swept = operation.sweeps and not normal - shape
    if not operation.again and not undone and not swept and shape != normal:
        found.append(f"leaves {dict(shape - normal)} too much, {dict(normal - shape)} too little")
    return found, told


def walk(subject, world, table, kinds_of):
    """All troubles of a request; `kinds_of` a call says which. Returns what the table of the walk shows."""
    operation, record = subject.operation, Trouble()
    assert subject.send(operation.request(world), record) is None
    normal = left(table, record.written)
    told, wrong = Counter(), []
    for name, n in dict.fromkeys(record.calls):
        for kind in kinds_of(name):
            found, answer = tried(subject, world, table, Trouble(kind, name, n), normal)
            told[answer] += 1
            wrong += [f"{name} {n} {kind}: {what}" for what in found]
    return [str(operation), len(record.calls), sum(told.values()), dict(told), wrong]
