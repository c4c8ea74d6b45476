"""No request that breaks the model does anything: an error of the model, never our own failure, and nothing is written.

Every operation gets its own right request, broken in each member in every way that the model's constraints name, bodies
that are no requests at all, and names that are not its own. A proxy before the local AWS sees that nothing is written.
"""

import json
import os

import pytest
from bad_requests import BODIES, ODD_HEADERS, broken, errors_of, misnamed, padded
from event_support import load, read
from every_operation import OPERATIONS, encoded
from operation_subject import subject, world  # noqa: F401 - fixtures
from own_functions import Function
from troubles import Trouble

# Of the ways to break an operation's request every n-th is tried.
EVERY = int(os.environ.get("GATEHOUSE_BAD_REQUESTS_EVERY", "12"))
BY_NAME = pytest.mark.parametrize("subject", OPERATIONS.values(), ids=lambda operation: operation.name, indirect=True)


def sample(tries, operation):
    """Every n-th of some tries; not the same for all operations."""
    return [found for number, found in enumerate(tries) if (number + len(operation.name)) % EVERY == 0]


def refused(subject, what, allowed, *request, **more):
    """What is wrong with the answer to a request that has to be refused, and with what it wrote."""
    record = Trouble()
    answer = subject.send_body(*request, record, **more)
    found = []
    if answer not in allowed:
        found.append(f"{what}: {answer}")
    if record.may_be_done:
        found.append(f"{what}: something was written: {record.written}")
    return found


@BY_NAME
def test_what_breaks_the_model_is_refused_and_writes_nothing(subject, world):
    operation = subject.operation
    request = encoded(operation.request(world))
    body = json.dumps(request).encode()
    allowed = {(400, error) for error in errors_of(operation.service, operation.name)}
    tries = [
        (what, json.dumps(bad).encode())
        for number, (what, bad) in enumerate(broken(operation.service, operation.name, request))
        if number % EVERY == 0
    ]
    wrong = []
    for what, bad in tries + list(BODIES.items()):
        wrong += refused(subject, what, allowed, bad)
    # A right request in an envelope that leads elsewhere, then an odd one around what is no request.
    for what, headers, method in sample(misnamed(operation.service, operation.name), operation):
        # Headers that are none make no request.
        unread = {(400, "")} if "\x01" in (headers.get("x-amz-target") or "") else set()
        expected = {(400, "UnknownOperationException")} if method == "POST" else {(404, "")}
        wrong += refused(subject, what, unread or expected, body, headers=headers, method=method)
    for what, headers in sample(ODD_HEADERS.items(), operation):
        wrong += refused(subject, what, allowed | {(400, "")}, b'{"cut off": ', headers=headers)
    assert not wrong, "\n" + "\n".join(wrong)
    # SDKs of tomorrow send members that are not known today; of two members of one name the last one counts.
    request = encoded(operation.request(world))
    assert subject.send_body(padded(operation.service, operation.name, request).encode()) is None


def test_the_front_door_leads_nowhere_without_a_name():
    door = Function("front-door")
    right = load("front-door/basic")
    tries = [found for named in (("user-pool", "SignUp"), ("identity-pool", "GetId")) for found in misnamed(*named)]
    nameless = {"x-amz-target": None}
    tries += [(what, headers | nameless, "POST") for what, headers in ODD_HEADERS.items()]
    wrong = []
    try:
        for what, headers, method in tries:
            changed = {name: value for name, value in (right["headers"] | headers).items() if value is not None}
            http = right["requestContext"]["http"] | {"method": method}
            event = right | {"headers": changed, "requestContext": right["requestContext"] | {"http": http}}
            answer = read(door.invoke(event))
            if answer.error != ((400, "UnknownOperationException") if method == "POST" else (404, "")):
                wrong.append(f"{what}: {answer}")
        assert not door.counter.calls()
    finally:
        door.stop()
    assert not wrong, "\n" + "\n".join(wrong)
