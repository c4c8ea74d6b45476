"""Forgeries: tokens that were never issued here, and the right thing in the wrong place."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pycognito.aws_srp import N_HEX
from support import PASSWORD, TEMPORARY, claims, header, make_app, refusal, refused

INVALID_TOKEN = "Invalid Access Token"
INVALID_SESSION = "Invalid session for the user."


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def published(http, app, token):
    """The public key that a token names, as anyone can fetch it."""
    keys = http("GET", f"/{app.pool_id}/.well-known/jwks.json").json["keys"]
    [key] = [key for key in keys if key["kid"] == header(token)["kid"]]
    return key


@pytest.fixture
def signed_in(make_app):
    app = make_app()
    return app, app.tokens(app.user("ann"))["AccessToken"]


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_without_a_signature(signed_in, algorithm):
    app, token = signed_in
    head = part(header(token) | {"alg": algorithm})
    body = token.split(".")[1]
    for forged in (f"{head}.{body}.", f"{head}.{body}.{token.split('.')[2]}", f"{head}.{body}"):
        with refused("NotAuthorizedException", INVALID_TOKEN):
            app.me(forged)


def test_a_token_signed_with_the_public_key_as_a_secret(signed_in, http):
    """HS256 with what everybody knows: for a verifier that lets the token choose the algorithm."""
    app, token = signed_in
    key = published(http, app, token)
    public = jwt.PyJWK(key).key
    secrets = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        base64.urlsafe_b64decode(key["n"] + "=="),
        key["n"].encode(),
    ]
    signing_input = f"{part(header(token) | {'alg': 'HS256'})}.{part(claims(token))}"
    for secret in secrets:
        mac = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        forged = f"{signing_input}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        with refused("NotAuthorizedException", INVALID_TOKEN):
            app.me(forged)


def test_a_token_that_brings_its_own_key(signed_in, endpoint):
    app, token = signed_in
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    kid = header(token)["kid"]
    for extra in (
        {"kid": kid},
        {"kid": "mine"},
        {"kid": "mine", "jwk": jwk | {"kid": "mine"}},
        {"kid": kid, "jwk": jwk},
        {"kid": kid, "jku": f"{endpoint}/nothing"},
        {"kid": "../../dev/null"},
    ):
        forged = jwt.encode(claims(token), private, algorithm="RS256", headers=extra)
        with refused("NotAuthorizedException", INVALID_TOKEN):
            app.me(forged)


@pytest.mark.parametrize(
    "change",
    [
        {"username": "bob"},
        {"exp": 9999999999},
        {"scope": "aws.cognito.signin.user.admin admin"},
        {"iss": "https://evil.example.com/us-east-1_Gatehouse"},
        {"iss": ""},
        {"iss": 7},
    ],
    ids=json.dumps,
)
def test_a_token_whose_claims_were_changed(signed_in, change):
    app, token = signed_in
    app.user("bob")
    head, _, signature = token.split(".")
    with refused("NotAuthorizedException", INVALID_TOKEN):
        app.me(f"{head}.{part(claims(token) | change)}.{signature}")


def test_a_token_of_another_pool(make_app):
    """The same user name in two pools is two users; neither pool believes the other's signature."""
    here, there = make_app(), make_app()
    for app in (here, there):
        app.user("ann")
    mine, other = here.tokens("ann")["AccessToken"], there.tokens("ann")["AccessToken"]
    # Each token leads to its own pool, whatever client is called.
    assert here.me(mine)["UserAttributes"] != here.me(other)["UserAttributes"]
    theirs = claims(other) | {"iss": claims(mine)["iss"], "sub": claims(mine)["sub"]}
    for head in (header(other), header(mine)):
        with refused("NotAuthorizedException", INVALID_TOKEN):
            here.me(f"{part(head)}.{part(theirs)}.{other.split('.')[2]}")
    refresh = there.tokens("ann")["RefreshToken"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        here.refresh(refresh)
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        here.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=refresh)


def test_an_id_token_is_no_access_token(signed_in):
    app, _ = signed_in
    identity = app.tokens("ann")["IdToken"]
    for operation in (app.anonymous.get_user, app.anonymous.global_sign_out):
        with refused("NotAuthorizedException", INVALID_TOKEN):
            operation(AccessToken=identity)


def test_a_session_in_the_wrong_place(make_app, make_client):
    """A session is its user's, its client's and its pool's, and nobody else's."""
    app, elsewhere = make_app(), make_app()
    neighbour = app.beside(make_client(app.pool))
    ann, bob = app.invited("ann"), app.invited("bob")
    elsewhere.invited("ann")
    session = app.password_auth(ann, TEMPORARY)["Session"]
    answers = {"NEW_PASSWORD": PASSWORD}
    for at, name in ((app, bob), (neighbour, ann), (elsewhere, ann)):
        with refused("NotAuthorizedException", INVALID_SESSION):
            at.respond("NEW_PASSWORD_REQUIRED", session, USERNAME=name, **answers)
    for broken in (session[:-4] + "AAAA", "A" * 100):
        with refused("NotAuthorizedException", INVALID_SESSION):
            app.respond("NEW_PASSWORD_REQUIRED", broken, USERNAME=ann, **answers)
    for name in (ann, bob):
        assert app.get(name)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert app.respond("NEW_PASSWORD_REQUIRED", session, USERNAME=ann, **answers)["AuthenticationResult"]


def test_a_proof_of_srp_in_the_wrong_place(make_app, make_client):
    app, elsewhere = make_app(), make_app()
    neighbour = app.beside(make_client(app.pool))
    for name in ("ann", "bob"):
        app.user(name)
    elsewhere.user("ann")
    _, answers = app.srp_begun("ann")
    signed_in = {}
    for at in (neighbour, elsewhere):
        with refused("NotAuthorizedException", INVALID_SESSION):
            at.respond("PASSWORD_VERIFIER", **answers)
    # Bob's proof is Bob's, though he answers Ann's challenge with it.
    _, bobs = app.srp_begun("bob")
    mixed = answers | {"PASSWORD_CLAIM_SIGNATURE": bobs["PASSWORD_CLAIM_SIGNATURE"]}
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.respond("PASSWORD_VERIFIER", **mixed)
    # Ann's own proof signs nobody but Ann in, whatever name is written beside it.
    told = refusal(lambda: signed_in.update(app.respond("PASSWORD_VERIFIER", **answers | {"USERNAME": "bob"})))
    assert told or claims(signed_in["AuthenticationResult"]["AccessToken"])["username"] == "ann"


def test_a_public_value_of_srp_that_would_make_the_key_known(make_app):
    """A ≡ 0 mod N makes the shared key 0 for everyone (RFC 5054 section 2.5.4)."""
    app = make_app()
    name = app.user()
    modulus = int(N_HEX, 16)
    for public in ("0", "00", f"{modulus:x}", f"00{modulus:x}", f"{2 * modulus:x}", "not hex", "-1", "f" * 5000):
        with refused("InvalidParameterException"):
            app.initiate("USER_SRP_AUTH", USERNAME=name, SRP_A=public)


@pytest.mark.parametrize(
    "change, error",
    [
        ({"PASSWORD_CLAIM_SIGNATURE": "AAAA"}, "NotAuthorizedException"),
        ({"PASSWORD_CLAIM_SIGNATURE": "not base64!"}, "InvalidParameterException"),
        ({"TIMESTAMP": "2026-11-24T00:00:00Z"}, "InvalidParameterException"),
        ({"PASSWORD_CLAIM_SECRET_BLOCK": "AAAA"}, "NotAuthorizedException"),
    ],
    ids=str,
)
def test_answers_of_srp_that_are_none(make_app, change, error):
    app = make_app()
    _, answers = app.srp_begun(app.user())
    with refused(error):
        app.respond("PASSWORD_VERIFIER", **answers | change)
    for name in answers:
        if name != "USERNAME":
            with refused("InvalidParameterException", f"Missing required parameter {name}"):
                app.respond("PASSWORD_VERIFIER", **{key: value for key, value in answers.items() if key != name})


def test_a_proof_of_srp_from_another_time(make_app):
    """The timestamp is part of what is signed, so a proof that was stolen is of no use later."""
    app = make_app()
    name = app.user()
    srp = app.srp(name)
    parameters = srp.get_auth_params()
    challenge = app.initiate("USER_SRP_AUTH", **parameters)["ChallengeParameters"]
    original = srp.get_cognito_formatted_timestamp
    for hours in (-1, 1):
        then = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=hours)
        srp.get_cognito_formatted_timestamp = lambda _, then=then: original(then)
        with refused("NotAuthorizedException"):
            app.respond("PASSWORD_VERIFIER", **srp.process_challenge(challenge, parameters))
    answers = srp.process_challenge(challenge, parameters)
    moved = answers | {"TIMESTAMP": original(datetime.now(UTC))}
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.respond("PASSWORD_VERIFIER", **moved)
