"""What time does: codes, passwords, sign-ins and locks that have run out.

Nobody waits for days: the tests move the moments that the table holds, as if they had passed. The items stay, so
what is shown is that the functions look at the time themselves and do not lean on the table's own clean-up.
"""

import os
import time

import pytest
from support import PASSWORD, TEMPORARY, claims, local_aws, make_app, refusal, refused

HOUR = 3600


@pytest.fixture
def move():
    """A function: moves moments of one of a user's items back by some seconds."""
    dynamodb = local_aws("dynamodb")

    def back(app, name, item, seconds, *moments):
        values = {f":m{number}": {"N": str(-int(seconds * 1000))} for number in range(len(moments))}
        update = "ADD " + ", ".join(f"#m{number} :m{number}" for number in range(len(moments)))
        dynamodb.update_item(
            TableName=os.environ["GATEHOUSE_TABLE"],
            Key={"PK": {"S": f"USER#{app.pool_id}#{name}"}, "SK": {"S": item}},
            UpdateExpression=update,
            ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeNames={f"#m{number}": moment for number, moment in enumerate(moments)},
            ExpressionAttributeValues=values,
        )

    return back


def test_a_sign_up_code_lasts_a_day(make_app, mailbox, move):
    app = make_app()
    name = app.sign_up()
    code = mailbox(f"{name}@example.com")
    move(app, name, "CODE#sign_up", 24 * HOUR + 1, "valid_until")
    with refused("ExpiredCodeException", "Invalid code provided, please request a code again."):
        app.confirm(name, code)
    app.resend(name)
    app.confirm(name, mailbox(f"{name}@example.com", count=2))


def test_a_code_is_good_to_the_last_minute(make_app, mailbox, move):
    app = make_app()
    name = app.sign_up()
    code = mailbox(f"{name}@example.com")
    move(app, name, "CODE#sign_up", 24 * HOUR - 60, "valid_until")
    app.confirm(name, code)
    assert app.get(name)["UserStatus"] == "CONFIRMED"


@pytest.mark.parametrize("days, settings", [(7, {}), (2, {"TemporaryPasswordValidityDays": 2})])
def test_a_temporary_password_expires(make_app, move, days, settings):
    app = make_app(pool={"Policies": {"PasswordPolicy": {"MinimumLength": 8} | settings}})
    name = app.invited()
    move(app, name, "PROFILE", days * 24 * HOUR - 60, "temporary_password_expires_at")
    session = app.password_auth(name, TEMPORARY)["Session"]
    move(app, name, "PROFILE", 61, "temporary_password_expires_at")
    expired = "Temporary password has expired and must be reset by an administrator."
    with refused("NotAuthorizedException", expired):
        app.password_auth(name, TEMPORARY)
    with refused("NotAuthorizedException", expired):
        app.respond("NEW_PASSWORD_REQUIRED", session, USERNAME=name, NEW_PASSWORD=PASSWORD)
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id, Username=name, MessageAction="RESEND", TemporaryPassword=TEMPORARY
    )
    assert app.password_auth(name, TEMPORARY)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


@pytest.mark.parametrize(
    "settings, lifetime",
    [({}, 30 * 24 * HOUR), ({"RefreshTokenValidity": 90, "TokenValidityUnits": {"RefreshToken": "minutes"}}, 90 * 60)],
)
def test_a_refresh_token_expires(make_app, move, settings, lifetime):
    app = make_app(**settings)
    name = app.user()
    tokens = app.tokens(name)
    session = f"SESSION#{claims(tokens['AccessToken'])['origin_jti']}"
    move(app, name, session, lifetime - 60, "refresh_expires_at")
    assert app.refresh(tokens["RefreshToken"])["AccessToken"]
    move(app, name, session, 61, "refresh_expires_at")
    for attempt in (
        lambda: app.refresh(tokens["RefreshToken"]),
        lambda: app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"]),
    ):
        with refused("NotAuthorizedException", "Refresh Token has expired"):
            attempt()


def test_rotation_does_not_renew_the_sign_in_itself(make_app, move):
    app = make_app(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 60},
    )
    name = app.user()
    tokens = app.tokens(name)
    session = f"SESSION#{claims(tokens['AccessToken'])['origin_jti']}"
    move(app, name, session, 30 * 24 * HOUR - 60, "refresh_expires_at")
    rotated = app.refresh(tokens["RefreshToken"])["RefreshToken"]
    # The grace runs out too, a minute later.
    assert app.refresh(tokens["RefreshToken"])["RefreshToken"]
    move(app, name, session, 61, "grace_until")
    with refused("RefreshTokenReuseException"):
        app.refresh(tokens["RefreshToken"])
    assert app.refresh(rotated)["AccessToken"]
    move(app, name, session, 61, "refresh_expires_at")
    with refused("NotAuthorizedException", "Refresh Token has expired"):
        app.refresh(rotated)


def test_an_hour_later_codes_can_be_tried_and_sent_again(make_app, mailbox, move):
    app = make_app()
    name = app.sign_up()
    code = mailbox(f"{name}@example.com")
    for _ in range(15):
        with refused("CodeMismatchException"):
            app.confirm(name, f"{(int(code) + 1) % 1_000_000:06}")
    for _ in range(5):
        app.resend(name)
    newest = mailbox(f"{name}@example.com", count=6)
    for guard in ("GUARD#confirm_sign_up", "GUARD#resend_code"):
        move(app, name, guard, HOUR - 60, "since", "last")
    for attempt in (lambda: app.confirm(name, newest), lambda: app.resend(name)):
        with refused("LimitExceededException"):
            attempt()
    for guard in ("GUARD#confirm_sign_up", "GUARD#resend_code"):
        move(app, name, guard, 61, "since", "last")
    app.resend(name)
    app.confirm(name, mailbox(f"{name}@example.com", count=7))


def test_the_lock_doubles_up_to_a_quarter_of_an_hour_and_is_forgotten(make_app, move):
    """After n failures 2^(n-5) seconds; fifteen minutes without one clear the count."""
    app = make_app()
    name = app.user()
    exceeded = ("NotAuthorizedException", "Password attempts exceeded")
    incorrect = ("NotAuthorizedException", "Incorrect username or password.")
    for _ in range(5):
        assert refusal(app.password_auth, name, "Wrong-Guess-0") == incorrect
    for failures in range(5, 17):
        lock = min(2 ** (failures - 5), 15 * 60)
        if lock >= 8:
            move(app, name, "GUARD#password", lock - 5, "last")
            assert refusal(app.password_auth, name, PASSWORD) == exceeded, failures
            move(app, name, "GUARD#password", 5, "last")
        else:
            move(app, name, "GUARD#password", lock, "last")
        if lock == 15 * 60:
            break
        assert refusal(app.password_auth, name, "Wrong-Guess-0") == incorrect, failures
    # A quarter of an hour has passed: five guesses are free again.
    for _ in range(4):
        assert refusal(app.password_auth, name, "Wrong-Guess-0") == incorrect
    assert app.tokens(name)["AccessToken"]


def test_tokens_are_as_old_as_they_say(make_app):
    app = make_app(AccessTokenValidity=300, TokenValidityUnits={"AccessToken": "seconds"})
    name = app.user()
    before = int(time.time())
    told = claims(app.tokens(name)["AccessToken"])
    assert before <= told["iat"] == told["auth_time"] <= time.time()
    assert told["exp"] == told["iat"] + 300
