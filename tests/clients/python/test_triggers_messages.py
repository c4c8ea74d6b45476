"""Triggers around messages: their words, and functions that send them."""

import base64

import aws_encryption_sdk
import pytest
from aws_encryption_sdk.key_providers.kms import KMSMasterKey
from support import attributes, local_aws, make_app, named, refused
from trigger_support import lambda_config, make_function


def worded(event, _context):
    """The words that AWS's documentation has as an example."""
    source = event["triggerSource"].removeprefix("CustomMessage_")
    request = event["request"]
    who = f", {request['usernameParameter']}" if request["usernameParameter"] else ""
    event["response"]["emailSubject"] = f"{source} of ours"
    event["response"]["emailMessage"] = f"{source}{who}: <b>{request['codeParameter']}</b>"
    event["response"]["smsMessage"] = f"{source}{who}: {request['codeParameter']}"
    return event


def number(app):
    return f"+1555{app.unique('')[-7:].translate(str.maketrans('abcdef', '123456'))}"


def test_a_function_words_every_message(make_app, make_function, mailbox):
    function = make_function(worded)
    pool = {"LambdaConfig": lambda_config(function, "CustomMessage"), "AutoVerifiedAttributes": ["email"]}
    app = make_app(pool)
    name = app.sign_up(ClientMetadata={"lang": "de"})
    email = f"{name}@example.com"
    code = mailbox(email)
    (mail,) = mailbox.messages(email)
    assert (mail["subject"], mail["body"]) == ("SignUp of ours", f"SignUp: <b>{code}</b>")
    event = function.event("CustomMessage_SignUp")
    assert event["request"]["clientMetadata"] == {"lang": "de"}
    assert event["request"]["codeParameter"] == "{####}"
    assert event["request"]["userAttributes"]["cognito:user_status"] == "UNCONFIRMED"
    assert code not in str(event)
    app.resend(name)
    app.confirm(name, mailbox(email, 2))
    app.forgot(name)
    token = app.tokens(name)["AccessToken"]
    app.ask_code(token)
    app.update(token, {"email": f"new-{email}"})
    app.administer("admin_reset_user_password", app.user(email=f"r-{email}", email_verified="true"))
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username=app.unique("bob"),
        UserAttributes=named({"phone_number": number(app), "email": f"b-{email}"}),
        DesiredDeliveryMediums=["SMS", "EMAIL"],
    )
    assert function.sources == [
        "CustomMessage_SignUp",
        "CustomMessage_ResendCode",
        "CustomMessage_ForgotPassword",
        "CustomMessage_VerifyUserAttribute",
        "CustomMessage_UpdateUserAttribute",
        "CustomMessage_ForgotPassword",
        "CustomMessage_AdminCreateUser",
        "CustomMessage_AdminCreateUser",
    ]
    # One for each medium: two different things to tell.
    assert len({context.idempotency_key for context in function.contexts}) == 8
    (invitation,) = mailbox.messages(f"b-{email}")
    assert invitation["subject"] == "AdminCreateUser of ours"
    assert invitation["body"].startswith("AdminCreateUser, bob-")


@pytest.mark.parametrize("words", ["No place for a code", "{####}" + "x" * 20_000])
def test_words_that_convey_nothing_or_too_much_are_refused(make_app, make_function, mailbox, words):
    function = make_function(
        lambda event, _context: event | {"response": {"emailMessage": words}}
    )
    app = make_app({"LambdaConfig": lambda_config(function, "CustomMessage")})
    name = app.unique("ann")
    with refused("InvalidLambdaResponseException"):
        app.sign_up(name)
    assert mailbox.messages(f"{name}@example.com") == []


@pytest.fixture(scope="session")
def code_key():
    """A KMS key as an operator makes it for the codes of custom senders."""
    return local_aws("kms").create_key(Description="codes")["KeyMetadata"]["Arn"]


def decrypted(key, code):
    """The code, opened as AWS documents it: by the AWS Encryption SDK with its strictest policy."""
    client = aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=aws_encryption_sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    )
    master_key = KMSMasterKey(key_id=key, client=local_aws("kms"))
    plain, header = client.decrypt(source=base64.b64decode(code), key_provider=master_key)
    return plain.decode(), dict(header.encryption_context)


def test_a_function_sends_what_only_it_can_open(make_app, make_function, mailbox, code_key):
    function = make_function()
    config = lambda_config(function, "CustomEmailSender", "CustomSMSSender") | {"KMSKeyID": code_key}
    app = make_app({"LambdaConfig": config})
    name = app.sign_up(ClientMetadata={"lang": "de"})
    event = function.event("CustomEmailSender_SignUp")
    assert event["request"]["type"] == "customEmailSenderRequestV1"
    assert event["request"]["clientMetadata"] == {"lang": "de"}
    assert event["request"]["userAttributes"]["email"] == f"{name}@example.com"
    code, context = decrypted(code_key, event["request"]["code"])
    assert context["userpool-id"] == app.pool_id
    app.confirm(name, code)
    assert mailbox.messages(f"{name}@example.com") == []

    invited = app.unique("bob")
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username=invited,
        TemporaryPassword="Temporary-Pass-1",
        UserAttributes=named({"phone_number": number(app)}),
    )
    event = function.event("CustomSMSSender_AdminCreateUser")
    assert event["request"]["type"] == "customSMSSenderRequestV1"
    assert decrypted(code_key, event["request"]["code"])[0] == "Temporary-Pass-1"
    app.forgot(name)
    code, _ = decrypted(code_key, function.event("CustomEmailSender_ForgotPassword")["request"]["code"])
    app.confirm_forgot(name, code)
    assert attributes(app.get(name))["email_verified"] == "true"


def test_a_sender_that_fails_is_told_and_the_code_can_be_asked_for_again(make_app, make_function, code_key):
    def refuses(_event, _context):
        raise RuntimeError("no route to mail")

    function = make_function(refuses)
    config = lambda_config(function, "CustomEmailSender") | {"KMSKeyID": code_key}
    app = make_app({"LambdaConfig": config})
    name = app.unique("ann")
    with refused("UserLambdaValidationException", "CustomEmailSender failed with error no route to mail."):
        app.sign_up(name)
    function.handler = lambda event, _context: event
    app.resend(name)
    assert function.sources == ["CustomEmailSender_SignUp", "CustomEmailSender_ResendCode"]
