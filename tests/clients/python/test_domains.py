"""Domains of pools: a prefix and a host name of one's own, and what is served there."""

from urllib.parse import urlsplit

import pytest
from browser import OAUTH, Browser, Relying
from support import PASSWORD, at_once, make_app, refused, unchecked

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
CUSTOM = {"CustomDomainConfig": {"CertificateArn": CERTIFICATE}}


@pytest.fixture
def make_domain(cognito):
    """A function: gives an app's pool a domain, which goes before the pool does."""
    made = []

    def make(app, name, **more):
        answer = cognito.create_user_pool_domain(UserPoolId=app.pool_id, Domain=name, **more)
        made.append((app.pool_id, name))
        return answer

    yield make
    for pool, name in made:
        try:
            cognito.delete_user_pool_domain(UserPoolId=pool, Domain=name)
        except cognito.exceptions.ResourceNotFoundException:
            pass


@pytest.fixture
def make_app_with_domains(make_app, make_domain):
    """Pools are deleted after their domains, since this fixture asks for both in this order."""
    return make_app


def test_create_user_pool_domain(make_app_with_domains, make_domain, cognito, unique):
    app, other = make_app_with_domains(), make_app_with_domains()
    name = unique("shop")
    answer = make_domain(app, name)
    assert answer["ManagedLoginVersion"] == 1 and "CloudFrontDomain" not in answer
    with refused("InvalidParameterException", "Domain already associated with another user pool."):
        make_domain(other, name)
    with refused("InvalidParameterException"):
        make_domain(app, unique("second"))
    custom = f"login.{unique('shop')}.example.com"
    assert make_domain(app, custom, **CUSTOM, ManagedLoginVersion=2)["CloudFrontDomain"]
    pool = cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]
    assert (pool["Domain"], pool["CustomDomain"]) == (name, custom)


@pytest.mark.parametrize(
    "settings",
    [
        {"Domain": "two words"},
        {"Domain": "UPPER"},
        {"Domain": "-dash"},
        {"Domain": "my-cognito-app"},
        {"Domain": "a..b.example.com"} | CUSTOM,
        {"Domain": "login.example.com"},
        {"Domain": "prefix"} | CUSTOM,
        {"Domain": "prefix", "ManagedLoginVersion": 3},
        {"Domain": "prefix", "Routing": {}},
    ],
    ids=lambda settings: settings["Domain"],
)
def test_domains_that_cannot_be(make_app_with_domains, unchecked, settings):
    app = make_app_with_domains()
    with refused("InvalidParameterException"):
        unchecked.create_user_pool_domain(UserPoolId=app.pool_id, **settings)


def test_of_pools_that_want_a_domain_at_once_one_gets_it(make_app_with_domains, make_domain, unique):
    apps, name = [make_app_with_domains() for _ in range(3)], unique("race")
    answers = at_once(*[lambda app=app: make_domain(app, name) for app in apps])
    assert answers.count(None) == 1


def test_describe_user_pool_domain(make_app_with_domains, make_domain, cognito, unique):
    app, name = make_app_with_domains(), f"login.{unique('shop')}.example.com"
    make_domain(app, name, **CUSTOM)
    found = cognito.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert (found["Domain"], found["UserPoolId"], found["Status"]) == (name, app.pool_id, "ACTIVE")
    assert found["CustomDomainConfig"]["CertificateArn"] == CERTIFICATE
    assert cognito.describe_user_pool_domain(Domain=unique("nothing"))["DomainDescription"] == {}


def test_update_user_pool_domain(make_app_with_domains, make_domain, cognito, unique):
    app, name = make_app_with_domains(), f"login.{unique('shop')}.example.com"
    make_domain(app, name, **CUSTOM)
    changed = CERTIFICATE.replace("1111", "9999")
    cognito.update_user_pool_domain(
        UserPoolId=app.pool_id, Domain=name, CustomDomainConfig={"CertificateArn": changed}, ManagedLoginVersion=2
    )
    found = cognito.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert (found["CustomDomainConfig"]["CertificateArn"], found["ManagedLoginVersion"]) == (changed, 2)
    with refused("ResourceNotFoundException"):
        cognito.update_user_pool_domain(UserPoolId=make_app_with_domains().pool_id, Domain=name)


def test_delete_user_pool_domain(make_app_with_domains, make_domain, cognito, unique):
    app, other, name = make_app_with_domains(), make_app_with_domains(), unique("shop")
    make_domain(app, name)
    with refused("ResourceNotFoundException"):
        cognito.delete_user_pool_domain(UserPoolId=other.pool_id, Domain=name)
    with refused("InvalidParameterException"):
        cognito.delete_user_pool(UserPoolId=app.pool_id)
    cognito.delete_user_pool_domain(UserPoolId=app.pool_id, Domain=name)
    assert cognito.describe_user_pool_domain(Domain=name)["DomainDescription"] == {}
    assert "Domain" not in cognito.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]
    make_domain(other, name)


def test_a_domain_serves_the_clients_of_its_pool_and_no_others(make_app_with_domains, make_domain, endpoint, unique):
    base = urlsplit(endpoint).netloc
    for name, host, more in (
        (unique("shop"), "{}." + base, {}),
        (f"login.{unique('shop')}.example.com", "{}", CUSTOM),
    ):
        app, stranger = make_app_with_domains(**OAUTH), make_app_with_domains(**OAUTH)
        make_domain(app, name, **more)
        browser = Browser(endpoint, headers={"Host": host.format(name)})
        relying = Relying(app, browser)
        page = relying.sign_in(app.user(), PASSWORD)
        assert page.status == 303 and page.answer["code"]
        refused_page = Relying(stranger, browser).authorize()
        assert refused_page.status == 400 and refused_page.location is None
        # An unknown host serves all.
        unknown = Browser(endpoint, headers={"Host": f"{unique('nobody')}.{base}"})
        assert Relying(stranger, unknown).authorize().status == 303
