"""Tokens without a sign-in: for a client itself, and in exchange for a token that is held already (RFC 8693)."""

import time

import jwt
import pytest
from support import ALL_FLOWS, claims, header, invoke, make_app, refusal, refused

API = "https://orders.example.com"
READ, WRITE = f"{API}/read", f"{API}/write"
USER_ADMIN = "aws.cognito.signin.user.admin"
IMPERSONATION, DELEGATION = "ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"
MACHINE = {
    "GenerateSecret": True,
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["client_credentials"],
}


@pytest.fixture
def shop(make_app, make_client, cognito, http):
    """A pool with a resource server, an app for people, a service with a secret, and a client that exchanges."""
    app = make_app()
    cognito.create_resource_server(
        UserPoolId=app.pool_id,
        Identifier=API,
        Name="orders",
        Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")],
    )
    return Shop(app, make_client, http)


class Shop:
    def __init__(self, app, make_client, http):
        self.app, self.make_client, self.http = app, make_client, http
        self.service = self.client(**MACHINE, AllowedOAuthScopes=[READ, WRITE])
        self.exchanger = self.client(
            ExplicitAuthFlows=[IMPERSONATION, DELEGATION],
            GenerateSecret=True,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=[READ],
        )

    def client(self, **settings):
        return self.make_client(self.app.pool, **settings)

    def machine(self, client=None, **more):
        client = client or self.service
        return self.app.anonymous.get_client_token(
            **{"ClientId": client["ClientId"], "Secret": client["ClientSecret"]} | more
        )["ClientAuthenticationResult"]

    def derive(self, subject, kind="ACCESS_TOKEN", caller=None, client=None, **more):
        client = client or self.exchanger
        secret = {"ClientSecret": client["ClientSecret"]} if "ClientSecret" in client else {}
        request = {"ClientId": client["ClientId"], "SubjectToken": subject, "SubjectTokenType": kind}
        return (caller or self.app.anonymous).get_derived_token(**request | secret | more)

    def verified(self, token, audience=None):
        """What a token says to those who verify it as a service behind the pool does."""
        keys = self.http("GET", f"/{self.app.pool_id}/.well-known/jwks.json").json["keys"]
        [key] = [jwt.PyJWK(key) for key in keys if key["kid"] == header(token)["kid"]]
        return jwt.decode(token, key, algorithms=["RS256"], audience=audience, options={"verify_aud": audience is not None})


def add_secret(app, client):
    """Ids of secrets are counted in seconds, so the next may have to wait for the next second."""
    while True:
        try:
            answer = app.cognito.add_user_pool_client_secret(UserPoolId=app.pool_id, ClientId=client["ClientId"])
            return answer["ClientSecretDescriptor"]["ClientSecretValue"]
        except app.cognito.exceptions.TooManyRequestsException:
            time.sleep(0.2)


def test_get_client_token(shop, cognito, client_with_key):
    result = shop.machine(Scopes=[READ])
    assert (result["TokenType"], result["ExpiresIn"]) == ("Bearer", 3600)
    said = shop.verified(result["AccessToken"])
    assert said["sub"] == said["client_id"] == shop.service["ClientId"]
    assert (said["token_use"], said["scope"], said["version"]) == ("access", READ, 2)
    assert said["exp"] - said["iat"] == 3600 and said["jti"]
    assert not {"username", "origin_jti", "cognito:groups"} & set(said)
    # Without scopes it has all that the client may have.
    assert claims(shop.machine()["AccessToken"])["scope"].split() == [READ, WRITE]
    # SDKs sign with whatever credentials they have: it does no harm and it does no good.
    request = {"ClientId": shop.service["ClientId"], "Secret": shop.service["ClientSecret"]}
    stranger = client_with_key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    for caller in (cognito, stranger):
        assert caller.get_client_token(**request)["ClientAuthenticationResult"]["AccessToken"]
        with refused("NotAuthorizedException"):
            caller.get_client_token(**request | {"Secret": "wrong" * 8})


def test_a_client_gets_no_token_that_it_may_not_have(shop):
    second = add_secret(shop.app, shop.exchanger)

    def told(client=shop.service, **more):
        return refusal(shop.machine, client, **more)[0]

    assert told(Secret="wrong" * 8) == "NotAuthorizedException"
    assert told(ClientId="nosuchclient") == "ResourceNotFoundException"
    assert told(Scopes=[f"{API}/delete"]) == "InvalidParameterException"
    assert told(Scopes=[READ, "openid"]) == "InvalidParameterException"
    assert told(Scopes=[USER_ADMIN]) == "InvalidParameterException"
    assert told(shop.exchanger, Scopes=[WRITE]) == "InvalidParameterException"
    people = shop.client(GenerateSecret=True)
    assert told(people) == "InvalidParameterException"
    assert told(shop.app.client | {"ClientSecret": "x" * 24}) == "InvalidParameterException"
    # Each secret counts as long as it is there.
    for secret in (second, shop.exchanger["ClientSecret"]):
        assert shop.machine(shop.exchanger, Secret=secret)["AccessToken"]


def test_a_machines_token_is_no_users(shop):
    token = shop.machine()["AccessToken"]
    for action in (
        lambda: shop.app.me(token),
        lambda: shop.app.change_password(token),
        lambda: shop.app.anonymous.delete_user(AccessToken=token),
        lambda: shop.app.anonymous.global_sign_out(AccessToken=token),
    ):
        assert refusal(action)[0] == "NotAuthorizedException"


def test_get_derived_token(shop):
    """Impersonation: a service goes on in the user's name, as if the user were there."""
    app = shop.app
    name = app.user(email="ann@example.com")
    app.join(name, app.create_group("buyers"))
    tokens = app.tokens(name)
    subject = claims(tokens["AccessToken"])
    answer = shop.derive(tokens["AccessToken"])
    assert (answer["IssuedTokenType"], answer["TokenType"]) == ("ACCESS_TOKEN", "Bearer")
    assert answer["Scopes"] == [USER_ADMIN]
    said = shop.verified(answer["IssuedToken"])
    assert said["client_id"] == shop.exchanger["ClientId"]
    for claim in ("sub", "username", "iss", "auth_time", "origin_jti", "scope", "cognito:groups", "token_use"):
        assert said[claim] == subject[claim], claim
    assert said["jti"] != subject["jti"] and "act" not in said and "aud" not in said
    # It does not outlive what it was made of.
    assert said["exp"] <= subject["exp"]
    assert 0 < answer["ExpiresIn"] <= 3600

    answer = shop.derive(tokens["IdToken"], "ID_TOKEN", RequestedTokenType="ID_TOKEN")
    assert (answer["IssuedTokenType"], answer["TokenType"]) == ("ID_TOKEN", "N_A")
    said = shop.verified(answer["IssuedToken"], shop.exchanger["ClientId"])
    assert (said["email"], said["cognito:username"], said["token_use"]) == ("ann@example.com", name, "id")
    assert header(answer["IssuedToken"])["kid"] == header(tokens["IdToken"])["kid"]


def test_a_service_that_acts_for_a_user_is_named(shop):
    tokens = shop.app.tokens(shop.app.user())
    service = shop.machine()["AccessToken"]
    actor = {"ActorToken": service, "ActorTokenType": "ACCESS_TOKEN"}
    first = shop.derive(tokens["AccessToken"], **actor)["IssuedToken"]
    said = shop.verified(first)
    assert said["sub"] == claims(tokens["AccessToken"])["sub"]
    assert said["act"] == {"sub": shop.service["ClientId"], "client_id": shop.service["ClientId"]}
    # The next one in the chain is named before it; and nobody gets rid of the chain.
    other = shop.machine(shop.exchanger)["AccessToken"]
    second = shop.derive(first, ActorToken=other, ActorTokenType="ACCESS_TOKEN")["IssuedToken"]
    assert claims(second)["act"]["sub"] == shop.exchanger["ClientId"]
    assert claims(second)["act"]["act"] == said["act"]
    assert claims(shop.derive(second)["IssuedToken"])["act"] == claims(second)["act"]
    assert claims(shop.derive(service)["IssuedToken"])["sub"] == shop.service["ClientId"]


def test_scopes_are_those_of_the_subject_and_of_the_client(shop):
    machine = shop.machine()["AccessToken"]
    answer = shop.derive(machine, Scopes=[READ, WRITE])
    assert answer["Scopes"] == [READ] and claims(answer["IssuedToken"])["scope"] == READ
    for subject, scopes in (
        (machine, [WRITE]),
        (machine, [USER_ADMIN]),
        (shop.machine(Scopes=[WRITE])["AccessToken"], [READ]),
        (shop.app.tokens(shop.app.user())["AccessToken"], [READ]),
    ):
        assert refusal(shop.derive, subject, Scopes=scopes)[0] == "InvalidParameterException"
    # An ID token allows nothing, and what is made of it allows nothing.
    tokens = shop.app.tokens(shop.app.user())
    answer = shop.derive(tokens["IdToken"], "ID_TOKEN")
    assert answer["Scopes"] == [] and "scope" not in claims(answer["IssuedToken"])
    assert refusal(shop.app.me, answer["IssuedToken"])[0] == "NotAuthorizedException"


def test_a_token_is_for_whom_it_was_asked(shop):
    token = shop.app.tokens(shop.app.user())["AccessToken"]
    said = claims(shop.derive(token, Resources=[API])["IssuedToken"])
    assert said["aud"] == API
    said = claims(shop.derive(token, Audiences=["https://billing.example.com"])["IssuedToken"])
    assert said["aud"] == "https://billing.example.com"
    assert claims(shop.derive(token, Audiences=[shop.exchanger["ClientId"]])["IssuedToken"])["aud"]
    for more in (
        {"Resources": ["https://nobody.example.com"]},
        {"Resources": [API], "Audiences": ["billing"]},
        # Another app would take it for a token of its own.
        {"Audiences": [shop.app.client_id]},
        {"Audiences": [shop.app.client_id], "RequestedTokenType": "ID_TOKEN"},
    ):
        assert refusal(shop.derive, token, **more)[0] == "InvalidParameterException", more


def test_what_ends_the_sign_in_ends_what_was_derived_from_it(shop):
    app = shop.app
    name = app.user()
    tokens = app.tokens(name)
    derived = shop.derive(tokens["AccessToken"])["IssuedToken"]
    assert app.me(derived)["Username"] == name
    app.anonymous.revoke_token(Token=tokens["RefreshToken"], ClientId=app.client_id)
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        app.me(derived)
    for subject, kind in (
        (tokens["AccessToken"], "ACCESS_TOKEN"),
        (tokens["IdToken"], "ID_TOKEN"),
        (derived, "ACCESS_TOKEN"),
    ):
        assert refusal(shop.derive, subject, kind) == ("NotAuthorizedException", "The token has been revoked.")
    tokens = app.tokens(name)
    app.administer("admin_disable_user", name)
    assert refusal(shop.derive, tokens["AccessToken"])[0] == "NotAuthorizedException"
    other = app.user()
    tokens = app.tokens(other)
    app.administer("admin_delete_user", other)
    assert refusal(shop.derive, tokens["AccessToken"])[0] == "UserNotFoundException"


def test_tokens_that_are_not_what_they_are_said_to_be(shop, make_app):
    app = shop.app
    tokens = app.tokens(app.user())
    good = tokens["AccessToken"]
    stranger = make_app()
    foreign = stranger.tokens(stranger.user())["AccessToken"]
    forged = good.rsplit(".", 1)[0] + "." + "A" * 342
    unsigned = jwt.encode(claims(good), None, algorithm="none", headers={"kid": header(good)["kid"]})
    for subject, kind in (
        (tokens["IdToken"], "ACCESS_TOKEN"),
        (good, "ID_TOKEN"),
        (foreign, "ACCESS_TOKEN"),
        (forged, "ACCESS_TOKEN"),
        (unsigned, "ACCESS_TOKEN"),
        (tokens["RefreshToken"], "ACCESS_TOKEN"),
        ("nonsense", "ACCESS_TOKEN"),
    ):
        assert refusal(shop.derive, subject, kind)[0] == "NotAuthorizedException", kind
        more = {"ActorToken": subject, "ActorTokenType": kind}
        assert refusal(shop.derive, good, **more)[0] == "NotAuthorizedException", kind
    for more in (
        {"ActorToken": good},
        {"ActorTokenType": "ACCESS_TOKEN"},
        {"ActorToken": good, "ActorTokenType": "SAML2"},
    ):
        assert refusal(shop.derive, good, **more)[0] == "InvalidParameterException", more
    assert refusal(shop.derive, good, SubjectTokenProviderName="Nobody")[0] == "ResourceNotFoundException"
    machine = shop.machine()["AccessToken"]
    assert refusal(shop.derive, machine, RequestedTokenType="ID_TOKEN")[0] == "InvalidParameterException"


def test_each_way_to_exchange_is_allowed_by_itself(shop):
    token = shop.app.tokens(shop.app.user())["AccessToken"]
    actor = {"ActorToken": shop.machine()["AccessToken"], "ActorTokenType": "ACCESS_TOKEN"}
    for flow, more, other in ((IMPERSONATION, {}, actor), (DELEGATION, actor, {})):
        client = shop.client(ExplicitAuthFlows=[flow])
        assert shop.derive(token, client=client, **more)["IssuedToken"]
        assert refusal(shop.derive, token, client=client, **other)[0] == "InvalidParameterException"
    plain = shop.client(ExplicitAuthFlows=ALL_FLOWS)
    assert refusal(shop.derive, token, client=plain)[0] == "InvalidParameterException"


def test_who_exchanges_proves_who_it_is(shop, cognito, client_with_key):
    token = shop.app.tokens(shop.app.user())["AccessToken"]
    secretless = {"ClientId": shop.exchanger["ClientId"]}
    assert refusal(shop.derive, token, client=secretless)[0] == "NotAuthorizedException"
    assert refusal(shop.derive, token, ClientSecret="wrong" * 8)[0] == "NotAuthorizedException"
    # Operators sign instead, with a key that may do it on this pool; a wrong secret is wrong all the same.
    assert shop.derive(token, caller=cognito, client=secretless)["IssuedToken"]
    assert refusal(shop.derive, token, caller=cognito, ClientSecret="wrong" * 8)[0] == "NotAuthorizedException"
    stranger = client_with_key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    assert refusal(shop.derive, token, caller=stranger, client=secretless)[0] == "NotAuthorizedException"
    assert shop.derive(token, caller=stranger)["IssuedToken"]
    for actions, pools, told in (
        (["GetDerivedToken"], [shop.app.pool_id], None),
        (["GetDerivedToken"], ["us-east-1_Another"], "AccessDeniedException"),
        (["GetUserPoolMfaConfig"], ["*"], "AccessDeniedException"),
    ):
        key = invoke("access-keys", {"action": "create", "actions": actions, "pools": pools})
        narrow = client_with_key(key["accessKeyId"], key["secretAccessKey"])
        answer = refusal(shop.derive, token, caller=narrow, client=secretless)
        assert (answer and answer[0]) == told
        invoke("access-keys", {"action": "delete", "accessKeyId": key["accessKeyId"]})
