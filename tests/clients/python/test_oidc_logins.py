"""Logins of any OpenID Connect issuer that is registered with IAM, here one that the test is itself."""

import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from identity_support import (  # noqa: F401
    ACCOUNT,
    anonymous_identity,
    identity,
    local_iam,
    make_identities,
    make_role,
    with_credentials,
)
from support import make_app, refused, serve_documents  # noqa: F401

UNSUPPORTED = "Token is not from a supported provider of this identity pool."
BAD_SIGNATURE = "Invalid login token. Token signature invalid."


class Issuer:
    """An issuer on this machine: keys, documents, tokens."""

    def __init__(self):
        self.keys, self.asked = {}, []
        self.server = serve_documents(self.document)
        self.name = f"127.0.0.1:{self.server.server_port}/tenant"
        self.claimed = self.url = f"http://{self.name}"
        self.arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{self.name}"
        self.add_key("one", rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def add_key(self, kid, key):
        self.keys[kid] = key

    def document(self, path):
        self.asked.append(path)
        if path.endswith("/openid-configuration"):
            return {"issuer": self.claimed, "jwks_uri": f"{self.url}/keys"}
        return {"keys": [self.jwk(kid, key) for kid, key in self.keys.items()]}

    @staticmethod
    def jwk(kid, key):
        kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
        return json.loads(kind.to_jwk(key.public_key())) | {"kid": kid, "use": "sig"}

    def token(self, sub="ann", kid="one", key=None, algorithm="RS256", **claims):
        now = int(time.time())
        claims = {"iss": self.url, "sub": sub, "aud": "app", "iat": now, "exp": now + 600} | claims
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key or self.keys[kid], algorithm=algorithm, headers={"kid": kid})


@pytest.fixture
def issuer():
    made = Issuer()
    iam = local_iam("iam")
    iam.create_open_id_connect_provider(Url=made.url, ClientIDList=["app", "other-app"], ThumbprintList=["0" * 40])
    yield made
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=made.arn)
    made.server.shutdown()


@pytest.fixture
def made(issuer, make_identities):  # noqa: F811
    return make_identities(OpenIdConnectProviderARNs=[issuer.arn])


def test_users_of_any_registered_issuer_have_identities(made, issuer):
    ann = made.get_id({issuer.name: issuer.token()})
    assert made.get_id({issuer.name: issuer.token(aud=["elsewhere", "other-app"])}) == ann
    assert made.get_id({issuer.name: issuer.token("bob")}) != ann
    assert made.describe(ann)["Logins"] == [issuer.name]


def test_another_key_and_another_algorithm(made, issuer):
    issuer.add_key("two", ec.generate_private_key(ec.SECP256R1()))
    assert made.get_id({issuer.name: issuer.token(kid="two", algorithm="ES256")}) == made.get_id(
        {issuer.name: issuer.token()}
    )


def test_keys_are_kept(made, issuer):
    for number in range(6):
        made.get_id({issuer.name: issuer.token(f"user-{number}")})
    # Once for each process of the function, of which the stack has two.
    assert 1 <= issuer.asked.count("/tenant/keys") <= 2


@pytest.mark.parametrize(("claims", "message"), [
    ({"aud": "somebody-else"}, UNSUPPORTED),
    ({"aud": None}, "Invalid login token. Missing a required claim: aud"),
    ({"sub": None}, "Invalid login token. Missing a required claim: sub"),
    ({"exp": None}, "Invalid login token. Missing a required claim: exp"),
    ({"iss": "https://accounts.google.com"}, "Invalid login token. Issuer doesn't match providerName."),
    ({"nbf": int(time.time()) + 3600}, "Invalid login token. Token is not valid yet."),
])  # fmt: skip
def test_what_a_token_must_say(made, issuer, claims, message):
    with refused("NotAuthorizedException", message):
        made.get_id({issuer.name: issuer.token(**claims)})


def test_an_expired_token_is_told_so(made, issuer):
    with refused("NotAuthorizedException") as caught:
        made.get_id({issuer.name: issuer.token(exp=int(time.time()) - 1)})
    assert "Token expired" in caught.value.response["Error"]["Message"]


def test_a_token_must_be_signed_by_a_published_key(made, issuer):
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = Issuer.jwk("one", issuer.keys["one"])["n"]
    head, body, signature = issuer.token().split(".")
    unsigned = jwt.encode({"iss": issuer.url, "sub": "ann", "aud": "app", "exp": 2**31}, None, algorithm="none")
    for forged in (
        issuer.token(key=stranger),
        issuer.token(kid="unknown", key=stranger),
        # A public key is no shared secret.
        issuer.token(key=public, algorithm="HS256"),
        f"{head}.{body}.{signature[::-1]}",
        unsigned,
    ):
        with refused("NotAuthorizedException"):
            made.get_id({issuer.name: forged})


def test_an_issuer_that_says_it_is_another_is_not_believed(made, issuer):
    issuer.claimed = "https://accounts.google.com"
    with refused("ExternalServiceException"):
        made.get_id({issuer.name: issuer.token(iss=issuer.claimed)})


def test_an_issuer_that_is_not_listed_is_not_asked(issuer, make_identities):  # noqa: F811
    made = make_identities()
    with refused("NotAuthorizedException", UNSUPPORTED):
        made.get_id({issuer.name: issuer.token()})
    assert issuer.asked == []


def test_logins_of_two_providers_are_one_identity(issuer, make_app, make_identities):  # noqa: F811
    made = make_identities(make_app(), OpenIdConnectProviderARNs=[issuer.arn])
    pool = made.logins(made.app.user())
    both = pool | {issuer.name: issuer.token()}
    one = made.get_id(both)
    assert made.get_id(pool) == made.get_id({issuer.name: issuer.token()}) == one
    assert made.describe(one)["Logins"] == sorted([issuer.name, made.provider])
    # Somebody who has an identity cannot be linked to another's.
    other = made.get_id({issuer.name: issuer.token("bob")})
    assert other != one
    with refused("ResourceConflictException"):
        made.get_id(pool | {issuer.name: issuer.token("bob")})
    with refused("ResourceConflictException"):
        made.get_id(made.logins(made.app.user()) | {issuer.name: issuer.token("ann")})
    # What is unlinked is somebody new, and the identity goes on with the login that is left.
    made.anonymous.unlink_identity(IdentityId=one, Logins=both, LoginsToRemove=[issuer.name])
    assert made.get_id(pool) == one
    assert made.get_id({issuer.name: issuer.token()}) not in (one, other)


def test_an_issuer_s_users_get_the_roles_of_its_claims(made, issuer, make_role):  # noqa: F811
    usual, chief = make_role(made), make_role(made)
    rule = {"Claim": "groups", "MatchType": "Equals", "Value": "chiefs", "RoleARN": chief}
    made.roles(usual, RoleMappings={
        issuer.arn: {
            "Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole",
            "RulesConfiguration": {"Rules": [rule]},
        }
    })  # fmt: skip

    def role(**claims):
        logins = {issuer.name: issuer.token(**claims)}
        credentials = made.credentials(made.get_id(logins), logins)
        return with_credentials("sts", credentials).get_caller_identity()["Arn"].split("/")[1]

    assert role(groups=["staff", "chiefs"]) == chief.split("/")[1]
    assert role(groups=["staff"]) == usual.split("/")[1]
