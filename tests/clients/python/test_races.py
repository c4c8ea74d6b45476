"""At once: whatever happens at the same time ends as if it had happened one after another."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from support import OTHER_PASSWORD, PASSWORD, TEMPORARY, attributes, claims, make_app, refusal

BUSY = ("TooManyRequestsException", "Rate exceeded")


def at_once(actions):
    """Runs the actions at the same moment; what each returns or is refused with, in order."""
    barrier = Barrier(len(actions))

    def run(action):
        barrier.wait()
        results = []
        told = refusal(lambda: results.append(action()))
        return told or results[0]

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def test_a_hundred_sign_ups_of_one_address_make_one_user(make_app, mailbox, call):
    app = make_app(pool={"UsernameAttributes": ["email"]})
    email = f"{app.unique('one')}@example.com"

    def sign_up(number):
        # Most go to the function itself: the local Invoke API stands still for ever where over a hundred requests
        # wait for one function, and other tests are at the front door as well.
        path = "/" if number % 5 == 0 else "/user-pool/sign-up/SignUp"
        body = {"ClientId": app.client_id, "Username": email, "Password": f"{PASSWORD}{number}"}
        answer = call("SignUp", body, path)
        return answer.json["UserSub"] if answer.status == 200 else (answer.error, answer.json["message"])

    told = at_once([lambda number=number: sign_up(number) for number in range(100)])
    subs = {number: answer for number, answer in enumerate(told) if isinstance(answer, str)}
    assert len(subs) == 1, Counter(answer for answer in told if not isinstance(answer, str))
    exists = ("UsernameExistsException", "An account with the given email already exists.")
    assert {answer for answer in told if not isinstance(answer, str)} <= {exists, BUSY}
    assert exists in told

    [(winner, sub)] = subs.items()
    [user] = app.cognito.list_users(UserPoolId=app.pool_id)["Users"]
    assert attributes(user, "Attributes")["sub"] == sub == app.get(email)["Username"]
    app.confirm(email, mailbox(email))
    assert len(mailbox.messages(email)) == 1
    assert app.tokens(email, f"{PASSWORD}{winner}")["AccessToken"]


def test_sign_ups_of_one_name_make_one_user(make_app):
    app = make_app()
    request = {"ClientId": app.client_id, "Username": "ann", "Password": PASSWORD}
    told = at_once([lambda: app.anonymous.sign_up(**request)["UserSub"]] * 20)
    assert sum(isinstance(answer, str) for answer in told) == 1
    assert len(app.cognito.list_users(UserPoolId=app.pool_id)["Users"]) == 1


def test_administrators_and_users_do_not_meet_in_one_address(make_app):
    """Different operations in different functions, one address."""
    app = make_app(pool={"UsernameAttributes": ["email"]})
    email = f"{app.unique('ann')}@example.com"
    create = {"UserPoolId": app.pool_id, "Username": email, "MessageAction": "SUPPRESS"}
    actions = [lambda: app.cognito.admin_create_user(**create)["User"]["Username"]] * 5
    actions += [lambda: app.sign_up(email, attributes={}) and app.get(email)["Username"]] * 5
    told = at_once(actions)
    assert sum(isinstance(answer, str) for answer in told) == 1, told
    assert len(app.cognito.list_users(UserPoolId=app.pool_id)["Users"]) == 1


def test_an_alias_that_two_users_verify_at_once_belongs_to_one(make_app, mailbox):
    app = make_app(pool={"AliasAttributes": ["email"]})
    email = f"{app.unique('shared')}@example.com"
    codes = {}
    for number in range(2):
        name = app.sign_up(attributes={"email": email})
        codes[name] = mailbox(email, count=number + 1)
    told = at_once([lambda name=name, code=code: app.confirm(name, code) for name, code in codes.items()])
    assert sum(isinstance(answer, dict) for answer in told) == 1, told
    assert ("AliasExistsException", "An account with the email already exists.") in told
    statuses = {name: app.get(name)["UserStatus"] for name in codes}
    assert sorted(statuses.values()) == ["CONFIRMED", "UNCONFIRMED"]
    [owner] = [name for name, status in statuses.items() if status == "CONFIRMED"]
    assert app.get(email)["Username"] == owner


@pytest.mark.parametrize("grace, winners", [(0, 1), (10, 5)])
def test_one_refresh_token_used_at_once_under_rotation(make_app, grace, winners):
    app = make_app(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": grace},
    )
    name = app.user()
    for _ in range(4):
        token = app.tokens(name)["RefreshToken"]
        told = at_once([lambda token=token: app.refresh(token)] * 5)
        renewed = [answer for answer in told if isinstance(answer, dict)]
        # Only the kinds are told: what failed would print tokens.
        assert len(renewed) == winners, [type(answer) for answer in told]
        assert {answer[0] for answer in told if isinstance(answer, tuple)} <= {"RefreshTokenReuseException"}
        # Whoever got an answer can go on: the next token is one and the same generation.
        assert app.refresh(renewed[0]["RefreshToken"])["AccessToken"]


def test_one_proof_of_srp_signs_in_once(make_app):
    app = make_app()
    name = app.user()
    for _ in range(5):
        _, answers = app.srp_begun(name)
        told = at_once([lambda answers=answers: app.respond("PASSWORD_VERIFIER", **answers)] * 4)
        tokens = [answer["AuthenticationResult"] for answer in told if isinstance(answer, dict)]
        assert len(tokens) == 1, told
        invalid = ("NotAuthorizedException", "Invalid session for the user.")
        assert {answer for answer in told if isinstance(answer, tuple)} <= {invalid, BUSY}
        assert app.me(tokens[0]["AccessToken"])["Username"] == name
        assert refusal(app.respond, "PASSWORD_VERIFIER", **answers) == invalid


def test_one_new_password_wins(make_app):
    app = make_app()
    name = app.invited()
    session = app.password_auth(name, TEMPORARY)["Session"]

    def choose(password):
        return app.respond("NEW_PASSWORD_REQUIRED", session, USERNAME=name, NEW_PASSWORD=password)

    passwords = [PASSWORD, OTHER_PASSWORD]
    told = at_once([lambda password=password: choose(password) for password in passwords])
    [winner] = [number for number, answer in enumerate(told) if isinstance(answer, dict)]
    assert app.tokens(name, passwords[winner])["AccessToken"]
    loser = refusal(app.password_auth, name, passwords[1 - winner])
    assert loser == ("NotAuthorizedException", "Incorrect username or password.")


def test_a_password_set_during_a_sign_in_lets_no_old_one_through(make_app):
    """Whichever comes first: afterwards the old password is of no use, and the new one is."""
    app = make_app()
    name = app.user()
    told = at_once([*[lambda: app.tokens(name)] * 3, lambda: app.set_password(name, OTHER_PASSWORD)])
    incorrect = ("NotAuthorizedException", "Incorrect username or password.")
    assert all(isinstance(answer, dict) or answer in (BUSY, incorrect) for answer in told[:-1]), told
    if told[-1] == BUSY:
        app.set_password(name, OTHER_PASSWORD)
    assert refusal(app.password_auth, name, PASSWORD) == incorrect
    assert app.tokens(name, OTHER_PASSWORD)["AccessToken"]


def test_of_changes_of_one_password_at_once_one_counts(make_app):
    """Each proves the password that only the first one finds."""
    app = make_app()
    name = app.user()
    access = [app.tokens(name)["AccessToken"] for _ in range(2)] * 2
    passwords = [f"{PASSWORD}-{number}" for number in range(4)]
    told = at_once([lambda t=t, p=p: app.change_password(t, PASSWORD, p) for t, p in zip(access, passwords)])
    incorrect = ("NotAuthorizedException", "Incorrect username or password.")
    [winner] = [password for password, answer in zip(passwords, told) if isinstance(answer, dict)]
    assert {answer for answer in told if isinstance(answer, tuple)} <= {BUSY, incorrect}
    assert app.tokens(name, winner)["AccessToken"]
    for password in {PASSWORD, *passwords} - {winner}:
        assert refusal(app.password_auth, name, password)[0] == "NotAuthorizedException"


def test_who_is_disabled_during_sign_ins_is_out(make_app):
    app = make_app()
    name = app.user()
    told = at_once([*[lambda: app.tokens(name)] * 3, lambda: app.administer("admin_disable_user", name)])
    if told[-1] == BUSY:
        app.administer("admin_disable_user", name)
    disabled = ("NotAuthorizedException", "User is disabled.")
    assert all(isinstance(answer, dict) or answer in (BUSY, disabled) for answer in told[:-1]), told[-1]
    assert refusal(app.password_auth, name) == disabled
    app.administer("admin_enable_user", name)
    for tokens in told[:-1]:
        if isinstance(tokens, dict):
            assert refusal(app.refresh, tokens["RefreshToken"]) and refusal(app.me, tokens["AccessToken"])
    assert app.tokens(name)["AccessToken"]


def test_a_sign_in_that_is_ended_takes_no_other_with_it(make_app):
    app = make_app()
    name = app.user()
    ended, *others = [app.tokens(name)["RefreshToken"] for _ in range(4)]
    end = {"ClientId": app.client_id, "Token": ended}
    told = at_once([lambda: app.anonymous.revoke_token(**end), *[lambda t=t: app.refresh(t) for t in others * 2]])
    assert all(isinstance(answer, dict) or answer == BUSY for answer in told), [type(answer) for answer in told]
    assert refusal(app.refresh, ended) == ("NotAuthorizedException", "Refresh Token has been revoked")
    assert all(app.refresh(token)["AccessToken"] for token in others)


def test_updates_at_once_do_not_mix(make_pool, cognito):
    pool = make_pool()

    def update(length):
        return cognito.update_user_pool(
            UserPoolId=pool["Id"],
            Policies={"PasswordPolicy": {"MinimumLength": length}},
            UserPoolTags={"length": str(length)},
        )

    told = at_once([lambda length=length: update(length) for length in range(10, 20)])
    assert any(isinstance(answer, dict) for answer in told)
    assert {answer[0] for answer in told if isinstance(answer, tuple)} <= {"ConcurrentModificationException"}
    after = cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]
    assert after["UserPoolTags"]["length"] == str(after["Policies"]["PasswordPolicy"]["MinimumLength"])


def test_many_users_sign_in_at_once(make_app):
    app = make_app()
    names = [app.user(**{"email": f"u{number}@example.com"}) for number in range(10)]
    tokens = at_once([lambda name=name: app.tokens(name) for name in names])
    assert [claims(answer["AccessToken"])["username"] for answer in tokens] == names
