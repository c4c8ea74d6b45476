"""Codes: few guesses, few messages, and nothing told about who has an account."""

from support import make_app, refused, wrong


def test_fifteen_guesses_an_hour(make_app, mailbox):
    app = make_app()
    name = app.sign_up()
    code = mailbox(f"{name}@example.com")
    for _ in range(15):
        with refused("CodeMismatchException", "Invalid verification code provided, please try again."):
            app.confirm(name, wrong(code))
    limit = "Attempt limit exceeded, please try after some time."
    with refused("LimitExceededException", limit):
        app.confirm(name, wrong(code))
    with refused("LimitExceededException", limit):
        app.confirm(name, code)
    assert app.get(name)["UserStatus"] == "UNCONFIRMED"


def test_a_new_code_does_not_buy_new_guesses(make_app, mailbox):
    app = make_app()
    name = app.sign_up()
    code = mailbox(f"{name}@example.com")
    for _ in range(15):
        with refused("CodeMismatchException"):
            app.confirm(name, wrong(code))
    app.resend(name)
    with refused("LimitExceededException"):
        app.confirm(name, mailbox(f"{name}@example.com", count=2))


def test_five_codes_an_hour(make_app, mailbox):
    app = make_app()
    name = app.sign_up()
    for _ in range(5):
        app.resend(name)
    with refused("LimitExceededException", "Attempt limit exceeded, please try after some time."):
        app.resend(name)
    newest = mailbox(f"{name}@example.com", count=6)
    assert len(mailbox.messages(f"{name}@example.com")) == 6
    app.confirm(name, newest)


def test_a_code_is_its_owner_s(make_app, mailbox):
    app = make_app()
    ann, bob = app.sign_up(), app.sign_up()
    code, other = mailbox(f"{ann}@example.com"), mailbox(f"{bob}@example.com")
    if code != other:
        with refused("CodeMismatchException"):
            app.confirm(ann, other)
    app.confirm(ann, code)
    assert app.get(bob)["UserStatus"] == "UNCONFIRMED"


def test_who_may_be_told_that_there_is_no_such_user(make_app):
    app = make_app(PreventUserExistenceErrors="LEGACY")
    message = "Username/client id combination not found."
    with refused("UserNotFoundException", message):
        app.confirm("nobody", "123456")
    with refused("UserNotFoundException", message):
        app.resend("nobody")


def test_who_may_not_be_told(make_app):
    """A name without a user looks like one: same errors, the same kind of delivery, the same limits."""
    app = make_app(PreventUserExistenceErrors="ENABLED")
    name = app.sign_up("grace")
    real, made_up = app.resend(name)["CodeDeliveryDetails"], app.resend("gavin")["CodeDeliveryDetails"]
    assert made_up == real
    for _ in range(4):
        app.resend("gavin")
    with refused("LimitExceededException", "Attempt limit exceeded, please try after some time."):
        app.resend("gavin")
    for _ in range(15):
        with refused("ExpiredCodeException", "Invalid code provided, please request a code again."):
            app.confirm("nobody", "123456")
    with refused("LimitExceededException", "Attempt limit exceeded, please try after some time."):
        app.confirm("nobody", "123456")
