"""The API's edge: what no stock client would send, and what every answer carries."""

import json
import uuid

import pytest
from support import PASSWORD, make_app, refused, unchecked

JSON_TYPE = "application/x-amz-json-1.1"
KNOWN_SECRET = "Never Repeat This 1"


def sign_up_body(client_id, **more):
    return {"ClientId": client_id, "Username": "ann", "Password": PASSWORD} | more


def test_an_answer_has_the_headers_that_sdks_look_for(make_app, call):
    app = make_app()
    body = sign_up_body(app.client_id)
    answers = [call("SignUp", body) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 400]
    for answer in answers:
        assert answer.headers["content-type"] == JSON_TYPE
        assert str(uuid.UUID(answer.headers["x-amzn-requestid"])) == answer.headers["x-amzn-requestid"]
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "no-store"
        assert "x-amzn-requestid" in answer.headers["access-control-expose-headers"]
    good, bad = answers
    assert "x-amzn-errortype" not in good.headers
    assert good.headers["x-amzn-requestid"] != bad.headers["x-amzn-requestid"]
    assert bad.headers["x-amzn-errortype"] == "UsernameExistsException"
    assert bad.headers["x-amzn-errormessage"] == "User already exists"
    assert bad.json == {"__type": "UsernameExistsException", "message": "User already exists"}


@pytest.mark.parametrize(
    "change, message",
    [
        (
            {"Username": "x" * 129},
            f"1 validation error detected: Value '{'x' * 129}' at 'username' failed to satisfy constraint: "
            "Member must have length less than or equal to 128",
        ),
        (
            {"Username": None},
            "1 validation error detected: Value null at 'username' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            {"ClientId": "no-client!", "Username": ""},
            "3 validation errors detected: Value 'no-client!' at 'clientId' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\w+]+; "
            "Value '' at 'username' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1; "
            "Value '' at 'username' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
        ),
        (
            {"Password": KNOWN_SECRET},
            "1 validation error detected: Value at 'password' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\S]+",
        ),
    ],
    ids=["long", "null", "three", "secret"],
)
def test_validation_in_cognito_s_words(call, change, message):
    answer = call("SignUp", sign_up_body("abc") | change)
    assert (answer.status, answer.error) == (400, "InvalidParameterException")
    assert answer.json["message"] == message


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{]",
        b"nonsense",
        b"\xff\xfe\x00",
        b'{"ClientId": "abc", "Username": "ann", "Password": "Never Repeat This 1"',
        b'"text"',
        b"[]",
        b"1",
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
    ids=["open", "mixed", "text", "binary", "cut off", "string", "list", "number", "deep list", "deep object"],
)
def test_a_body_that_is_not_the_json_it_should_be(call, body):
    answer = call("SignUp", body)
    assert (answer.status, answer.error) == (400, "SerializationException")
    assert KNOWN_SECRET not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"Username": 7},
        {"Username": ["ann"]},
        {"Username": {"S": "ann"}},
        {"UserAttributes": {"Name": "email"}},
        {"UserAttributes": ["email"]},
        {"UserAttributes": [{"Name": 1}]},
        {"ClientMetadata": [1]},
        {"ClientMetadata": {"key": 1}},
        {"Password": True},
    ],
    ids=lambda change: json.dumps(change),
)
def test_wrong_types(call, change):
    answer = call("SignUp", sign_up_body("abc", **change))
    assert (answer.status, answer.error) == (400, "SerializationException")


def test_a_huge_body_is_refused_and_the_function_lives_on(make_app, call):
    app = make_app()
    huge = sign_up_body(app.client_id, ClientMetadata={"x": "y" * (5 << 20)})
    answer = call("SignUp", huge)
    assert answer.status in (400, 413)
    assert answer.status == 413 or answer.error == "SerializationException"
    assert call("SignUp", sign_up_body(app.client_id)).status == 200


def test_unknown_members_are_ignored_as_sdks_of_tomorrow_need_it(make_app, call):
    app = make_app()
    assert call("SignUp", sign_up_body(app.client_id, FromTheFuture={"a": [1]})).status == 200


@pytest.mark.parametrize(
    "target",
    [
        "AWSCognitoIdentityProviderService.Nope",
        "AWSCognitoIdentityProviderService.signup",
        "AWSCognitoIdentityProviderService.",
        "AWSCognitoIdentityService.SignUp",
        "DynamoDB_20120810.ListTables",
        "SignUp",
        "",
    ],
)
def test_operations_that_do_not_exist(call, target):
    answer = call("SignUp", {}, headers={"x-amz-target": target})
    assert (answer.status, answer.error) == (400, "UnknownOperationException")
    assert answer.headers["x-amzn-errortype"] == "UnknownOperationException"


def test_a_request_that_names_no_operation(http):
    answer = http("POST", "/", b"{}", {"content-type": JSON_TYPE})
    assert (answer.status, answer.error) == (400, "UnknownOperationException")


@pytest.mark.parametrize(
    "target",
    ["AWSCognitoIdentityProviderService.CreateUserImportJob", "AWSCognitoIdentityProviderService.AdminListUserAuthEvents"],
)
def test_operations_that_are_not_there_yet_say_so(call, target):
    answer = call("SignUp", {}, headers={"x-amz-target": target})
    assert (answer.status, answer.error) == (400, "NotImplementedException")
    assert target.rsplit(".")[-1] in answer.json["message"]


def test_a_challenge_that_nobody_asked_for_is_refused(make_app):
    app = make_app()
    with refused("InvalidParameterException", "Missing required parameter Session"):
        app.respond("SMS_MFA", USERNAME="ann", SMS_MFA_CODE="123456")
    with refused("NotAuthorizedException"):
        app.respond("SMS_MFA", "A" * 40, USERNAME="ann", SMS_MFA_CODE="123456")


@pytest.mark.parametrize("path", ["/", "/user-pool/sign-up/SignUp", "/user-pool/list-users/ListUsers"])
def test_a_browser_may_ask_before_it_calls(http, path):
    headers = {
        "origin": "https://app.example.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-amz-target,x-amz-user-agent",
    }
    answer = http("OPTIONS", path, headers=headers)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == headers["access-control-request-headers"]
    # Cookies are never asked for.
    assert "access-control-allow-credentials" not in answer.headers


def test_the_direct_path_of_a_public_operation(make_app, call, http):
    app = make_app()
    path = "/user-pool/sign-up/SignUp"
    assert call("SignUp", sign_up_body(app.client_id), path).json["UserConfirmed"] is False
    # The path alone says enough.
    body = json.dumps(sign_up_body(app.client_id) | {"Username": "bob"}).encode()
    assert http("POST", path, body, {"content-type": JSON_TYPE}).status == 200
    assert call("SignUp", sign_up_body(app.client_id), path).error == "UsernameExistsException"


def test_a_target_that_disagrees_with_the_path(make_app, call):
    app = make_app()
    for target, path in (
        ("InitiateAuth", "/user-pool/sign-up/SignUp"),
        ("DeleteUserPool", "/user-pool/user-pools/DescribeUserPool"),
        ("AdminGetUser", "/user-pool/sign-up/SignUp"),
    ):
        answer = call(target, sign_up_body(app.client_id) | {"UserPoolId": app.pool_id}, path)
        assert (answer.status, answer.error) == (400, "UnknownOperationException")
    with refused("UserNotFoundException"):
        app.get("ann")
    assert app.cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]["Id"] == app.pool_id


def test_a_function_serves_its_own_operations_only(call):
    answer = call("ListUsers", {"UserPoolId": "us-east-1_Gatehouse"}, "/user-pool/sign-up/ListUsers")
    assert answer.status in (400, 404)
    if answer.status == 400:
        assert answer.error == "UnknownOperationException"


def test_content_types_do_not_matter(make_app, call):
    app = make_app()
    for number, kind in enumerate(["application/json", "text/plain", "application/x-amz-json-1.0", "image/png"]):
        body = sign_up_body(app.client_id) | {"Username": f"user{number}"}
        assert call("SignUp", body, headers={"content-type": kind}).status == 200, kind


def test_names_of_any_script_and_any_sign(make_app):
    """A name is one name, whatever the characters mean elsewhere: in keys, in paths, in JSON."""
    app = make_app()
    for name in ("josé", "日本語", "a#b", "POOL#x", "a/b", 'quote"quote', "back\\slash", "ann+tag@example.com", "🙂"):
        app.user(name)
        assert app.get(name)["Username"] == name
        assert app.tokens(name)["AccessToken"], name
        assert app.srp_auth(name)["AccessToken"], name
        listed = app.cognito.list_users(
            UserPoolId=app.pool_id, Filter='username = "%s"' % name.replace("\\", "\\\\").replace('"', '\\"')
        )
        assert [user["Username"] for user in listed["Users"]] == [name]


def test_names_that_are_none(make_app, unchecked):
    app = make_app()
    for name in ("with space", "tab\tname", "line\nname", "nul\0name"):
        with refused("InvalidParameterException"):
            unchecked.sign_up(ClientId=app.client_id, Username=name, Password=PASSWORD)
