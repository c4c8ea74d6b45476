"""Every operation, while AWS fails: each call that it makes meets each trouble that there is; see `fault_walk`.

`make faults` walks all of it. Otherwise transactions are made whose answer is lost, in what users do and in some of what
administrators do. At the end the table is consistent: see `table_invariants`.
"""

import pytest
from every_operation import OPERATIONS
from fault_walk import ALL, troubles_walked, walk
from operation_subject import SERVED, subject, world  # noqa: F401 - fixtures
from support import table  # noqa: F401 - a fixture
from table_invariants import check

# What is tried in any case, besides what users do themselves.
ALSO = {
    "AdminAddUserToGroup", "AdminCreateUser", "AdminDeleteUser", "AdminLinkProviderForUser", "AdminUpdateUserAttributes",
    "CreateGroup", "CreateIdentityProvider", "CreateUserPoolDomain", "DeleteGroup", "GetId",
    "GetUserAttributeVerificationCode",
}  # fmt: skip
READS = ("Describe", "Get", "List", "Lookup")


def walked():
    """The operations of this run."""
    for key, operation in OPERATIONS.items():
        users = SERVED[key]["access"] == "public" and not operation.name.startswith(READS)
        if ALL or users or operation.name in ALSO:
            yield operation


@pytest.mark.parametrize("subject", list(walked()), ids=str, indirect=True)
def test_every_operation_survives_every_trouble(subject, world, table, record_property):
    row = walk(subject, world, table, troubles_walked)
    record_property("faults", row)
    check(table, world.app)
    assert not row[4], "\n" + "\n".join(row[4])


def test_every_operation_is_walked():
    assert set(OPERATIONS) == set(SERVED)
