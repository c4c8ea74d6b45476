"""SAML logins in identity pools: what leads to an identity and its roles, and what attackers make of a response."""

import base64
from copy import deepcopy
from functools import cache
from types import SimpleNamespace

import pytest
from identity_support import (  # noqa: F401
    ACCOUNT,
    ISSUER,
    ISSUER_NAME,
    anonymous_identity,
    identity,
    local_iam,
    make_identities,
    template,
    with_credentials,
)
from lxml import etree
from saml_support import NS, ROLE, Provider, encoded
from support import refusal, refused

EVIL = "eve@example.com"


@cache
def providers():
    """The provider, one that took over its name with a key of its own, and its next key; keys take a while to make."""
    return Provider(), Provider(), Provider()


@pytest.fixture
def saml(make_identities, unique):  # noqa: F811
    """An identity pool that takes logins of a SAML provider."""
    provider, impostor, rolled = providers()
    iam = local_iam("iam")
    arn = iam.create_saml_provider(
        Name=unique("corp"), SAMLMetadataDocument=provider.metadata(rolled)
    )["SAMLProviderArn"]
    pool = make_identities(SamlProviderARNs=[arn], AllowClassicFlow=True)
    assert pool.pool["SamlProviderARNs"] == [arn]

    def get_id(token):
        return pool.get_id({arn: token})

    def refused_as(token):
        """The error with which a response is refused."""
        return refusal(get_id, token)[0]

    yield SimpleNamespace(
        pool=pool, arn=arn, provider=provider, impostor=impostor, rolled=rolled, iam=iam, get_id=get_id, refusal=refused_as
    )
    iam.delete_saml_provider(SAMLProviderArn=arn)


def role(iam, pool, name, tagged=False):
    """A role that trusts an identity pool; returns its ARN."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER_NAME}"},
                "Action": ["sts:AssumeRoleWithWebIdentity"] + ["sts:TagSession"] * tagged,
                "Condition": {"StringEquals": {f"{ISSUER_NAME}:aud": pool.id}},
            }
        ],
    }
    return template.make_role(iam, name, {"AssumeRolePolicyDocument": trust, "Policies": []})


def assumed(credentials):
    """The name of the role that credentials are for."""
    return with_credentials("sts", credentials).get_caller_identity()["Arn"].split("/")[1]


def test_a_user_of_a_saml_provider_is_one_identity_and_takes_the_role_that_the_response_gives(saml, unique):
    pool, iam = saml.pool, saml.iam
    usual, staff, admin = (unique(name) for name in ("usual", "staff", "admin"))
    pool.roles(role(iam, pool, usual))
    arns = {name: role(iam, pool, name) for name in (staff, admin)}
    token = saml.provider.token("ann@example.com", {"team": ["red"]})
    ann = saml.get_id(token)
    # Both ways of signing, any certificate of the metadata, and line breaks in the base64.
    again = saml.provider.token("ann@example.com", part="response")
    assert saml.get_id("\r\n".join(again[i : i + 76] for i in range(0, len(again), 76))) == ann
    assert saml.get_id(saml.rolled.token("ann@example.com")) == ann
    assert saml.get_id(saml.provider.token("bob@example.com")) != ann
    assert pool.describe(ann)["Logins"] == [saml.arn]
    # Without a role in the response it is the pool's.
    assert assumed(pool.credentials(ann, {saml.arn: token})) == usual
    pairs = [f"{arns[staff]},{saml.arn}", f"{saml.arn},{arns[admin]}"]
    one = saml.provider.token("ann@example.com", {ROLE: pairs[:1]})
    assert assumed(pool.credentials(ann, {saml.arn: one})) == staff
    several = {saml.arn: saml.provider.token("ann@example.com", {ROLE: pairs})}
    with refused("NotAuthorizedException"):
        pool.credentials(ann, several)
    assert assumed(pool.credentials(ann, several, CustomRoleArn=arns[admin])) == admin
    with refused("NotAuthorizedException"):
        pool.credentials(ann, {saml.arn: one}, CustomRoleArn=arns[admin])
    # Another provider's role is none of ours.
    other = [f"{arns[admin]},{saml.arn}-other"]
    assert assumed(pool.credentials(ann, {saml.arn: saml.provider.token("ann@example.com", {ROLE: other})})) == usual


def test_rules_and_session_tags_read_attributes_and_the_login_can_be_linked_and_unlinked(saml, identity, unique):  # noqa: F811
    pool, iam = saml.pool, saml.iam
    admin = unique("admin")
    team = "https://schemas.example.com/team"
    rule = {"Claim": team, "MatchType": "Equals", "Value": "red", "RoleARN": role(iam, pool, admin, tagged=True)}
    rules = {"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [rule]}}
    pool.roles(rule["RoleARN"], RoleMappings={saml.arn: rules})
    tags = {"team": team}
    identity.set_principal_tag_attribute_map(
        IdentityPoolId=pool.id, IdentityProviderName=saml.arn, UseDefaults=False, PrincipalTags=tags
    )
    red = {saml.arn: saml.provider.token("ann@example.com", {team: ["red", "green"]})}
    ann = pool.get_id(red)
    assert assumed(pool.credentials(ann, red)) == admin
    with refused("NotAuthorizedException"):
        pool.credentials(ann, {saml.arn: saml.provider.token("ann@example.com", {team: ["blue"]})})
    # The basic flow has no place for the roles of a SAML provider, in Cognito either.
    with refused("InvalidParameterException"):
        pool.token(ann, red)
    # A back end links it to a user of its own; nobody but who shows it takes it away again.
    pool.update(DeveloperProviderName=unique("login"))
    developer = {pool.pool["DeveloperProviderName"]: "ann"}
    answer = identity.get_open_id_token_for_developer_identity(
        IdentityPoolId=pool.id, IdentityId=ann, Logins=developer | red
    )
    assert answer["IdentityId"] == ann
    with refused("NotAuthorizedException"):
        pool.anonymous.unlink_identity(
            IdentityId=ann, Logins={saml.arn: saml.impostor.token("ann@example.com")}, LoginsToRemove=[saml.arn]
        )
    pool.anonymous.unlink_identity(IdentityId=ann, Logins=red, LoginsToRemove=[saml.arn])
    assert saml.arn not in pool.describe(ann)["Logins"]


def test_a_response_for_this_deployment_alone_is_taken_too(saml):
    token = saml.provider.token(audience=ISSUER, recipient=ISSUER)
    assert saml.get_id(token) == saml.get_id(saml.provider.token())


def test_a_genuine_response_that_is_not_for_here_and_now_leads_nowhere(saml):
    for wrong in (
        {"audience": "https://sp.example.com"},
        {"audience": None},
        {"recipient": "https://sp.example.com/acs"},
        {"audience": ISSUER},
        {"issuer": "https://other.example.com/saml"},
        {"begins": -600, "ends": -5},
        {"begins": 300, "ends": 600},
        {"method": "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"},
        {"asked": "_request"},
        {"status": "Requester"},
        {"subject": " "},
    ):
        assert saml.refusal(saml.provider.token(**wrong)) == "NotAuthorizedException", wrong
    # Like an ID token, which applications show to GetId and to GetCredentialsForIdentity, it is good for as long as it says.
    token = saml.provider.token()
    assert saml.get_id(token) == saml.get_id(token)


def test_what_nobody_of_the_provider_signed_leads_nowhere(saml):
    provider = saml.provider
    unsigned = provider.response()
    two, pair = provider.signed(unsigned), deepcopy(unsigned)
    for response in (two, pair):
        second = deepcopy(response.find("saml:Assertion", NS))
        second.set("ID", "_second")
        response.append(second)
    changed = etree.tostring(provider.signed(unsigned)).replace(b"ann@example.com", EVIL.encode())
    stripped = provider.signed(unsigned)
    for signature in stripped.iter(f"{{{NS['ds']}}}Signature"):
        signature.find("ds:SignatureValue", NS).text = ""
    text = etree.tostring(provider.signed(unsigned))
    entity = b"<!DOCTYPE r [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;'>]>"
    for document in (
        unsigned,
        saml.impostor.signed(unsigned),
        saml.impostor.signed(unsigned, "response"),
        # The provider's own certificate inside, another key's signature.
        etree.tostring(saml.impostor.signed(unsigned)).replace(
            "".join(saml.impostor.certificate.splitlines()[1:-1]).encode(),
            "".join(provider.certificate.splitlines()[1:-1]).encode(),
        ),
        two,
        # Genuine, but which of the two would count?
        provider.signed(pair, "response"),
        changed,
        stripped,
        entity + text,
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd">' + text,
        text.replace(b"<samlp:Status>", b"<samlp:Status>" + b"<a>" * 400 + b"</a>" * 400, 1),
        text[:-20],
        b"no xml",
        etree.tostring(etree.fromstring(text).find("saml:Assertion", NS)),
    ):
        assert saml.refusal(encoded(document)) == "NotAuthorizedException", document
    for token in ("no base64!", "A" * 49_000, base64.b64encode(b"<a>" * 12_000).decode()):
        assert saml.refusal(token) == "NotAuthorizedException"
    assert saml.refusal("A" * 50_001) == "InvalidParameterException"


def test_a_comment_in_a_name_makes_nobody_of_it(saml):
    """Canonical XML leaves comments out, so the signature stays right; the name must be all of the text around them."""
    provider = saml.provider
    eve = saml.get_id(provider.token("ann@example.com.evil.example"))
    ann = saml.get_id(provider.token("ann@example.com"))
    text = etree.tostring(provider.signed(provider.response("ann@example.com.evil.example")))
    for comment in (b"<!-- -->", b"<?x y?>"):
        cut = text.replace(b"ann@example.com.evil", b"ann@example.com" + comment + b".evil")
        try:
            found = saml.get_id(encoded(cut))
        except saml.pool.anonymous.exceptions.NotAuthorizedException:
            continue
        assert found == eve != ann


def signature_of(element):
    return element.find("ds:Signature", NS)


def wrapped(provider, number, same_id):
    """A genuine response for ann, wrapped so that a careless reader finds eve (Somorovsky and others, 2012)."""
    part = "response" if number <= 2 else "assertion"
    genuine = provider.signed(provider.response("ann@example.com"), part)
    evil = deepcopy(genuine)
    evil.find(".//saml:NameID", NS).text = EVIL
    if number <= 2:
        original = deepcopy(genuine)
        signature = signature_of(original)
        original.remove(signature)
        evil.remove(signature_of(evil))
        if not same_id:
            evil.set("ID", "_evil")
        evil.insert(1, signature)
        if number == 1:
            signature.append(original)
        else:
            evil.insert(1, original)
        return evil
    assertion = evil.find("saml:Assertion", NS)
    original = deepcopy(genuine.find("saml:Assertion", NS))
    if not same_id:
        assertion.set("ID", "_evil")
    if number in (3, 4, 7):
        assertion.remove(signature_of(assertion))
    else:
        original.remove(signature_of(original))
    if number == 3:
        assertion.addnext(original)
    elif number == 4:
        assertion.append(original)
    elif number == 5:
        evil.append(original)
    elif number == 6:
        signature_of(assertion).append(original)
    elif number == 7:
        evil.replace(assertion, original)
        extensions = etree.Element(f"{{{NS['samlp']}}}Extensions")
        extensions.append(assertion)
        evil.insert(1, extensions)
    else:
        inside = etree.SubElement(signature_of(assertion), f"{{{NS['ds']}}}Object")
        inside.append(original)
    return evil


def test_no_wrapping_of_a_signature_makes_ann_somebody_else(saml):
    ann = saml.get_id(saml.provider.token("ann@example.com"))
    found = {}
    for number in range(1, 9):
        for same_id in (True, False):
            token = encoded(wrapped(saml.provider, number, same_id))
            try:
                found[number, same_id] = saml.get_id(token)
            except saml.pool.anonymous.exceptions.NotAuthorizedException:
                continue
    assert set(found.values()) <= {ann}, found
    # Of all of them only those that hide eve where nobody looks may pass, as ann.
    assert {number for number, _ in found} <= {7}, found


def test_only_providers_of_the_pool_count_and_iam_must_have_them(saml, make_identities, unique):  # noqa: F811
    other = saml.iam.create_saml_provider(Name=unique("other"), SAMLMetadataDocument=saml.provider.metadata())
    other = other["SAMLProviderArn"]
    with refused("NotAuthorizedException", "Token is not from a supported provider of this identity pool."):
        saml.pool.get_id({other: saml.provider.token()})
    with refused("InvalidParameterException"):
        make_identities(SamlProviderARNs=[f"{saml.arn}-missing"])
    pool = make_identities(SamlProviderARNs=[other])
    saml.iam.delete_saml_provider(SAMLProviderArn=other)
    with refused("NotAuthorizedException"):
        pool.get_id({other: saml.provider.token()})
    # A response is for the user of one provider: the same name of another is somebody else.
    with refused("NotAuthorizedException"):
        pool.get_id({saml.arn: saml.provider.token()})
