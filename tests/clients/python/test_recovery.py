"""A forgotten password: where the code goes, what it is good for, and what strangers learn."""

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from conftest import boto_client
from own_functions import Endpoint, Function
from stack.counting_proxy import Fault
from support import (
    OTHER_PASSWORD,
    PASSWORD,
    at_once,
    expire_code,
    make_app,
    refusal,
    refused,
    table,
    wrong,
)

MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
NO_ADDRESS = "Cannot reset password for the user as there is no registered/verified email or phone_number"


def with_address(app, name=None, **more):
    """A user with a verified address of its name; returns both."""
    name = name or app.unique("ann")
    email = f"{name}@example.com"
    app.user(name, email=email, email_verified="true", **more)
    return name, email


def number(app):
    return f"+1555{app.unique('')[-7:].translate(str.maketrans('abcdef', '123456'))}"


def test_forgot_password(make_app, mailbox):
    app = make_app()
    name, email = with_address(app)
    assert app.forgot(name) == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert mailbox(email)
    # Until the code is shown nothing has changed: anybody can ask.
    assert app.get(name)["UserStatus"] == "CONFIRMED"
    assert app.tokens(name)["AccessToken"]
    with refused("UserNotFoundException", "User does not exist."):
        app.forgot("nobody")
    with refused("ResourceNotFoundException", "User pool client nosuchclient does not exist."):
        app.anonymous.forgot_password(ClientId="nosuchclient", Username=name)


def test_confirm_forgot_password(make_app, mailbox):
    app = make_app()
    name, email = with_address(app)
    with refused(*EXPIRED):
        app.confirm_forgot(name, "123456")
    app.forgot(name)
    code = mailbox(email)
    with refused(*MISMATCH):
        app.confirm_forgot(name, wrong(code))
    with refused("InvalidPasswordException"):
        app.confirm_forgot(name, code, "weak")
    assert app.tokens(name)["AccessToken"]
    app.confirm_forgot(name, code)
    assert app.tokens(name, OTHER_PASSWORD)["AccessToken"]
    assert app.srp_auth(name, OTHER_PASSWORD)["AccessToken"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.password_auth(name)
    # A code is good for one password.
    assert refusal(app.confirm_forgot, name, code, PASSWORD) in (MISMATCH, EXPIRED)
    with refused("UserNotFoundException"):
        app.confirm_forgot("nobody", code)


def test_the_same_with_the_aws_cli_and_a_secret(make_app, mailbox, aws_cli, command_error):
    app = make_app(GenerateSecret=True)
    name, email = with_address(app)
    with refused("NotAuthorizedException"):
        app.anonymous.forgot_password(ClientId=app.client_id, Username=name)
    with refused("NotAuthorizedException"):
        app.forgot(name, SecretHash=app.secret_hash("bob"))
    user = ["--client-id", app.client_id, "--username", name, "--secret-hash", app.secret_hash(name)]
    sent = aws_cli("forgot-password", *user, anonymous=True)
    assert sent["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    code = mailbox(email)
    confirm = ["confirm-forgot-password", *user, "--password", OTHER_PASSWORD, "--confirmation-code"]
    with pytest.raises(command_error, match="CodeMismatchException"):
        aws_cli(*confirm, wrong(code), anonymous=True)
    aws_cli(*confirm, code, anonymous=True)
    assert app.tokens(name, OTHER_PASSWORD)["AccessToken"]


@pytest.mark.parametrize(
    "setting, wanted",
    [
        (None, "SMS"),
        ([("verified_email", 1), ("verified_phone_number", 2)], "EMAIL"),
        ([("verified_email", 2), ("verified_phone_number", 1)], "SMS"),
        ([("verified_email", 1)], "EMAIL"),
    ],
    ids=["default", "email-first", "phone-first", "email-only"],
)
def test_the_pool_says_where_codes_go(make_app, mailbox, setting, wanted):
    chosen = [{"Name": name, "Priority": priority} for name, priority in setting or []]
    app = make_app(pool={"AccountRecoverySetting": {"RecoveryMechanisms": chosen}} if chosen else {})
    phone = number(app)
    name, email = with_address(app, phone_number=phone, phone_number_verified="true")
    sent = app.forgot(name)
    assert sent["DeliveryMedium"] == wanted
    to, other = (phone, email) if wanted == "SMS" else (email, phone)
    app.confirm_forgot(name, mailbox(to))
    assert mailbox.messages(other) == []
    assert app.tokens(name, OTHER_PASSWORD)["AccessToken"]


def test_the_next_address_serves_where_the_first_is_not_verified(make_app, mailbox):
    app = make_app()
    phone = number(app)
    name, email = with_address(app, phone_number=phone)
    assert app.forgot(name)["DeliveryMedium"] == "EMAIL"
    assert mailbox(email) and mailbox.messages(phone) == []


def test_who_cannot_recover_by_themselves(make_app):
    app = make_app()
    with refused("InvalidParameterException", NO_ADDRESS):
        app.forgot(app.user(email="ann@example.com"))
    invited = app.invited(email="bob@example.com", email_verified="true")
    with refused("NotAuthorizedException", "User password cannot be reset in the current state."):
        app.forgot(invited)
    name, _ = with_address(app)
    app.administer("admin_disable_user", name)
    with refused("NotAuthorizedException", "User is disabled."):
        app.forgot(name)

    setting = {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    app = make_app(pool={"AccountRecoverySetting": setting})
    name, _ = with_address(app)
    with refused("NotAuthorizedException", "Contact administrator to reset password."):
        app.forgot(name)


def test_a_code_is_one_user_s_and_the_newest(make_app, mailbox):
    app = make_app()
    (ann, hers), (bob, his) = with_address(app), with_address(app)
    app.forgot(ann)
    app.forgot(bob)
    first = mailbox(hers)
    if first != mailbox(his):
        with refused(*MISMATCH):
            app.confirm_forgot(bob, first)
    app.forgot(ann)
    second = mailbox(hers, count=2)
    if first != second:
        with refused(*MISMATCH):
            app.confirm_forgot(ann, first)
    app.confirm_forgot(ann, second)
    assert app.tokens(bob)["AccessToken"]


def test_a_code_that_confirms_another_thing_sets_no_password(make_app, mailbox):
    app = make_app()
    name, email = with_address(app)
    app.ask_code(app.tokens(name)["AccessToken"])
    with refused(*EXPIRED):
        app.confirm_forgot(name, mailbox(email))


def test_a_code_ends_with_its_address(make_app, mailbox):
    """Whoever still reads the old mailbox gets nowhere with a code from before."""
    app = make_app()
    name, email = with_address(app)
    app.forgot(name)
    code = mailbox(email)
    app.admin_update(name, {"email": f"{app.unique('new')}@example.com", "email_verified": "true"})
    assert refusal(app.confirm_forgot, name, code) in (MISMATCH, EXPIRED)
    assert app.tokens(name)["AccessToken"]


def test_of_two_who_show_a_code_at_once_one_is_heard(make_app, mailbox):
    app = make_app()
    name, email = with_address(app)
    app.forgot(name)
    code = mailbox(email)
    passwords = [f"Racing-Pass-{number}" for number in range(4)]
    answers = at_once(*(lambda p=password: app.confirm_forgot(name, code, p) for password in passwords))
    assert answers.count(None) == 1, answers
    assert app.tokens(name, passwords[answers.index(None)])["AccessToken"]


def test_five_codes_and_ten_guesses_an_hour(make_app, mailbox):
    app = make_app()
    name, email = with_address(app)
    for _ in range(5):
        app.forgot(name)
    with refused(*LIMIT):
        app.forgot(name)
    code = mailbox(email, count=5)
    assert len(mailbox.messages(email)) == 5
    for _ in range(10):
        with refused(*MISMATCH):
            app.confirm_forgot(name, wrong(code))
    with refused(*LIMIT):
        app.confirm_forgot(name, code)
    assert app.tokens(name)["AccessToken"]


def age(table, app, name):
    """Lets an hour pass for whoever asked for a code of this name."""
    table.update_item(
        Key={"PK": f"USER#{app.pool_id}#{name}", "SK": "GUARD#forgot_password"},
        UpdateExpression="SET #last = :past, since = :past",
        ConditionExpression="attribute_exists(PK)",
        ExpressionAttributeNames={"#last": "last"},
        ExpressionAttributeValues={":past": 1},
    )


def test_strangers_learn_nothing(make_app, mailbox, table):
    """Whatever is asked about a name without a user, the answer is what a user's would be."""
    app = make_app(PreventUserExistenceErrors="ENABLED")
    name, email = with_address(app, "grace")
    nobody = "gavin"

    def same(action, *arguments):
        real, made_up = refusal(action, name, *arguments), refusal(action, nobody, *arguments)
        assert real == made_up
        return real

    assert same(app.confirm_forgot, "123456") == EXPIRED
    assert app.forgot(name) == app.forgot(nobody)
    code = mailbox(email)
    assert same(app.confirm_forgot, wrong(code)) == MISMATCH
    assert same(app.confirm_forgot, wrong(code), "weak")[0] == "InvalidPasswordException"

    expire_code(table, app, name, "reset_password")
    for asked in (name, nobody):
        age(table, app, asked)
    assert same(app.confirm_forgot, wrong(code)) == EXPIRED
    assert same(app.confirm_forgot, code) == EXPIRED
    for _ in range(5):
        assert same(app.forgot) is None
    assert same(app.forgot) == LIMIT
    for _ in range(7):
        same(app.confirm_forgot, wrong(mailbox(email, count=6)))
    assert same(app.confirm_forgot, "123456") == LIMIT


def test_nor_do_they_learn_who_cannot_recover(make_app):
    app = make_app(PreventUserExistenceErrors="ENABLED")
    disabled, _ = with_address(app, "gregor")
    app.administer("admin_disable_user", disabled)
    unverified = app.user("gloria", email="gloria@example.com")
    invited = app.invited("gustav", email="gustav@example.com", email_verified="true")
    made_up = app.forgot("gertrude")
    for name in (disabled, unverified, invited):
        assert app.forgot(name) == made_up
        assert refusal(app.confirm_forgot, name, "123456") == refusal(app.confirm_forgot, "gertrude", "123456")


def test_recovery_by_any_name(make_app, mailbox):
    app = make_app(pool={"AliasAttributes": ["email", "preferred_username"]})
    nick = app.unique("nick")
    name, email = with_address(app, preferred_username=nick)
    app.forgot(nick)
    app.confirm_forgot(email, mailbox(email))
    assert app.tokens(name, OTHER_PASSWORD)["AccessToken"]

    app = make_app(pool={"UsernameAttributes": ["email"]})
    email = f"{app.unique('ann')}@example.com"
    app.user(email, email_verified="true")
    app.forgot(email)
    app.confirm_forgot(email, mailbox(email))
    assert app.srp_auth(email, OTHER_PASSWORD)["AccessToken"]


@pytest.fixture
def without_mail():
    """The address of an endpoint for recovery whose mail does not go out."""
    function = Function("recovery", lambda _, call: Fault(False) if "email" in call["name"] else None, AWS_MAX_ATTEMPTS="1")
    endpoint = Endpoint({"recovery": [function]})
    yield endpoint.url
    endpoint.server.close()
    function.stop()


def test_that_a_code_could_not_be_sent_is_told_only_where_users_are_not_hidden(make_app, make_client, without_mail):
    app = make_app()
    name = app.user(email="ann@example.com", email_verified="true")
    client = boto_client(endpoint_url=without_mail, config=Config(signature_version=UNSIGNED))

    def forgot(client_id, name):
        return client.forgot_password(ClientId=client_id, Username=name)["CodeDeliveryDetails"]

    hiding = make_client(app.pool, PreventUserExistenceErrors="ENABLED")["ClientId"]
    assert forgot(hiding, name).keys() == forgot(hiding, "nobody").keys()
    with pytest.raises(client.exceptions.CodeDeliveryFailureException):
        forgot(app.client_id, name)
    with pytest.raises(client.exceptions.UserNotFoundException):
        forgot(app.client_id, "nobody")
