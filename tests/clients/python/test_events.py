"""Every file of events/ does to the running functions what it was written for.

The files name the demo pool and client and users of their own, `events-…`. What no file can carry, a token, a
session or a code, is a stand-in: the event is sent as it is, and once more with the real thing in its place.
Any order and any number of runs against one stack will do.
"""

import base64
import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError
from event_support import (
    CLIENT,
    EVENTS,
    POOL,
    ROOT,
    attributes,
    covers,
    invoke,
    load,
    read,
    send,
    signed_in,
    signed_up,
    with_body,
)


@covers("sign-up/basic")
def test_sign_up_signs_ann_up(cognito):
    answer = send("sign-up/basic")
    user = cognito.admin_get_user(UserPoolId=POOL, Username="events-ann")
    assert user["UserStatus"] == "UNCONFIRMED"
    assert attributes(user)["email"] == "events-ann@example.com"
    if answer.status == 200:
        assert answer.body["UserSub"] == attributes(user)["sub"]
        assert answer.body["UserConfirmed"] is False
    assert send("sign-up/basic").error == (400, "UsernameExistsException")


@covers("sign-up/weak-password")
def test_sign_up_refuses_a_weak_password(cognito):
    assert send("sign-up/weak-password").error == (400, "InvalidPasswordException")
    with pytest.raises(cognito.exceptions.UserNotFoundException):
        cognito.admin_get_user(UserPoolId=POOL, Username="events-weak")


@covers("front-door/basic")
def test_the_front_door_passes_a_sign_up_on(cognito):
    answer = send("front-door/basic")
    user = cognito.admin_get_user(UserPoolId=POOL, Username="events-door")
    assert attributes(user)["email"] == "events-door@example.com"
    if answer.status == 200:
        assert answer.body["UserSub"] == attributes(user)["sub"]
    assert send("front-door/basic").error == (400, "UsernameExistsException")


@covers("front-door/unknown-operation")
def test_the_front_door_knows_no_such_operation():
    assert send("front-door/unknown-operation").error == (400, "UnknownOperationException")


@covers("confirm-sign-up/basic")
def test_confirm_sign_up_takes_the_code_of_the_mail_and_no_other(cognito, mailbox):
    user = signed_up(cognito, "events-carol")
    if user["UserStatus"] == "UNCONFIRMED":
        code = mailbox("events-carol@example.com")
        # One code in a million is the one that the file has.
        if code != json.loads(load("confirm-sign-up/basic")["body"])["ConfirmationCode"]:
            assert send("confirm-sign-up/basic").error == (400, "CodeMismatchException")
        event = with_body(load("confirm-sign-up/basic"), ConfirmationCode=code)
        assert send("confirm-sign-up/basic", event).status == 200
    user = cognito.admin_get_user(UserPoolId=POOL, Username="events-carol")
    assert user["UserStatus"] == "CONFIRMED"
    assert attributes(user)["email_verified"] == "true"


@covers("confirm-sign-up/resend")
def test_a_code_is_sent_again(cognito, mailbox):
    signed_up(cognito, "events-erin")
    mailbox("events-erin@example.com")
    before = len(mailbox.messages("events-erin@example.com"))
    answer = send("confirm-sign-up/resend")
    if answer.error == (400, "LimitExceededException"):
        return  # five runs within an hour against one stack
    assert answer.status == 200
    assert answer.body["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    assert answer.body["CodeDeliveryDetails"]["AttributeName"] == "email"
    assert mailbox("events-erin@example.com", count=before + 1)


@covers("initiate-auth/basic")
def test_initiate_auth_signs_the_demo_user_in(cognito):
    answer = send("initiate-auth/basic")
    assert answer.status == 200
    tokens = answer.body["AuthenticationResult"]
    assert tokens["TokenType"] == "Bearer" and tokens["IdToken"] and tokens["RefreshToken"]
    name = json.loads(load("initiate-auth/basic")["body"])["AuthParameters"]["USERNAME"]
    assert cognito.get_user(AccessToken=tokens["AccessToken"])["Username"] == name


@covers("initiate-auth/srp", "admin-auth/basic")
@pytest.mark.parametrize("name", ["initiate-auth/srp", "admin-auth/basic"])
def test_srp_begins_with_the_server_s_half(name):
    answer = send(name)
    assert answer.status == 200
    assert answer.body["ChallengeName"] == "PASSWORD_VERIFIER"
    parameters = answer.body["ChallengeParameters"]
    assert int(parameters["SRP_B"], 16) > 0 and int(parameters["SALT"], 16) > 0
    assert base64.b64decode(parameters["SECRET_BLOCK"])


@covers("initiate-auth/unknown-user")
def test_an_unknown_user_is_not_signed_in():
    answer = send("initiate-auth/unknown-user")
    assert answer.error in {(400, "NotAuthorizedException"), (400, "UserNotFoundException")}
    assert "AuthenticationResult" not in answer.body


@covers("respond-to-auth-challenge/basic")
def test_a_temporary_password_is_exchanged_for_one_of_the_user_s_own(cognito):
    assert send("respond-to-auth-challenge/basic").error == (400, "NotAuthorizedException")
    name = f"events-{uuid.uuid4().hex[:12]}"
    cognito.admin_create_user(
        UserPoolId=POOL, Username=name, TemporaryPassword="Events-temp-1", MessageAction="SUPPRESS"
    )
    challenge = cognito.initiate_auth(
        ClientId=CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": "Events-temp-1"},
    )
    event = load("respond-to-auth-challenge/basic")
    responses = json.loads(event["body"])["ChallengeResponses"] | {"USERNAME": name}
    event = with_body(event, Session=challenge["Session"], ChallengeResponses=responses)
    answer = send("respond-to-auth-challenge/basic", event)
    assert answer.status == 200
    assert answer.body["AuthenticationResult"]["AccessToken"]
    user = cognito.admin_get_user(UserPoolId=POOL, Username=name)
    assert user["UserStatus"] == "CONFIRMED"


@covers("tokens/basic")
def test_a_refresh_token_gives_new_tokens_and_nonsense_none(cognito, signed_in):
    assert send("tokens/basic").error == (400, "NotAuthorizedException")
    event = with_body(load("tokens/basic"), RefreshToken=signed_in["RefreshToken"])
    answer = send("tokens/basic", event)
    assert answer.status == 200
    access = answer.body["AuthenticationResult"]["AccessToken"]
    assert cognito.get_user(AccessToken=access)["Username"] == signed_in["name"]


@covers("tokens/revoke")
def test_a_revoked_refresh_token_gives_nothing_and_nonsense_is_no_error(cognito, signed_in):
    assert send("tokens/revoke").status == 200
    event = with_body(load("tokens/revoke"), Token=signed_in["RefreshToken"])
    assert send("tokens/revoke", event).status == 200
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.get_tokens_from_refresh_token(ClientId=CLIENT, RefreshToken=signed_in["RefreshToken"])


@covers("user-sessions/basic")
def test_global_sign_out_ends_the_access_token_too(cognito, signed_in):
    assert send("user-sessions/basic").error == (400, "NotAuthorizedException")
    event = with_body(load("user-sessions/basic"), AccessToken=signed_in["AccessToken"])
    assert send("user-sessions/basic", event).status == 200
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.get_user(AccessToken=signed_in["AccessToken"])


@covers("user-profile/basic")
def test_get_user_shows_whose_token_it_is(signed_in):
    assert send("user-profile/basic").error == (400, "NotAuthorizedException")
    event = with_body(load("user-profile/basic"), AccessToken=signed_in["AccessToken"])
    answer = send("user-profile/basic", event)
    assert answer.status == 200
    assert answer.body["Username"] == signed_in["name"]


@covers("admin-users/basic")
def test_admin_create_user_creates_bob(cognito):
    answer = send("admin-users/basic")
    user = cognito.admin_get_user(UserPoolId=POOL, Username="events-bob")
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert attributes(user)["email"] == "events-bob@example.com"
    if answer.status == 200:
        assert attributes(answer.body["User"], "Attributes")["sub"] == attributes(user)["sub"]
    assert send("admin-users/basic").error == (400, "UsernameExistsException")


@covers("admin-users/get-user")
def test_admin_get_user_shows_the_demo_user():
    answer = send("admin-users/get-user")
    assert answer.status == 200
    assert answer.body["Username"] == json.loads(load("admin-users/get-user")["body"])["Username"]
    assert answer.body["UserStatus"] == "CONFIRMED"


@covers("admin-users/unsigned")
def test_an_unsigned_call_of_an_administrator_s_operation_is_refused():
    assert send("admin-users/unsigned").error == (400, "MissingAuthenticationTokenException")


@covers("list-users/basic")
def test_list_users_finds_the_demo_user():
    answer = send("list-users/basic")
    assert answer.status == 200
    wanted = json.loads(load("list-users/basic")["body"])["Filter"].split('"')[1]
    assert [user["Username"] for user in answer.body["Users"]] == [wanted]


@covers("user-pools/basic")
def test_describe_user_pool_shows_the_demo_pool():
    answer = send("user-pools/basic")
    assert answer.status == 200
    assert answer.body["UserPool"]["Id"] == POOL
    assert answer.body["UserPool"]["Arn"].endswith(f":userpool/{POOL}")


@covers("user-pools/list")
def test_list_user_pools_lists_pools():
    answer = send("user-pools/list")
    assert answer.status == 200
    # The demo pool may stand on a later page when other tests have made many.
    pools = [pool["Id"] for pool in answer.body["UserPools"]]
    assert POOL in pools or (answer.body["NextToken"] and len(pools) == 60)


@covers("user-pool-clients/basic")
def test_describe_user_pool_client_shows_the_demo_client():
    answer = send("user-pool-clients/basic")
    assert answer.status == 200
    assert answer.body["UserPoolClient"]["ClientId"] == CLIENT
    assert answer.body["UserPoolClient"]["UserPoolId"] == POOL


@covers("user-pool-clients/unknown-client")
def test_an_unknown_client_is_not_found():
    assert send("user-pool-clients/unknown-client").error == (400, "ResourceNotFoundException")


@covers("oidc-discovery/basic")
def test_the_key_set_has_the_key_of_a_token(signed_in):
    answer = send("oidc-discovery/basic")
    assert answer.status == 200
    assert "max-age" in answer.headers["cache-control"]
    header = signed_in["IdToken"].split(".")[0]
    kid = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    keys = {key["kid"]: key for key in answer.body["keys"]}
    assert keys[kid]["kty"] == "RSA" and keys[kid]["use"] == "sig" and "d" not in keys[kid]


@covers("oidc-discovery/configuration")
def test_the_configuration_names_the_issuer_and_its_keys():
    answer = send("oidc-discovery/configuration")
    assert answer.status == 200
    issuer = f"{os.environ['GATEHOUSE_ISSUER_BASE']}/{POOL}"
    assert answer.body["issuer"] == issuer
    assert answer.body["jwks_uri"] == f"{issuer}/.well-known/jwks.json"


@covers("access-keys/basic", "access-keys/list")
def test_an_access_key_may_do_what_it_was_made_for_and_no_more(client_with_key):
    made = invoke("access-keys", load("access-keys/basic"))
    client = client_with_key(made["accessKeyId"], made["secretAccessKey"])
    assert client.list_users(UserPoolId=POOL, Limit=1)["Users"]
    with pytest.raises(ClientError) as refused:
        client.describe_user_pool(UserPoolId=POOL)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    listed = json.dumps(invoke("access-keys", load("access-keys/list")))
    assert made["accessKeyId"] in listed
    assert made["secretAccessKey"] not in listed


def test_cargo_lambda_invoke_takes_a_file_as_the_readme_says(cognito):
    url = urlsplit(os.environ["GATEHOUSE_FUNCTIONS_URL"])
    command = [Path(sys.executable).with_name("cargo-lambda"), "lambda", "invoke", "sign-up"]
    command += ["--data-file", EVENTS / "sign-up/basic.json"]
    command += ["--invoke-address", url.hostname, "--invoke-port", str(url.port)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answer = read(json.loads(done.stdout))
    assert answer.status == 200 or answer.error == (400, "UsernameExistsException")
    assert cognito.admin_get_user(UserPoolId=POOL, Username="events-ann")["UserStatus"] == "UNCONFIRMED"


def test_every_event_has_a_test_that_says_what_it_does():
    marks = [
        mark
        for tests in Path(__file__).parent.glob("test_*.py")
        for mark in re.findall(r"^@covers\((.*?)\)$", tests.read_text(), re.MULTILINE)
    ]
    covered = {name for mark in marks for name in re.findall(r'"([^"]+)"', mark)}
    assert covered == {str(path.relative_to(EVENTS).with_suffix("")) for path in EVENTS.glob("*/*.json")}


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*/*.json")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_http_event_is_one_that_api_gateway_writes(path):
    event = json.loads(path.read_text())
    if path.parent.name.startswith("triggers-"):
        # Of user pools; the triggers' own tests read them.
        assert event["triggerSource"] and "requestContext" not in event
        return
    if "version" not in event:
        # Of REST APIs and of AppSync, and what an operator sends.
        others = ("access-keys", "token-authorizer", "request-authorizer", "appsync-authorizer")
        assert path.parent.name in others
        return
    context = event["requestContext"]
    assert event["version"] == "2.0"
    assert event["routeKey"] == context["routeKey"]
    assert event["rawPath"] == context["http"]["path"]
    assert event["headers"]["host"] == context["domainName"]
    if "body" in event:
        body = event["body"].encode()
        body = base64.b64decode(body) if event["isBase64Encoded"] else body
        assert int(event["headers"]["content-length"]) == len(body)
        form = event["headers"]["content-type"] == "application/x-www-form-urlencoded"
        assert isinstance(parse_qs(body.decode(), strict_parsing=True) if form else json.loads(body), dict)
    for name, value in event.get("pathParameters", {}).items():
        assert value in event["rawPath"] and f"{{{name}}}" in event["routeKey"]
