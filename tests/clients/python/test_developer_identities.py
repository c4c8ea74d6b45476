"""Users whom a developer's own back end vouches for."""

import time

import pytest
from identity_support import anonymous_identity, identity, make_identities  # noqa: F401
from support import claims, make_app, refused  # noqa: F401

MINE = "login.mine"


@pytest.fixture
def made(make_app, make_identities):  # noqa: F811
    return make_identities(make_app(), DeveloperProviderName=MINE)


def vouch(made, user, identity=None, logins=None, **more):  # noqa: F811
    more |= {"IdentityId": identity} if identity else {}
    return made.identity.get_open_id_token_for_developer_identity(
        IdentityPoolId=made.id, Logins={MINE: user} | (logins or {}), **more
    )


def lookup(made, **request):
    return made.identity.lookup_developer_identity(IdentityPoolId=made.id, **request)


def test_get_open_id_token_for_developer_identity(made):
    ann = vouch(made, "ann")
    assert vouch(made, "ann")["IdentityId"] == ann["IdentityId"] != vouch(made, "bob")["IdentityId"]
    said = claims(ann["Token"])
    assert said["sub"] == ann["IdentityId"] and said["aud"] == made.id
    assert said["amr"] == ["authenticated", MINE, f"{MINE}:{made.id}:ann"]
    assert 890 <= said["exp"] - time.time() <= 901
    tagged = claims(vouch(made, "ann", PrincipalTags={"team": "red"}, TokenDuration=60)["Token"])
    assert tagged["https://aws.amazon.com/tags"]["principal_tags"] == {"team": ["red"]}
    assert tagged["exp"] - tagged["iat"] == 60


def test_a_developer_links_a_user_to_a_known_identity(made):
    logins = made.logins(made.app.user())
    known = made.get_id(logins)
    # By the public login that the user shows beside, or by the identity's id.
    assert vouch(made, "ann", logins=logins)["IdentityId"] == known
    assert vouch(made, "anna", identity=known)["IdentityId"] == known
    assert sorted(lookup(made, IdentityId=known)["DeveloperUserIdentifierList"]) == ["ann", "anna"]
    assert set(made.describe(known)["Logins"]) == {MINE, made.provider}
    vouch(made, "bob")
    with refused("DeveloperUserAlreadyRegisteredException"):
        vouch(made, "bob", identity=known)


def test_only_a_developer_of_this_pool_vouches(made, anonymous_identity, make_identities):  # noqa: F811
    with refused("MissingAuthenticationTokenException"):
        anonymous_identity.get_open_id_token_for_developer_identity(IdentityPoolId=made.id, Logins={MINE: "ann"})
    for wrong in ({"login.other": "ann"}, made.logins(made.app.user())):
        with refused("InvalidParameterException"):
            made.identity.get_open_id_token_for_developer_identity(IdentityPoolId=made.id, Logins=wrong)
    other = make_identities(DeveloperProviderName=MINE)
    elsewhere = vouch(other, "ann")["IdentityId"]
    with refused("ResourceNotFoundException"):
        vouch(made, "ann", identity=elsewhere)
    assert vouch(made, "ann")["IdentityId"] != elsewhere


def test_lookup_developer_identity(made):
    one = vouch(made, "ann")["IdentityId"]
    for name in ("ann-2", "ann-3"):
        vouch(made, name, identity=one)
    assert lookup(made, DeveloperUserIdentifier="ann-2")["IdentityId"] == one
    both = lookup(made, IdentityId=one, DeveloperUserIdentifier="ann")
    assert both["DeveloperUserIdentifierList"] == ["ann", "ann-2", "ann-3"]
    page = lookup(made, IdentityId=one, MaxResults=2)
    assert page["DeveloperUserIdentifierList"] == ["ann", "ann-2"]
    rest = lookup(made, IdentityId=one, MaxResults=2, NextToken=page["NextToken"])
    assert rest["DeveloperUserIdentifierList"] == ["ann-3"] and "NextToken" not in rest
    other = vouch(made, "bob")["IdentityId"]
    with refused("ResourceConflictException"):
        lookup(made, IdentityId=other, DeveloperUserIdentifier="ann")
    with refused("ResourceNotFoundException"):
        lookup(made, DeveloperUserIdentifier="nobody")
    with refused("InvalidParameterException"):
        lookup(made)


def merge(made, source, destination):
    return made.identity.merge_developer_identities(
        IdentityPoolId=made.id,
        DeveloperProviderName=MINE,
        SourceUserIdentifier=source,
        DestinationUserIdentifier=destination,
    )["IdentityId"]


def test_merge_developer_identities(made):
    logins = made.logins(made.app.user())
    source = vouch(made, "old", logins=logins)["IdentityId"]
    destination = vouch(made, "new")["IdentityId"]
    assert merge(made, "old", "new") == destination
    # Again is no error, and every login of both leads to the one that is left.
    assert merge(made, "old", "new") == destination
    assert made.get_id(logins) == vouch(made, "old")["IdentityId"] == destination
    with refused("ResourceNotFoundException"):
        made.describe(source)
    with refused("ResourceNotFoundException"):
        merge(made, "nobody", "new")


def test_two_users_of_one_public_provider_are_not_merged(made):
    for name in ("one", "two"):
        vouch(made, name, logins=made.logins(made.app.user()))
    with refused("ResourceConflictException"):
        merge(made, "one", "two")
    assert vouch(made, "one")["IdentityId"] != vouch(made, "two")["IdentityId"]


def test_unlink_developer_identity(made):
    one = vouch(made, "ann")["IdentityId"]
    vouch(made, "anna", identity=one)
    request = {"IdentityPoolId": made.id, "IdentityId": one, "DeveloperProviderName": MINE}
    made.identity.unlink_developer_identity(**request, DeveloperUserIdentifier="ann")
    assert lookup(made, IdentityId=one)["DeveloperUserIdentifierList"] == ["anna"]
    assert vouch(made, "ann")["IdentityId"] != one
    with refused("ResourceNotFoundException"):
        made.identity.unlink_developer_identity(**request, DeveloperUserIdentifier="ann")
    with refused("InvalidParameterException"):
        made.identity.unlink_developer_identity(
            **request | {"DeveloperProviderName": "login.other"}, DeveloperUserIdentifier="anna"
        )
    # The last one leaves an identity that nobody reaches.
    made.identity.unlink_developer_identity(**request, DeveloperUserIdentifier="anna")
    with refused("NotAuthorizedException"):
        vouch(made, "anna", identity=one)
