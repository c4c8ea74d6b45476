"""The roles of template.yaml against everything that the tests before this one had the functions do.

Runs last, against the stack that all other tests used, whose AWS held each function to its role (stack/policing.py):
enough, if nothing was refused; no more than needed, if every action of every statement was used.
"""

import os

import pytest

from stack import roles, template

# Written by the crate's edge, alike in every function that has it: what one function shows, it shows for all.
OF_THE_EDGE = {"CountForLimits", "NoteUse"}
# What no test comes to, and why the function needs it: (statement, action) → the reason and the functions.
UNSHOWN = {}


def granted():
    """(function, sid, action) of everything that a role allows and a stack decides."""
    for function, statements in template.statements().items():
        for statement in statements:
            actions = template.as_list(statement["Action"])
            if statement["Effect"] == "Allow":
                yield from ((function, statement["Sid"], a) for a in actions if not a.startswith(roles.ELSEWHERE))


@pytest.fixture(scope="module")
def report():
    return roles.report(os.environ["GATEHOUSE_LOCAL_AWS"], os.environ["GATEHOUSE_LOCAL_IAM"])


def test_no_function_was_refused_anything(report):
    _, refused = report
    assert not refused


def test_every_action_of_every_role_was_used(report):
    used, _ = report
    shown = {(sid, action) for _, sid, action in used}
    unused = {
        (function, sid, action)
        for function, sid, action in granted()
        if (function, sid, action) not in used and not (sid in OF_THE_EDGE and (sid, action) in shown)
    }
    known = {(f, sid, action) for (sid, action), (_, functions) in UNSHOWN.items() for f in functions.split()}
    assert not unused - known


def test_what_tests_have_come_to_is_no_longer_listed(report):
    used, _ = report
    known = {(f, sid, action) for (sid, action), (_, functions) in UNSHOWN.items() for f in functions.split()}
    assert not known & used


def test_what_no_test_comes_to_is_granted():
    known = {(f, sid, action) for (sid, action), (_, functions) in UNSHOWN.items() for f in functions.split()}
    assert known <= set(granted())
