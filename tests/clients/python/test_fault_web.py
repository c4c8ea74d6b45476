"""OAuth's endpoints and the forms of managed login, while AWS fails: see `fault_walk`.

An application is told `server_error` or `temporarily_unavailable`, and a person that something went wrong, on a page to
try again from. `make faults` walks all of it; otherwise transactions are made whose answer is lost.
"""

import pytest
from fault_walk import troubles_walked, walk
from support import table  # noqa: F401 - a fixture
from table_invariants import check
from web_operations import WEB, WebWorld
from web_subject import WebSubject


@pytest.fixture(scope="module")
def web_world():
    return WebWorld()


@pytest.fixture
def web_subject(request):
    made = WebSubject(request.param)
    yield made
    made.stop()


@pytest.mark.parametrize("web_subject", WEB.values(), ids=str, indirect=True)
def test_every_endpoint_survives_every_trouble(web_subject, web_world, table, record_property):
    row = walk(web_subject, web_world, table, troubles_walked)
    record_property("faults", row)
    check(table, web_world.app)
    assert not row[4], "\n" + "\n".join(row[4])
