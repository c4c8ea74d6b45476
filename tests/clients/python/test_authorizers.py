"""Authorizers of other APIs: what tokens of the demo pool open, by the rules that the stack runs with.

tests/stack/config.py has the rules (AUTHORIZER_RULES). API Gateway and AppSync are not here: what they would do with an
answer, an IAM policy or a list of fields, is read as they document it. An HTTP API's own JWT authorizer is, with the
example of a single page (tests/clients/node/examples.test.mjs).
"""

import json
import os
import re
import urllib.error
import urllib.request

import jwt
import pytest
from event_support import CLIENT, PASSWORD, POOL, covers, load  # noqa: F401
from support import invoke

ADMINS = "authorizer-admins"


def authorize(function, **members):
    return invoke(function, load(f"{function}/basic") | members)


def unauthorized(function, **members):
    """What API Gateway answers with 401: the function fails with this very word."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        authorize(function, **members)
    return json.loads(caught.value.read())["errorMessage"] == "Unauthorized"


@pytest.fixture
def user(cognito, unique):
    """A function: tokens of a new user of the demo pool, in the admins' group or not."""

    def make(admin=False):
        name = unique("authorized")
        cognito.admin_create_user(UserPoolId=POOL, Username=name, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=POOL, Username=name, Password=PASSWORD, Permanent=True)
        if admin:
            try:
                cognito.create_group(UserPoolId=POOL, GroupName=ADMINS)
            except cognito.exceptions.GroupExistsException:
                pass
            cognito.admin_add_user_to_group(UserPoolId=POOL, Username=name, GroupName=ADMINS)
        answer = cognito.initiate_auth(
            ClientId=CLIENT, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD}
        )
        return answer["AuthenticationResult"] | {"name": name}

    return make


def opens(answer, method, path):
    """Whether the policy of an answer lets a request to the event's API through, as IAM evaluates it."""
    arn = f"arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/{method}{path}"
    effects = {
        statement["Effect"]
        for statement in answer["policyDocument"]["Statement"]
        for resource in statement["Resource"]
        if re.fullmatch(re.escape(resource).replace(r"\*", ".*"), arn)
    }
    assert {statement["Action"] for statement in answer["policyDocument"]["Statement"]} == {"execute-api:Invoke"}
    return effects == {"Allow"}


def with_header(function, token):
    """The event of this function with another token where that function finds it."""
    if function == "token-authorizer":
        return {"authorizationToken": f"Bearer {token}"}
    if function == "request-authorizer":
        return {"headers": {"Authorization": f"Bearer {token}"}}
    return {"headers": {"authorization": f"Bearer {token}"}}


@covers("token-authorizer/basic", "request-authorizer/basic")
@pytest.mark.parametrize("function", ["token-authorizer", "request-authorizer"])
def test_a_rest_api_s_policy_is_good_for_every_request_with_the_token(function, user):
    """API Gateway keeps the answer for five minutes and applies it to all methods."""
    assert unauthorized(function)
    ann, admin = user(), user(admin=True)
    answer = authorize(function, **with_header(function, ann["AccessToken"]))
    assert opens(answer, "GET", "/photos/1") and opens(answer, "POST", "/photos/2/comments")
    assert opens(answer, "GET", "/anything/else")
    assert not opens(answer, "DELETE", "/photos/1")
    assert not opens(answer, "GET", "/me") and not opens(answer, "GET", "/reports/1")
    assert answer["context"]["username"] == ann["name"]
    assert answer["principalId"] == answer["context"]["sub"]
    assert all(isinstance(value, str) for value in answer["context"].values())
    of_admin = authorize(function, **with_header(function, admin["AccessToken"]))
    assert opens(of_admin, "DELETE", "/photos/1") and not opens(of_admin, "DELETE", "/reports/1")
    assert of_admin["context"]["groups"] == ADMINS
    by_id = authorize(function, **with_header(function, ann["IdToken"]))
    assert opens(by_id, "GET", "/me") and not opens(by_id, "GET", "/photos/1")


@covers("http-authorizer/basic")
def test_an_http_api_is_answered_for_the_route(user):
    function = "http-authorizer"
    assert authorize(function) == {"isAuthorized": False}
    ann, admin = user(), user(admin=True)

    def ask(token, method="GET", path="/photos/1", sources=True, stage="$default"):
        event = load(f"{function}/basic")
        event["requestContext"]["http"] |= {"method": method, "path": path}
        event["requestContext"]["stage"] = stage
        event |= {"rawPath": path, "headers": {"authorization": f"Bearer {token}"}}
        event["identitySource"] = [f"Bearer {token}"] + ([event["routeKey"]] if sources else [])
        return invoke(function, event)

    answer = ask(ann["AccessToken"])
    assert answer["isAuthorized"] is True
    assert answer["context"]["username"] == ann["name"]
    assert ask(ann["AccessToken"], method="DELETE") == {"isAuthorized": False}
    assert ask(admin["AccessToken"], method="DELETE")["isAuthorized"] is True
    assert ask(ann["AccessToken"], path="/me") == {"isAuthorized": False}
    assert ask(ann["IdToken"], path="/me")["isAuthorized"] is True
    assert ask(ann["AccessToken"], path="/prod/reports/1", stage="prod") == {"isAuthorized": False}
    # Where the answer may be kept for other routes too, yes would be yes to all of them.
    assert ask(ann["AccessToken"], sources=False) == {"isAuthorized": False}


@covers("appsync-authorizer/basic")
def test_appsync_is_told_which_fields_are_closed(user):
    function = "appsync-authorizer"
    assert authorize(function) == {"isAuthorized": False}
    ann, admin = user(), user(admin=True)
    answer = authorize(function, authorizationToken=ann["AccessToken"])
    assert answer["isAuthorized"] is True
    assert answer["deniedFields"] == ["Mutation.deletePhoto"]
    assert answer["resolverContext"]["username"] == ann["name"]
    assert authorize(function, authorizationToken=admin["AccessToken"])["deniedFields"] == []


@pytest.mark.parametrize("end", ["disable", "sign out", "revoke", "delete"])
def test_a_revoked_token_opens_nothing(cognito, user, end):
    ann = user()
    token = {"authorizationToken": f"Bearer {ann['AccessToken']}"}
    assert opens(authorize("token-authorizer", **token), "GET", "/photos/1")
    if end == "disable":
        cognito.admin_disable_user(UserPoolId=POOL, Username=ann["name"])
    elif end == "sign out":
        cognito.global_sign_out(AccessToken=ann["AccessToken"])
    elif end == "revoke":
        cognito.revoke_token(ClientId=CLIENT, Token=ann["RefreshToken"])
    else:
        cognito.admin_delete_user(UserPoolId=POOL, Username=ann["name"])
    assert unauthorized("token-authorizer", **token)
    assert authorize("appsync-authorizer", authorizationToken=ann["AccessToken"]) == {"isAuthorized": False}


def test_tokens_of_other_pools_and_clients_and_forged_ones_open_nothing(user, make_pool, make_client, cognito, unique):
    pool = make_pool()
    stranger = make_client(pool)
    beside = make_client(POOL)
    for client, pool_id in ((stranger, pool["Id"]), (beside, POOL)):
        name = unique("stranger")
        cognito.admin_create_user(UserPoolId=pool_id, Username=name, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool_id, Username=name, Password=PASSWORD, Permanent=True)
        answer = cognito.initiate_auth(
            ClientId=client["ClientId"], AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )  # fmt: skip
        assert unauthorized("token-authorizer", authorizationToken=answer["AuthenticationResult"]["AccessToken"])
    head, body, signature = user()["AccessToken"].split(".")
    for forged in (f"{head}.{body}.{signature[::-1]}", f"{head}.{body}.", f"{head}.{body[::-1]}.{signature}", ""):
        assert unauthorized("token-authorizer", authorizationToken=forged)


def in_openid_connect_mode(token, issuer, client_ids):
    """The claims of a token as AppSync's mode OPENID_CONNECT takes it (OpenIDConnectConfig): by discovery from the issuer,
    `client_ids` being a regular expression for `aud` or `azp`; `iat` and `auth_time` are what its two TTLs are for."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    discovered = json.load(opener.open(f"{issuer}/.well-known/openid-configuration", timeout=30))
    assert discovered["issuer"] == issuer
    keys = jwt.PyJWKSet.from_dict(json.load(opener.open(discovered["jwks_uri"], timeout=30)))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    required = {"require": ["iat", "exp", "auth_time"], "verify_aud": False}
    claims = jwt.decode(token, key, ["RS256"], options=required, issuer=issuer)
    if not any(re.fullmatch(client_ids, claims.get(name, "")) for name in ("aud", "azp")):
        raise jwt.InvalidAudienceError(token)
    return claims


def test_appsync_s_own_mode_takes_id_tokens_of_the_issuer(user):
    issuer, tokens = f"{os.environ['GATEHOUSE_ISSUER_BASE']}/{POOL}", user(admin=True)
    claims = in_openid_connect_mode(tokens["IdToken"], issuer, CLIENT)
    assert claims["cognito:username"] == tokens["name"] and claims["cognito:groups"] == [ADMINS]
    assert claims["auth_time"] <= claims["iat"] < claims["exp"]
    # It has nothing that names a client the way AppSync looks for it: only an API that names no clients takes it.
    with pytest.raises(jwt.InvalidAudienceError):
        in_openid_connect_mode(tokens["AccessToken"], issuer, CLIENT)
    assert in_openid_connect_mode(tokens["AccessToken"], issuer, ".*")["username"] == tokens["name"]
    with pytest.raises(jwt.InvalidAudienceError):
        in_openid_connect_mode(tokens["IdToken"], issuer, "another-client")
    signed, other = tokens["IdToken"].rpartition(".")[0], tokens["AccessToken"].rpartition(".")[2]
    with pytest.raises(jwt.InvalidSignatureError):
        in_openid_connect_mode(f"{signed}.{other}", issuer, CLIENT)
