"""The files of events/ that are about identity pools; see test_events.py."""

import os

import pytest
from event_support import POOL, covers, load, send, signed_in, with_body  # noqa: F401

IDENTITY_POOL = "us-east-1:9a7e4005-e000-4000-8000-000000000001"
ISSUER = f"{os.environ.get('GATEHOUSE_ISSUER_BASE', '')}/identity-pools"


def logins(signed_in):  # noqa: F811
    """The stack's own name for the demo pool, and a token of it, in the place of those of the files."""
    return {f"{ISSUER.split('://', 1)[1].rsplit('/', 1)[0]}/{POOL}": signed_in["IdToken"]}


def given(name, **members):
    return send(name, with_body(load(name), **members))


@pytest.fixture
def known(signed_in):  # noqa: F811
    """An identity of a user who is signed in, and the user's logins."""
    answer = given("get-id/basic", Logins=logins(signed_in))
    assert answer.status == 200
    return answer.body["IdentityId"], logins(signed_in)


@covers("get-id/guest")
def test_get_id_gives_each_guest_an_id():
    one, other = send("get-id/guest"), send("get-id/guest")
    assert one.status == other.status == 200
    assert one.body["IdentityId"] != other.body["IdentityId"]


@covers("get-id/basic")
def test_get_id_knows_a_user_again(known):
    identity, shown = known
    assert send("get-id/basic").error == (400, "NotAuthorizedException")
    assert given("get-id/basic", Logins=shown).body["IdentityId"] == identity


@covers("credentials/basic")
def test_credentials_are_for_an_identity_and_whoever_proves_it(known):
    identity, shown = known
    assert send("credentials/basic").error == (400, "ResourceNotFoundException")
    assert given("credentials/basic", IdentityId=identity).error == (400, "NotAuthorizedException")
    answer = given("credentials/basic", IdentityId=identity, Logins=shown)
    assert answer.status == 200
    assert set(answer.body["Credentials"]) == {"AccessKeyId", "SecretKey", "SessionToken", "Expiration"}


@covers("open-id-token/basic")
def test_the_demo_identity_pool_has_no_basic_flow(known):
    identity, shown = known
    assert send("open-id-token/basic").error == (400, "ResourceNotFoundException")
    answer = given("open-id-token/basic", IdentityId=identity, Logins=shown)
    assert answer.error == (400, "InvalidParameterException")


@covers("unlink-identity/basic")
def test_unlinking_makes_the_user_somebody_new(known):
    identity, shown = known
    assert send("unlink-identity/basic").error == (400, "ResourceNotFoundException")
    answer = given("unlink-identity/basic", IdentityId=identity, Logins=shown, LoginsToRemove=list(shown))
    assert answer.status == 200
    assert given("get-id/basic", Logins=shown).body["IdentityId"] != identity


@covers("identities/basic")
def test_list_identities_lists_those_of_the_demo_pool(known):
    answer = send("identities/basic")
    assert answer.status == 200 and answer.body["IdentityPoolId"] == IDENTITY_POOL
    assert 1 <= len(answer.body["Identities"]) <= 10


@covers("developer-identities/basic")
def test_the_demo_identity_pool_has_no_developer_provider():
    assert send("developer-identities/basic").error == (400, "InvalidParameterException")


@covers("identity-pools/basic")
def test_describe_identity_pool_shows_the_demo_pool():
    answer = send("identity-pools/basic")
    assert answer.status == 200
    assert answer.body["IdentityPoolId"] == IDENTITY_POOL
    assert answer.body["AllowUnauthenticatedIdentities"] is True


@covers("identity-pools/list")
def test_list_identity_pools_lists_pools():
    answer = send("identity-pools/list")
    assert answer.status == 200
    assert answer.body["IdentityPools"]


@covers("identity-pool-roles/basic")
def test_the_demo_identity_pool_has_both_roles():
    answer = send("identity-pool-roles/basic")
    assert set(answer.body["Roles"]) == {"authenticated", "unauthenticated"}


@covers("identity-pool-tags/basic")
def test_the_demo_identity_pool_has_no_tags():
    answer = send("identity-pool-tags/basic")
    assert (answer.status, answer.body["Tags"]) == (200, {})


@covers("oidc-discovery/identity-pools")
def test_the_issuer_of_identity_pools_says_who_it_is():
    answer = send("oidc-discovery/identity-pools")
    assert answer.status == 200
    assert answer.body["issuer"] == ISSUER
    assert answer.body["jwks_uri"] == f"{ISSUER}/.well-known/jwks.json"
