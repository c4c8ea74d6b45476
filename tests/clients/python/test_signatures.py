"""SigV4 with Gatehouse's own access keys: who signs, what is signed, and every way in which it is wrong."""

import json
import os
import time
from datetime import UTC, datetime, timedelta

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support import PASSWORD, invoke, make_app, refused

TARGET = "AWSCognitoIdentityProviderService"
MISMATCH = "The request signature we calculated does not match the signature you provided."
INVALID_TOKEN = "The security token included in the request is invalid."


def key():
    return os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]


def access_keys(**command):
    """The access-keys function, which no path leads to: an operator invokes it."""
    return invoke("access-keys", command)


@pytest.fixture
def signed(endpoint, http):
    """A function: sends a signed request, altered before or after the signature."""

    def send(
        operation="ListUserPools",
        body=None,
        path="/",
        credentials=None,
        service="cognito-idp",
        region=os.environ.get("AWS_REGION"),
        alter=lambda request: None,
        sign_headers=None,
    ):
        data = json.dumps({"MaxResults": 1} if body is None else body).encode()
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"{TARGET}.{operation}"}
        request = AWSRequest("POST", endpoint + path, headers | (sign_headers or {}), data)
        SigV4Auth(Credentials(*(credentials or key())), service, region).add_auth(request)
        alter(request)
        return http("POST", path, request.data, dict(request.headers))

    return send


def assert_error(answer, error, message=None):
    assert (answer.status, answer.error) == (400, error), answer.text
    assert answer.headers["x-amzn-errortype"] == error
    if message:
        assert message in answer.json["message"]


def test_a_signed_request_passes(signed):
    answer = signed()
    assert answer.status == 200 and "UserPools" in answer.json
    # Other signed headers, another Region: all covered, all fine.
    assert signed(sign_headers={"x-custom": "a  b"}, region="eu-west-1").status == 200


def test_unsigned(call, anonymous):
    assert_error(call("ListUserPools", {"MaxResults": 1}), "MissingAuthenticationTokenException")
    with refused("MissingAuthenticationTokenException", "Missing Authentication Token"):
        anonymous.admin_get_user(UserPoolId="us-east-1_Gatehouse", Username="demo")


def test_a_wrong_secret(client_with_key, signed):
    with refused("InvalidSignatureException") as caught:
        client_with_key(key()[0], "w" * 40).list_user_pools(MaxResults=1)
    assert MISMATCH in caught.value.response["Error"]["Message"]
    assert_error(signed(credentials=(key()[0], key()[1] + "x")), "InvalidSignatureException", MISMATCH)


def test_an_unknown_key(client_with_key):
    for identifier in ("GHAKUNKNOWN000000000", "AKIAIOSFODNN7EXAMPLE", "x"):
        with refused("UnrecognizedClientException", INVALID_TOKEN):
            client_with_key(identifier, key()[1]).list_user_pools(MaxResults=1)


def test_another_service(signed):
    message = "Credential should be scoped to correct service: 'cognito-idp'."
    assert_error(signed(service="cognito-identity"), "InvalidSignatureException", message)
    assert_error(signed(service="sts"), "InvalidSignatureException", message)


@pytest.mark.parametrize(
    "minutes, message",
    [(-16, "Signature expired"), (16, "Signature not yet current"), (-60 * 24 * 400, "Signature expired")],
)
def test_a_clock_that_is_wrong(signed, monkeypatch, minutes, message):
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: moment(minutes))
    assert_error(signed(), "InvalidSignatureException", message)


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_that_is_wrong_within_reason(signed, monkeypatch, minutes):
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: moment(minutes))
    assert signed().status == 200


def moment(minutes):
    return datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=minutes)


def test_what_is_signed_cannot_be_changed(signed):
    def body(request):
        request.data = json.dumps({"MaxResults": 2}).encode()

    def target(request):
        request.headers.replace_header("x-amz-target", f"{TARGET}.ListUsers")

    def date(request):
        request.headers.replace_header("X-Amz-Date", time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() - 60)))

    def host(request):
        request.headers["Host"] = "other.example.com"

    for alter in (body, target, date, host):
        answer = signed(alter=alter)
        assert_error(answer, "InvalidSignatureException", MISMATCH)
        assert key()[1] not in answer.text


def test_nothing_that_matters_is_added_unsigned(signed):
    def add(name, value):
        return lambda request: request.headers.add_header(name, value)

    injected = signed(alter=add("x-amz-security-token", "injected"))
    assert_error(injected, "UnrecognizedClientException", INVALID_TOKEN)
    assert_error(signed(sign_headers={"x-amz-security-token": "signed"}), "UnrecognizedClientException")
    for name in ("x-amz-meta", "x-gatehouse-id"):
        message = f"'{name}' must be a 'SignedHeader' in the AWS Authorization."
        assert_error(signed(alter=add(name, "value")), "InvalidSignatureException", message)


def test_a_target_that_is_not_signed(endpoint, http):
    """Without a signed target, a request could be taken from one operation to another."""
    data = b'{"MaxResults": 1}'
    request = AWSRequest("POST", f"{endpoint}/", {"content-type": "application/x-amz-json-1.1"}, data)
    SigV4Auth(Credentials(*key()), "cognito-idp", os.environ["AWS_REGION"]).add_auth(request)
    headers = dict(request.headers) | {"x-amz-target": f"{TARGET}.ListUserPools"}
    assert_error(http("POST", "/", data, headers), "InvalidSignatureException", "'x-amz-target' must be")


def test_a_signature_is_good_for_its_operation_only(signed):
    """At a function's own path only the operation that the path says."""
    assert signed(path="/user-pool/user-pools/ListUserPools").status == 200
    answer = signed(operation="ListUserPools", path="/user-pool/user-pools/DeleteUserPool")
    assert_error(answer, "UnknownOperationException")


def test_the_front_door_s_signature_works_at_the_function_too(http, endpoint):
    data = b'{"MaxResults": 1}'
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"{TARGET}.ListUserPools"}
    request = AWSRequest("POST", f"{endpoint}/", headers, data)
    SigV4Auth(Credentials(*key()), "cognito-idp", os.environ["AWS_REGION"]).add_auth(request)
    sent = dict(request.headers)
    assert http("POST", "/user-pool/user-pools/ListUserPools", data, sent).status == 200
    sent.pop("x-amz-target")
    answer = http("POST", "/user-pool/user-pools/ListUserPools", data, sent)
    assert (answer.status, answer.error) == (400, "InvalidSignatureException")


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic dXNlcjpwYXNz",
        "Bearer token",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e",
        "AWS4-HMAC-SHA256 Credential=GHAKDEVELOPMENT00000, SignedHeaders=host, Signature=0",
        "AWS4-ECDSA-P256-SHA256 Credential=a/b/c/cognito-idp/aws4_request, SignedHeaders=host, Signature=0",
    ],
)
def test_headers_that_are_no_signature(call, authorization):
    headers = {"authorization": authorization, "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())}
    assert_error(call("ListUserPools", {"MaxResults": 1}, headers=headers), "IncompleteSignatureException")


def test_a_signature_comes_before_everything_else(call):
    """Whoever has not signed learns nothing about pools, nor about what is wrong with the request."""
    for body in ({"UserPoolId": "us-east-1_Nowhere00"}, {"UserPoolId": "not a pool"}, {}, b"{"):
        assert_error(call("DescribeUserPool", body), "MissingAuthenticationTokenException")


def test_public_operations_do_not_look_at_signatures(make_app, client_with_key):
    """An SDK that finds some AWS credentials signs what needs no signature."""
    app = make_app()
    stranger = client_with_key("AKIAIOSFODNN7EXAMPLE", "some/other/secret", aws_session_token="a-token")
    stranger.sign_up(ClientId=app.client_id, Username="ann", Password=PASSWORD)
    assert app.get("ann")["UserStatus"] == "UNCONFIRMED"


def test_a_key_for_some_operations_and_some_pools(make_app, client_with_key):
    app, other = make_app(), make_app()
    name = app.user()
    made = access_keys(
        action="create", actions=["AdminGetUser", "ListUserPools"], pools=[app.pool_id], description="support desk"
    )
    assert made["accessKeyId"].startswith("GHAK") and len(made["secretAccessKey"]) == 40
    support = client_with_key(made["accessKeyId"], made["secretAccessKey"])
    assert support.admin_get_user(UserPoolId=app.pool_id, Username=name)["Username"] == name
    denied = f"Access key {made['accessKeyId']} is not authorized to perform: cognito-idp:"
    for operation, resource, attempt in (
        ("AdminSetUserPassword", app.pool_id, lambda: support.admin_set_user_password(
            UserPoolId=app.pool_id, Username=name, Password=PASSWORD)),
        ("AdminGetUser", other.pool_id, lambda: support.admin_get_user(UserPoolId=other.pool_id, Username="x")),
        ("DeleteUserPool", app.pool_id, lambda: support.delete_user_pool(UserPoolId=app.pool_id)),
        # What is about no one pool needs a key for all.
        ("ListUserPools", "*", lambda: support.list_user_pools(MaxResults=1)),
    ):  # fmt: skip
        with refused("AccessDeniedException", f"{denied}{operation} on resource: {resource}"):
            attempt()

    keys = {found["accessKeyId"]: found for found in access_keys(action="list")["accessKeys"]}
    listed = keys[made["accessKeyId"]]
    assert (listed["description"], listed["pools"]) == ("support desk", [app.pool_id])
    assert made["secretAccessKey"] not in json.dumps(keys)


def test_a_key_that_has_expired(client_with_key):
    made = access_keys(action="create", expiresAt=int(time.time()) - 1)
    with refused("UnrecognizedClientException"):
        client_with_key(made["accessKeyId"], made["secretAccessKey"]).list_user_pools(MaxResults=1)
    made = access_keys(action="create", expiresAt=int(time.time()) + 600)
    assert client_with_key(made["accessKeyId"], made["secretAccessKey"]).list_user_pools(MaxResults=1)
