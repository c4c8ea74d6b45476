"""Guessing passwords: few guesses, then a lock that grows, whether or not there is such a user."""

import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import PASSWORD, make_app, refusal, refused

INCORRECT = ("NotAuthorizedException", "Incorrect username or password.")
EXCEEDED = ("NotAuthorizedException", "Password attempts exceeded")
NO_SUCH_USER = ("UserNotFoundException", "User does not exist.")
WRONG = "Wrong-Guess-0"


def fail(times, guess, failure=INCORRECT):
    """Guesses until that many failures were counted; guesses while locked do not count."""
    counted, deadline = 0, time.monotonic() + 20
    while counted < times:
        assert time.monotonic() < deadline, f"{counted} of {times} guesses were counted"
        told = guess()
        assert told in (failure, EXCEEDED)
        if told == failure:
            counted += 1
        else:
            # Only the sixth and later guesses ever wait: the first five are free.
            assert counted >= 5
            time.sleep(0.1)


def wait_for_the_lock(attempt, seconds):
    """The first answer that is not about the lock."""
    deadline = time.monotonic() + seconds
    while (told := refusal(attempt)) == EXCEEDED:
        assert time.monotonic() < deadline, "the lock should have ended"
        time.sleep(0.1)
    return told


def test_five_wrong_passwords_lock_the_sixth_out(make_app):
    app = make_app()
    name = app.user()
    # Six failures lock for two seconds: time enough to look around on a slow machine.
    fail(6, lambda: refusal(app.password_auth, name, WRONG))
    assert refusal(app.password_auth, name, PASSWORD) == EXCEEDED
    assert refusal(app.srp_begun, name) == EXCEEDED
    assert refusal(app.admin_initiate, USERNAME=name, PASSWORD=PASSWORD) == EXCEEDED
    # Another user, and the user's running sign-ins, have nothing to do with it.
    assert app.tokens(app.user())["AccessToken"]
    # The lock ends by itself, and a right password clears the count.
    assert wait_for_the_lock(lambda: app.password_auth(name), 4) is None
    fail(4, lambda: refusal(app.password_auth, name, WRONG))
    assert app.tokens(name)["AccessToken"]


def test_guesses_while_locked_do_not_lengthen_the_lock(make_app):
    app = make_app()
    name = app.user()
    fail(5, lambda: refusal(app.password_auth, name, WRONG))
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        refusal(app.srp_begun, name)
    assert wait_for_the_lock(lambda: app.password_auth(name), 3) is None


@pytest.mark.parametrize("prevent, failure", [("LEGACY", NO_SUCH_USER), ("ENABLED", INCORRECT)])
def test_a_name_without_a_user_is_locked_too(make_app, prevent, failure):
    app = make_app(PreventUserExistenceErrors=prevent)
    name = app.unique("nobody")
    fail(6, lambda: refusal(app.password_auth, name, WRONG), failure)
    assert refusal(app.password_auth, name, WRONG) == EXCEEDED


def test_failures_by_srp_count_like_any_other(make_app):
    app = make_app()
    name = app.user()

    def guess():
        try:
            _, answers = app.srp_begun(name, WRONG)
        except app.anonymous.exceptions.NotAuthorizedException:
            return EXCEEDED
        return refusal(app.respond, "PASSWORD_VERIFIER", **answers)

    challenge, right_answers = app.srp_begun(name)
    fail(6, guess)
    assert refusal(app.password_auth, name, PASSWORD) == EXCEEDED
    # Nor does a challenge from before the lock help.
    assert refusal(app.respond, "PASSWORD_VERIFIER", **right_answers) == EXCEEDED


def test_a_lock_is_one_for_all_the_user_s_names(make_app):
    app = make_app(pool={"AliasAttributes": ["email"]})
    email = f"{app.unique('ann')}@example.com"
    name = app.user(email=email, email_verified="true")
    names = iter([name, email] * 100)
    fail(6, lambda: refusal(app.password_auth, next(names), WRONG))
    assert refusal(app.password_auth, name) == EXCEEDED
    assert refusal(app.password_auth, email) == EXCEEDED


def test_guesses_at_once_are_not_worth_more(make_app):
    """Thirty at once, the right one among them: about as many are looked at as one after another."""
    app = make_app()
    name = app.user()
    guesses = [WRONG] * 29
    guesses.insert(20, PASSWORD)
    with ThreadPoolExecutor(30) as pool:
        told = Counter(pool.map(lambda guess: refusal(app.password_auth, name, guess), guesses))
    looked_at = told[INCORRECT] + told[None]
    rest = {EXCEEDED, ("TooManyRequestsException", "Rate exceeded")}
    assert set(told) <= rest | {INCORRECT, None}, told
    assert looked_at <= 8, told
    assert sum(told.values()) == 30


def test_a_wrong_password_and_an_unknown_user_take_the_same_time(make_app):
    app = make_app(PreventUserExistenceErrors="ENABLED")
    known = [app.user() for _ in range(4)]
    times = {"known": [], "unknown": []}
    for name in [*known, *known]:
        for kind, guessed in (("known", name), ("unknown", f"not-{name}")):
            begin = time.perf_counter()
            with refused("NotAuthorizedException", INCORRECT[1]):
                app.password_auth(guessed, WRONG)
            times[kind].append(time.perf_counter() - begin)
    known, unknown = (statistics.median(times[kind]) for kind in ("known", "unknown"))
    # Hashing is by far the most of it: without it an answer would take a fraction.
    assert 0.5 < known / unknown < 2, times
