"""What test_histories.py goes by is able to find what fits no order, and finds nothing in what fits one."""

import pytest
from one_order import Life, Register, Span


def span(begin, end, value=None):
    return Span(begin, end, value)


def register(writes, reads):
    made = Register()
    made.writes = [span(*write) for write in writes]
    made.reads = [span(*read) for read in reads]
    return list(made.misfits())


@pytest.mark.parametrize(
    "writes, reads",
    [
        ([(0, 1, "a")], [(2, 3, "a")]),
        # At once: either may have been first.
        ([(0, 1, "a"), (2, 5, "b")], [(3, 4, "a"), (3, 4, "b")]),
        ([(0, 9, "a"), (2, 3, "b")], [(4, 5, "a")]),
        # The write is told of after its value was seen.
        ([(0, 9, "a")], [(1, 2, "a")]),
        # Written again.
        ([(0, 1, True), (2, 3, False), (4, 5, True)], [(6, 7, True)]),
    ],
)
def test_what_fits(writes, reads):
    assert not register(writes, reads)


@pytest.mark.parametrize(
    "writes, reads",
    [
        ([(0, 1, "a"), (2, 3, "b")], [(4, 5, "a")]),
        ([(0, 1, "a")], [(2, 3, "nobody wrote this")]),
        ([(3, 4, "a")], [(1, 2, "a")]),
        ([(0, 2, True), (3, 5, False), (8, 9, True)], [(6, 7, True)]),
        # Both were overwritten by the one that came after both.
        ([(0, 2, "a"), (1, 3, "b"), (4, 5, None)], [(6, 7, "b")]),
    ],
)
def test_what_fits_no_order(writes, reads):
    assert register(writes, reads)


def test_a_write_that_was_refused_is_none():
    made = Register()
    with pytest.raises(ValueError), made.write("a", "test"):
        raise ValueError
    with made.write("b", "test"):
        pass
    assert [write.value for write in made.writes] == ["b"] and made.latest() == "b"
    made.read("b", span(0, 1))
    assert not list(made.misfits())


def life(uses=(), refusals=()):
    made = Life(span(0, 1))
    made.uses, made.refusals = [span(*use) for use in uses], [span(*refusal) for refusal in refusals]
    return made


def test_a_sign_in_lives_until_it_is_ended():
    end = [span(4, 5)]
    assert not list(life(uses=[(2, 3), (4, 6)], refusals=[(4.5, 4.6), (6, 7)]).misfits(end))
    assert list(life(uses=[(6, 7)]).misfits(end))
    assert list(life(refusals=[(2, 3)]).misfits(end))
    assert list(life(refusals=[(2, 3)]).misfits([]))
    # What ended others before it began, or began with it, has not surely ended it.
    assert not list(life(uses=[(6, 7)]).misfits([span(-2, -1), span(0.5, 0.7)]))
