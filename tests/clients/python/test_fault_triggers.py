"""The functions of a pool's triggers in trouble, for every operation that invokes them: see `fault_walk`.

What stood before still stands: whoever a function keeps from something can try again, and does it then.
"""

import pytest
from fault_walk import ALL, walk
from operation_subject import subject  # noqa: F401 - a fixture
from support import table  # noqa: F401 - a fixture
from table_invariants import check
from trigger_operations import DECIDED, SENT, deciding, sending
from troubles import OF_INVOCATIONS

KINDS = OF_INVOCATIONS if ALL else ["its own error"]


@pytest.fixture(scope="module")
def deciding_world():
    return deciding()


@pytest.fixture(scope="module")
def sending_world():
    return sending()


def walked(subject, world, table, record_property):
    row = walk(subject, world, table, lambda call: KINDS if call == "Invoke" else ())
    record_property("faults", row)
    tries, wrong = row[2], row[4]
    assert tries, "no function is invoked"
    assert not wrong, "\n" + "\n".join(wrong)
    check(table, world.app)


@pytest.mark.parametrize("subject", DECIDED, ids=str, indirect=True)
def test_functions_that_decide(subject, deciding_world, table, record_property):
    walked(subject, deciding_world, table, record_property)


@pytest.mark.parametrize("subject", SENT, ids=str, indirect=True)
def test_functions_that_send(subject, sending_world, table, record_property):
    walked(subject, sending_world, table, record_property)
