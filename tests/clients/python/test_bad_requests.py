"""No request that breaks the model does anything: an error of the model, never our own failure, and nothing is written.

Every operation gets its own right request, broken in each member in every way that the model's constraints name, and
bodies that are no requests at all. A proxy before the local AWS sees that nothing is written.
"""

import base64
import json
import os

import pytest
from bad_requests import BODIES, broken, errors_of
from every_operation import OPERATIONS, encoded
from operation_subject import subject, world  # noqa: F401 - fixtures
from troubles import Trouble

# Of the ways to break an operation's request every n-th is tried.
EVERY = int(os.environ.get("GATEHOUSE_BAD_REQUESTS_EVERY", "6"))


@pytest.mark.parametrize("subject", OPERATIONS.values(), ids=lambda operation: operation.name, indirect=True)
def test_what_breaks_the_model_is_refused_and_writes_nothing(subject, world):
    operation = subject.operation
    request = encoded(operation.request(world))
    allowed = errors_of(operation.service, operation.name)
    tries = [
        (what, json.dumps(bad).encode())
        for number, (what, bad) in enumerate(broken(operation.service, operation.name, request))
        if number % EVERY == 0
    ]
    tries += list(BODIES.items())
    wrong = []
    record = Trouble()
    for what, body in tries:
        answer = subject.send_body(body, record)
        if answer is None or answer == "died" or answer[0] != 400 or answer[1] not in allowed:
            wrong.append(f"{what}: {answer}")
        if record.may_be_done:
            wrong.append(f"{what}: something was written: {record.written}")
            record.may_be_done = False
    assert not wrong, "\n" + "\n".join(wrong)
