"""Every operation, while AWS fails: each call that it makes meets each trouble that there is.

An operation is recorded once, without trouble. Then for each of its calls and each trouble everything is made anew and
the request is sent to a function of its own that has just started; then it is sent once more, as a client would.
- The client is told what it knows to repeat, or the answer.
- Repeated, the request succeeds, or is refused because it has been done; what is stored then is what is stored without
  trouble. Nothing that opens something once opens it twice.
- At the end the table is consistent: see `table_invariants`.

`make faults` walks all of it. Otherwise transactions are made whose answer is lost, in what users do and in some of what
administrators do.
"""

import os
from collections import Counter

import pytest
from every_operation import OPERATIONS
from operation_subject import SERVED, subject, world  # noqa: F401 - fixtures
from support import table
from table_invariants import check
from troubles import MESSAGES, SILENT, WRITES, Trouble, troubles_of

ALL = os.environ.get("GATEHOUSE_FAULTS") == "all"
# What is tried in any case, besides what users do themselves.
ALSO = {
    "AdminAddUserToGroup", "AdminCreateUser", "AdminDeleteUser", "AdminLinkProviderForUser", "AdminUpdateUserAttributes",
    "CreateGroup", "CreateIdentityProvider", "CreateUserPoolDomain", "DeleteGroup", "GetId",
    "GetUserAttributeVerificationCode",
}  # fmt: skip
READS = ("Describe", "Get", "List", "Lookup")
# What a second try may add to: they say how often something was tried.
COUNTERS = ("GUARD", "COUNT", "LIMIT")
UNSENT = {"CodeDeliveryFailureException"}


def walked():
    """The operations of this run."""
    for key, operation in OPERATIONS.items():
        users = SERVED[key]["access"] == "public" and not operation.name.startswith(READS)
        if ALL or users or operation.name in ALSO:
            yield operation


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


def tried(subject, world, table, trouble, normal):
    """Sends a request into trouble and once more; what is wrong, and what the client was told."""
    operation, found = subject.operation, []
    request = operation.request(world)
    subject.restart()
    first = subject.send(request, trouble)
    if not trouble.met:
        return ["was not met"], first
    kind, call = trouble.kind, trouble.call
    told = "answer" if first is None else first if first == "died" else first[1]
    if kind.endswith(" once"):
        expected = {"answer"}
    elif kind.startswith("killed"):
        expected = {"died", "answer"}
    elif call in MESSAGES:
        expected = {"answer"} | UNSENT
    elif kind in ("throttled", "conflict"):
        expected = {"answer", "TooManyRequestsException"}
    else:
        expected = {"answer", "InternalErrorException"}
    if told not in expected:
        found.append(f"told {told}")
    if told == "InternalErrorException" and first[0] != 500:
        found.append(f"status {first[0]}")

    again = Trouble()
    second = subject.send(request, again)
    refusal = second and second[1]
    successes = (first is None) + (second is None)
    if second is not None and (refusal not in operation.already or not trouble.may_be_done):
        found.append(f"then {refusal}")
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


@pytest.mark.parametrize("subject", list(walked()), ids=lambda operation: operation.name, indirect=True)
def test_every_operation_survives_every_trouble(subject, world, table, record_property):
    operation = subject.operation
    record = Trouble()
    request = operation.request(world)
    assert subject.send(request, record) is None
    normal = left(table, record.written)
    calls = list(dict.fromkeys(record.calls))
    if not ALL:
        calls = [(name, n) for name, n in calls if name == "TransactWriteItems"]

    told, wrong = Counter(), []
    for name, n in calls:
        kinds = [*troubles_of(name), *([SILENT] if name in WRITES else [])] if ALL else ["answer lost"]
        for kind in kinds:
            found, answer = tried(subject, world, table, Trouble(kind, name, n), normal)
            told[answer] += 1
            wrong += [f"{name} {n} {kind}: {what}" for what in found]
    record_property("faults", [operation.name, len(record.calls), sum(told.values()), dict(told), wrong])
    check(table, world.app)
    assert not wrong, "\n" + "\n".join(wrong)


def test_every_operation_is_walked():
    assert set(OPERATIONS) == set(SERVED)
