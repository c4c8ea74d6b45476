"""Starts MiniStack as an AWS that enforces IAM and checks web identity tokens; run by the Python of .venv-local-aws.

MiniStack with AUTH=true verifies signatures and evaluates policies, but it believes any web identity token. Here its
AssumeRoleWithWebIdentity does what AWS's does:
- the token must be signed by a key of its issuer, which must be registered in IAM, must not have expired, and must be
  for an audience of that registration;
- the token's session tags become tags of the session, if the role lets them (sts:TagSession);
- policies may use variables, `${<issuer>:sub}` and `${aws:PrincipalTag/…}` among them;
and IAM can add and remove audiences, CloudFormation register an issuer. Calls of our own functions are judged by policing.py.
It replaces private functions of MiniStack, whose version is therefore pinned.
This is our model of AWS, not AWS.
"""

import contextvars
import dataclasses
import json
import re
import urllib.request

import jwt
from ministack import app
from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_account_id
from ministack.services import iam, sts
from ministack.services.cloudformation import provisioners
from policing import PREFIX, policed

TAGS_CLAIM = "https://aws.amazon.com/tags"
ALGORITHMS = ["RS256", "ES256"]
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# What a token that was accepted gives to the session that is registered next in the same request.
_accepted = contextvars.ContextVar("accepted", default=None)


class Refused(Exception):
    """Why STS refuses: the error's name and its message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def fetch(url):
    with _OPENER.open(url, timeout=5) as response:
        return json.load(response)


def published_key(issuer, key_id):
    configuration = fetch(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if configuration["issuer"] != issuer:
        raise Refused("InvalidIdentityToken", "The issuer of the discovery document does not match.")
    for key in fetch(configuration["jwks_uri"])["keys"]:
        if key["kid"] == key_id:
            return jwt.PyJWK(key).key
    raise Refused("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider.")


def verified(token, account):
    """The claims of a web identity token, and the registration of its issuer."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        header = jwt.get_unverified_header(token)
        issuer = claims["iss"]
    except (jwt.InvalidTokenError, KeyError):
        raise Refused("InvalidIdentityToken", "The ID Token provided is not a valid JWT.") from None
    host = issuer.split("://", 1)[-1].rstrip("/")
    provider = iam._oidc_providers.get(f"arn:aws:iam::{account}:oidc-provider/{host}")
    if not provider or provider["Url"].rstrip("/").split("://", 1)[-1] != host:
        raise Refused("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}")
    try:
        key = published_key(issuer, header.get("kid"))
        jwt.decode(token, key, algorithms=ALGORITHMS, options={"verify_aud": False, "require": ["exp", "sub", "aud"]})
    except jwt.ExpiredSignatureError:
        raise Refused("ExpiredTokenException", "Token expired") from None
    except (jwt.InvalidTokenError, OSError, KeyError):
        raise Refused("InvalidIdentityToken", "Couldn't verify the token's signature.") from None
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not set(audience) & set(provider["ClientIDList"]):
        raise Refused("InvalidIdentityToken", "Incorrect token audience")
    return host, claims, provider


def session_tags(claims):
    named = (claims.get(TAGS_CLAIM) or {}).get("principal_tags") or {}
    return [
        {"Key": key, "Value": str(value[0] if isinstance(value, list) else value)} for key, value in named.items()
    ]


def may_tag(role_arn):
    role = iam._roles.get_scoped(role_arn.split(":")[4], None, role_arn.rsplit("/", 1)[-1])
    document = role["AssumeRolePolicyDocument"]
    document = json.loads(document) if isinstance(document, str) else document
    allowed = [s for s in document["Statement"] if s["Effect"] == "Allow"]
    actions = [action for s in allowed for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])]
    return bool({"sts:TagSession", "sts:*", "*"} & set(actions))


trust_denied = sts._web_identity_trust_denied


def checked_trust_denied(role_arn, params, use_json):
    """MiniStack's check of the role's trust policy, with the token's own before it."""
    account = role_arn.split(":")[4]
    try:
        host, claims, provider = verified(sts._p(params, "WebIdentityToken"), account)
        if denied := trust_denied(role_arn, params, use_json):
            return denied
        tags = session_tags(claims)
        if tags and not may_tag(role_arn):
            raise Refused("AccessDenied", "Not authorized to perform sts:TagSession")
    except Refused as refused:
        if use_json:
            return error_response_json(refused.code, refused.message, 400)
        return sts._error(400, refused.code, refused.message, ns="sts")
    policies, malformed = sts._session_policies(params, account)
    if malformed:
        return malformed
    keys = {f"{host}:{name}".lower(): claims[name] for name in ("sub", "aud", "amr") if name in claims}
    keys["aws:federatedprovider"] = provider["Arn"]
    _accepted.set({"tags": tags, "keys": keys, "policies": policies if any(policies.values()) else None})
    return None


register_session = sts.register_session


def register_tagged_session(access_key, session):
    accepted = _accepted.get()
    if accepted and session.get("PrincipalType") == "AssumedRole":
        session |= {
            "SessionTags": accepted["tags"],
            "SessionPolicies": accepted["policies"],
            "WebIdentity": accepted["keys"],
        }
        _accepted.set(None)
    return register_session(access_key, session)


principal_keys = iam_evaluator._principal_keys


def principal_and_web_keys(credential):
    session = sts._sessions.get(credential.access_key_id) or {}
    return principal_keys(credential) | session.get("WebIdentity", {})


VARIABLE = re.compile(r"\$\{([^}]*)\}")
# What no resource and no value is: in the place of a text with a variable that has no value.
NOTHING = "\0"


def expanded(text, context):
    def value(match):
        name, _, default = match.group(1).strip().partition(",")
        if name in ("*", "?", "$"):
            return {"*": "[*]", "?": "[?]", "$": "$"}[name]
        found = iam_evaluator._resolve_condition_key(name.strip(), context)
        if found is None or isinstance(found, list):
            found = default.strip().strip("'") or NOTHING
        return str(found)

    return VARIABLE.sub(value, text) if isinstance(text, str) else text


def first_match(context, statements, effect):
    """MiniStack's, for statements whose variables have their values."""
    for statement in statements:
        if statement.effect != effect:
            continue
        each = lambda values: [expanded(value, context) for value in values]  # noqa: E731
        filled = dataclasses.replace(
            statement,
            resources=each(statement.resources),
            not_resources=each(statement.not_resources),
            conditions={
                operator: {key: each(value if isinstance(value, list) else [value]) for key, value in keys.items()}
                for operator, keys in statement.conditions.items()
            },
        )
        if (
            iam_evaluator._action_matches(context.action, filled.actions, filled.not_actions)
            and iam_evaluator._resource_matches(context.resource_arn, filled.resources, filled.not_resources)
            and iam_evaluator._conditions_met(filled.conditions, context)
        ):
            return statement
    return None


enforce = iam_evaluator.enforce


def enforce_on_others(access_key_id, *arguments, **more):
    """MiniStack's, for callers that are no functions."""
    if access_key_id.startswith(PREFIX):
        return None
    return enforce(access_key_id, *arguments, **more)


def change_audiences(name, change):
    """An operation of IAM that MiniStack lacks."""

    def operation(params):
        arn = iam._p(params, "OpenIDConnectProviderArn")
        provider = iam._oidc_providers.get(arn)
        if not provider:
            return iam._error(404, "NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", ns="iam")
        change(provider["ClientIDList"], iam._p(params, "ClientID"))
        return iam._xml(200, f"{name}Response", "", ns="iam")

    return operation


def add_audience(audiences, audience):
    if audience not in audiences:
        audiences.append(audience)


def remove_audience(audiences, audience):
    if audience in audiences:
        audiences.remove(audience)


def create_provider(_, properties, __):
    """CloudFormation's AWS::IAM::OIDCProvider, which MiniStack lacks: a registration, known by its ARN."""
    url = properties["Url"]
    arn = f"arn:aws:iam::{get_account_id()}:oidc-provider/{url.split('://', 1)[1]}"
    iam._oidc_providers[arn] = {
        "Url": url,
        "ClientIDList": list(properties.get("ClientIdList", [])),
        "ThumbprintList": list(properties.get("ThumbprintList", [])),
        "Arn": arn,
        "CreateDate": iam._now(),
        "Tags": [],
    }
    return arn, {"Arn": arn}


def delete_provider(arn, _):
    iam._oidc_providers.pop(arn, None)


def know_oidc_providers():
    """CloudFormation learns AWS::IAM::OIDCProvider."""
    provisioners._RESOURCE_HANDLERS["AWS::IAM::OIDCProvider"] = {"create": create_provider, "delete": delete_provider}


def put_right():
    know_oidc_providers()
    sts._web_identity_trust_denied = checked_trust_denied
    sts.register_session = register_tagged_session
    iam_evaluator._principal_keys = principal_and_web_keys
    iam_evaluator._first_match = first_match
    iam_evaluator.enforce = enforce_on_others
    for name, change in (("Add", add_audience), ("Remove", remove_audience)):
        name += "ClientID" + ("To" if name == "Add" else "From") + "OpenIDConnectProvider"
        iam._IAM_HANDLERS[name] = change_audiences(name, change)


if __name__ == "__main__":
    put_right()
    app.app = policed(app.app)
    app.main()
