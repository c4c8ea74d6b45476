"""How a pool signs: RSA or ECDSA, by KMS or by the function with a key that KMS wraps."""

import base64
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key
from support import claims, header, local_aws, make_app, refused, table

ALGORITHM = "gatehouse:signing-algorithm"
SIGNER = "gatehouse:signer"
WAYS = {
    "ES256": {ALGORITHM: "ES256"},
    "ES256 in the function": {ALGORITHM: "ES256", SIGNER: "KMS_DATA_KEY_PAIR"},
    "RS256 in the function": {SIGNER: "KMS_DATA_KEY_PAIR"},
}
VERIFY = """
import { JwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { jwksFetcher } from "./endpoints.mjs";
const [issuer, audience, ...tokens] = process.argv.slice(1).filter((argument) => argument !== "--");
const verifier = JwtVerifier.create(
  { issuer, audience: null, jwksUri: `${issuer}/.well-known/jwks.json` },
  { jwksCache: new SimpleJwksCache({ fetcher: jwksFetcher }) },
);
const subs = [];
for (const token of tokens) subs.push((await verifier.verify(token)).sub);
console.log(JSON.stringify(subs));
"""


@pytest.fixture(params=sorted(WAYS))
def way(request):
    """The tags that choose a way to sign."""
    return WAYS[request.param]


def by_hmac(secret, kid, said):
    """A token that takes a public key for a secret, which PyJWT would not make."""
    parts = [{"alg": "HS256", "kid": kid}, said]
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    signature = hmac.digest(secret, b".".join(parts), "sha256")
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def keys_of(http, app):
    return {key["kid"]: key for key in http("GET", f"/{app.pool_id}/.well-known/jwks.json").json["keys"]}


def test_tokens_of_every_kind_verify_with_libraries(make_app, http, node, way):
    app = make_app(pool={"UserPoolTags": way})
    algorithm = way.get(ALGORITHM, "RS256")
    name = app.user()
    tokens = app.srp_auth(name)
    renewed = app.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])["AuthenticationResult"]
    published = keys_of(http, app)
    assert len(published) == 2
    issued = [tokens["IdToken"], tokens["AccessToken"], renewed["IdToken"], renewed["AccessToken"]]
    for token in issued:
        assert header(token) == {"kid": header(token)["kid"], "alg": algorithm}
        key = jwt.PyJWK(published[header(token)["kid"]])
        assert key.algorithm_name == algorithm
        checked = jwt.decode(token, key, algorithms=[algorithm], options={"verify_aud": False})
        assert checked == claims(token)
    assert header(tokens["IdToken"])["kid"] != header(tokens["AccessToken"])["kid"]
    subs = node(VERIFY, claims(tokens["IdToken"])["iss"], app.client_id, *issued)
    assert subs == [claims(token)["sub"] for token in issued]
    # Our own endpoints believe them as well.
    assert app.me(renewed["AccessToken"])["Username"] == name

    found = http("GET", f"/{app.pool_id}/.well-known/openid-configuration").json
    assert found["id_token_signing_alg_values_supported"] == [algorithm]
    for key in published.values():
        assert (key["alg"], key["use"]) == (algorithm, "sig")
        if algorithm == "ES256":
            assert set(key) == {"kty", "crv", "alg", "use", "kid", "x", "y"}
            assert (key["kty"], key["crv"]) == ("EC", "P-256")


def test_a_forged_token_of_another_kind_is_refused(make_app, http):
    """The key decides the algorithm, never the token."""
    app = make_app(pool={"UserPoolTags": {ALGORITHM: "ES256"}})
    token = app.tokens(app.user())["AccessToken"]
    kid = header(token)["kid"]
    public = jwt.PyJWK(keys_of(http, app)[kid]).key
    other = ec.generate_private_key(ec.SECP256R1())
    forged = [
        jwt.encode(claims(token), other, algorithm="ES256", headers={"kid": kid}),
        token.rsplit(".", 1)[0] + "." + "A" * 86,
        token.rsplit(".", 1)[0] + ".",
        token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB"),
    ]
    secret = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    forged.append(by_hmac(secret, kid, claims(token)))
    for text in forged:
        with refused("NotAuthorizedException", "Invalid Access Token"):
            app.me(text)
    assert app.me(token)


def test_keys_are_where_the_pool_says(make_app):
    kms = local_aws("kms")
    app = make_app(pool={"UserPoolTags": {ALGORITHM: "ES256"}})
    for usage in ("id", "access"):
        key = kms.describe_key(KeyId=f"alias/gatehouse/{app.pool_id}/{usage}")["KeyMetadata"]
        assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    app = make_app(pool={"UserPoolTags": {SIGNER: "KMS_DATA_KEY_PAIR"}})
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId=f"alias/gatehouse/{app.pool_id}/id")


def test_a_wrapped_key_is_no_key_to_who_reads_the_table(make_app, table):
    app = make_app(pool={"UserPoolTags": {SIGNER: "KMS_DATA_KEY_PAIR"}})
    stored = table.get_item(Key={"PK": f"POOL#{app.pool_id}", "SK": "CONFIG"})["Item"]["signing_keys"]
    assert stored["mode"] == "KMS_DATA_KEY_PAIR"
    for version in stored["id"] + stored["access"]:
        assert "kms_key_id" not in version and version["wrapped"]
        with pytest.raises(ValueError):
            load_der_private_key(base64.b64decode(version["wrapped"]), None)


def test_how_a_pool_signs_is_chosen_once(make_app, make_pool, cognito):
    for tags in ({ALGORITHM: "HS256"}, {ALGORITHM: "none"}, {ALGORITHM: ""}, {SIGNER: "LOCAL"}):
        with refused("InvalidParameterException"):
            make_pool(UserPoolTags=tags)
    pool = make_pool(UserPoolTags={ALGORITHM: "ES256"})
    for name in (ALGORITHM, SIGNER):
        message = f"Tag {name} is fixed when the pool is created."
        with refused("InvalidParameterException", message):
            cognito.tag_resource(ResourceArn=pool["Arn"], Tags={name: "RS256" if name == ALGORITHM else "KMS"})
    with refused("InvalidParameterException"):
        cognito.untag_resource(ResourceArn=pool["Arn"], TagKeys=[ALGORITHM])
    with refused("InvalidParameterException"):
        cognito.update_user_pool(UserPoolId=pool["Id"], UserPoolTags={"team": "blue"})
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"team": "blue"})
    # What is there by default may be said aloud.
    plain = make_pool(UserPoolTags={ALGORITHM: "RS256", SIGNER: "KMS"})
    assert plain["UserPoolTags"] == {ALGORITHM: "RS256", SIGNER: "KMS"}
