"""Triggers around users: before they are created, after they are confirmed, when they come from elsewhere."""

import time

import pytest
from support import OTHER_PASSWORD, PASSWORD, attributes, make_app, named, refused
from trigger_support import arn_of, lambda_config, make_function

UNKNOWN_SDK = "aws-sdk-unknown-unknown"
NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"


def answering(**response):
    """A function that fills this into the response."""

    def handler(event, _context):
        event["response"].update(response)
        return event

    return handler


def failing(message):
    def handler(_event, _context):
        raise ValueError(message)

    return handler


def test_pre_sign_up_gets_the_event_that_aws_documents(make_app, make_function):
    function = make_function()
    app = make_app({"LambdaConfig": lambda_config(function, "PreSignUp")})
    name = app.sign_up(
        attributes={"email": "ann@example.com", "given_name": "Ann"},
        ValidationData=named({"captcha": "7"}),
        ClientMetadata={"page": "join"},
    )
    assert function.events == [
        {
            "version": "1",
            "triggerSource": "PreSignUp_SignUp",
            "region": app.pool_id.split("_")[0],
            "userPoolId": app.pool_id,
            "userName": name,
            "callerContext": {"awsSdkVersion": UNKNOWN_SDK, "clientId": app.client_id},
            "request": {
                "userAttributes": {"email": "ann@example.com", "given_name": "Ann"},
                "validationData": {"captcha": "7"},
                "clientMetadata": {"page": "join"},
            },
            "response": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
        }
    ]
    assert app.get(name)["UserStatus"] == "UNCONFIRMED"
    assert function.contexts[0].invoked_function_arn == function.arn


def test_pre_sign_up_confirms_and_verifies_and_post_confirmation_is_told(make_app, make_function, mailbox):
    function = make_function(
        lambda event, context: answering(autoConfirmUser=True, autoVerifyEmail=True)(event, context)
        if event["triggerSource"].startswith("PreSignUp")
        else event
    )
    app = make_app({"LambdaConfig": lambda_config(function, "PreSignUp", "PostConfirmation")})
    name = app.sign_up(ClientMetadata={"page": "join"})
    assert app.sign_up_answer["UserConfirmed"] is True
    assert "CodeDeliveryDetails" not in app.sign_up_answer
    assert attributes(app.get(name))["email_verified"] == "true"
    assert app.tokens(name)["AccessToken"]
    assert mailbox.messages(f"{name}@example.com") == []
    assert function.sources == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]
    told = function.events[1]
    assert told["response"] == {}
    assert told["request"]["clientMetadata"] == {"page": "join"}
    assert told["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert told["request"]["userAttributes"]["sub"] == app.sign_up_answer["UserSub"]


def test_a_verified_address_leaves_whoever_had_it(make_app, make_function):
    function = make_function(answering(autoConfirmUser=True, autoVerifyEmail=True))
    config = lambda_config(function, "PreSignUp")
    app = make_app({"LambdaConfig": config, "AliasAttributes": ["email"]})
    email = f"{app.unique('shared')}@example.com"
    first = app.sign_up(attributes={"email": email})
    second = app.sign_up(attributes={"email": email})
    assert attributes(app.get(first))["email_verified"] == "false"
    assert app.get(email)["Username"] == second


def test_what_a_function_refuses_is_not_created(make_app, make_function):
    function = make_function(failing("No sign-ups from example.com"))
    app = make_app({"LambdaConfig": lambda_config(function, "PreSignUp")})
    name = app.unique("ann")
    with refused("UserLambdaValidationException", "PreSignUp failed with error No sign-ups from example.com."):
        app.sign_up(name)
    with refused("UserLambdaValidationException"):
        app.cognito.admin_create_user(UserPoolId=app.pool_id, Username=name)
    with refused("UserNotFoundException"):
        app.get(name)


@pytest.mark.parametrize(
    "answer",
    [
        b"not json",
        b"null",
        b"{}",
        b'{"response": null}',
        b'{"response": {"autoConfirmUser": "yes"}}',
        b'{"response": {"autoVerifyPhone": true}}',
    ],
)
def test_an_answer_that_is_none_is_refused(make_app, make_function, answer):
    function = make_function(lambda _event, _context: answer)
    app = make_app({"LambdaConfig": lambda_config(function, "PreSignUp")})
    name = app.unique("ann")
    with refused("InvalidLambdaResponseException"):
        app.sign_up(name)
    with refused("UserNotFoundException"):
        app.get(name)


def test_a_function_that_is_missing_or_slow_is_unexpected(make_app, make_function):
    app = make_app({"LambdaConfig": {"PreSignUp": arn_of("nobody-serves-this")}})
    with refused("UnexpectedLambdaException"):
        app.sign_up()
    slow = make_function(lambda event, _context: time.sleep(7) or event)
    app = make_app({"LambdaConfig": lambda_config(slow, "PreSignUp")})
    name = app.unique("ann")
    with refused("UnexpectedLambdaException"):
        app.sign_up(name)
    # It may have run, so it is not run again.
    assert len(slow.events) == 1
    with refused("UserNotFoundException"):
        app.get(name)


def test_an_sdk_that_tries_again_is_recognized(make_app, make_function, call):
    function = make_function()
    app = make_app({"LambdaConfig": lambda_config(function, "PreSignUp")})
    body = {"ClientId": app.client_id, "Username": app.unique("ann"), "Password": PASSWORD}
    for invocation in ("one", "one", "two", None):
        headers = {"amz-sdk-invocation-id": invocation} if invocation else {}
        call("SignUp", body, headers=headers)
    first, again, other, without = [context.idempotency_key for context in function.contexts]
    assert first == again
    assert len({first, other, without}) == 3
    # The key is no field of the event, which stays as Cognito's.
    assert "idempotency" not in str(function.events).lower()


def test_administrators_create_and_confirm(make_app, make_function):
    function = make_function()
    app = make_app({"LambdaConfig": lambda_config(function, "PreSignUp", "PostConfirmation")})
    name = app.unique("ann")
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username=name,
        MessageAction="SUPPRESS",
        UserAttributes=named({"email": "ann@example.com"}),
        ValidationData=named({"ticket": "9"}),
        ClientMetadata={"by": "desk"},
    )
    event = function.event("PreSignUp_AdminCreateUser")
    assert event["callerContext"]["clientId"] == NO_CLIENT
    assert event["request"] == {
        "userAttributes": {"email": "ann@example.com"},
        "validationData": {"ticket": "9"},
        "clientMetadata": {"by": "desk"},
    }
    assert app.get(name)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    other = app.sign_up()
    app.administer("admin_confirm_sign_up", other, ClientMetadata={"by": "desk"})
    event = function.event("PostConfirmation_ConfirmSignUp")
    assert (event["userName"], event["request"]["clientMetadata"]) == (other, {"by": "desk"})


def test_post_confirmation_after_a_code(make_app, make_function, mailbox):
    function = make_function()
    app = make_app({"LambdaConfig": lambda_config(function, "PostConfirmation")})
    name = app.sign_up()
    email = f"{name}@example.com"
    app.confirm(name, mailbox(email), ClientMetadata={"step": "1"})
    event = function.event("PostConfirmation_ConfirmSignUp")
    assert event["callerContext"]["clientId"] == app.client_id
    assert event["request"]["clientMetadata"] == {"step": "1"}
    assert event["request"]["userAttributes"] | {"sub": ""} == {
        "sub": "",
        "cognito:user_status": "CONFIRMED",
        "email": email,
        "email_verified": "true",
    }
    app.forgot(name)
    app.confirm_forgot(name, mailbox(email, 2), ClientMetadata={"step": "2"})
    event = function.event("PostConfirmation_ConfirmForgotPassword")
    assert event["request"]["clientMetadata"] == {"step": "2"}


def test_what_was_confirmed_stays_so_when_the_function_fails(make_app, make_function, mailbox):
    function = make_function(failing("CRM is down"))
    app = make_app({"LambdaConfig": lambda_config(function, "PostConfirmation")})
    name = app.sign_up()
    with refused("UserLambdaValidationException", "PostConfirmation failed with error CRM is down."):
        app.confirm(name, mailbox(f"{name}@example.com"))
    assert app.get(name)["UserStatus"] == "CONFIRMED"


def test_a_forgotten_password_brings_a_user_from_elsewhere(make_app, make_function, mailbox):
    email = f"{time.time_ns()}@example.com"
    known = {"userAttributes": {"email": email, "email_verified": "true"}, "messageAction": "SUPPRESS"}
    function = make_function(answering(**known))
    app = make_app({"LambdaConfig": lambda_config(function, "UserMigration")})
    name = app.unique("ann")
    assert app.forgot(name, ClientMetadata={"from": "old"})["DeliveryMedium"] == "EMAIL"
    event = function.event("UserMigration_ForgotPassword")
    assert event["userName"] == name
    assert event["request"]["password"] is None
    assert event["request"]["clientMetadata"] == {"from": "old"}
    assert app.get(name)["UserStatus"] == "RESET_REQUIRED"
    app.confirm_forgot(name, mailbox(email))
    assert app.tokens(name, OTHER_PASSWORD)
    app.forgot(name)
    assert len(function.events) == 1


def test_a_user_whom_nobody_knows_is_not_created(make_app, make_function):
    function = make_function()
    app = make_app({"LambdaConfig": lambda_config(function, "UserMigration")})
    name = app.unique("ann")
    with refused("UserNotFoundException"):
        app.forgot(name)
    assert function.sources == ["UserMigration_ForgotPassword"]
    unknown = make_function(answering(userAttributes={"email": "no address"}))
    app = make_app({"LambdaConfig": lambda_config(unknown, "UserMigration")})
    with refused("InvalidLambdaResponseException"):
        app.forgot(name)
    with refused("UserNotFoundException"):
        app.get(name)


def test_triggers_are_described_and_go_with_an_update(make_app, make_function, cognito):
    function = make_function()
    app = make_app({"LambdaConfig": lambda_config(function, "PreSignUp", PreTokenGenerationConfig="V2_0")})
    described = cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]["LambdaConfig"]
    assert described == {
        "PreSignUp": function.arn,
        "PreTokenGeneration": function.arn,
        "PreTokenGenerationConfig": {"LambdaArn": function.arn, "LambdaVersion": "V2_0"},
    }
    cognito.update_user_pool(UserPoolId=app.pool_id)
    assert cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]["LambdaConfig"] == {}
    for config in (
        {"PreSignUp": "arn:aws:sns:us-east-1:000000000000:topic"},
        {"PreTokenGeneration": function.arn, "PreTokenGenerationConfig": {
            "LambdaArn": arn_of("another"), "LambdaVersion": "V1_0"}},
        {"CustomSMSSender": {"LambdaArn": function.arn, "LambdaVersion": "V1_0"}},
    ):  # fmt: skip
        with refused("InvalidParameterException"):
            cognito.update_user_pool(UserPoolId=app.pool_id, LambdaConfig=config)
