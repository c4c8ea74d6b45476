"""External identity providers of a pool: what each type takes, what is added, what is secret, and their identifiers."""

import json

import pytest
from support import at_once, make_app, refused, table

OIDC = {
    "client_id": "gatehouse",
    "client_secret": "s3cret-of-the-provider",
    "authorize_scopes": "openid email",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example.com",
}
SOCIAL = {"client_id": "gatehouse", "client_secret": "s3cret", "authorize_scopes": "email"}
APPLE = {
    "client_id": "com.example",
    "team_id": "TEAM",
    "key_id": "KEY",
    "private_key": "key-of-apple",
    "authorize_scopes": "email",
}
SAML = {"MetadataURL": "https://idp.example.com/metadata", "IDPSignout": "true"}


@pytest.fixture
def provider(cognito):
    """A function: creates a provider and returns it as described."""

    def make(app, name="Corp", kind="OIDC", details=None, **more):
        answer = cognito.create_identity_provider(
            UserPoolId=app.pool_id, ProviderName=name, ProviderType=kind, ProviderDetails=details or OIDC, **more
        )
        return answer["IdentityProvider"]

    return make


def describe(app, name="Corp"):
    return app.cognito.describe_identity_provider(UserPoolId=app.pool_id, ProviderName=name)["IdentityProvider"]


def test_create_identity_provider(make_app, provider):
    app = make_app()
    made = provider(app, AttributeMapping={"email": "mail"}, IdpIdentifiers=["corp.example.com"], AcrMapping={"Level2": "silver"})
    assert (made["UserPoolId"], made["ProviderName"], made["ProviderType"]) == (app.pool_id, "Corp", "OIDC")
    assert made["ProviderDetails"] == OIDC | {"attributes_url_add_attributes": "false"}
    assert made["AttributeMapping"] == {"email": "mail", "username": "sub"}
    assert made["IdpIdentifiers"] == ["corp.example.com"]
    assert made["AcrMapping"] == {"Level2": "silver"}
    assert made["CreationDate"] == made["LastModifiedDate"]
    assert describe(app) == made
    with refused("DuplicateProviderException"):
        provider(app)


@pytest.mark.parametrize(
    "kind, details, added",
    [
        ("Google", SOCIAL, {"oidc_issuer": "https://accounts.google.com", "token_request_method": "POST"}),
        ("Facebook", SOCIAL, {"token_url": "https://graph.facebook.com/v17.0/oauth/access_token"}),
        (
            "Facebook",
            SOCIAL | {"api_version": "v19.0"},
            {"authorize_url": "https://www.facebook.com/v19.0/dialog/oauth", "token_request_method": "GET"},
        ),
        ("LoginWithAmazon", SOCIAL, {"attributes_url": "https://api.amazon.com/user/profile"}),
        ("SignInWithApple", APPLE, {"token_url": "https://appleid.apple.com/auth/token"}),
    ],
)
def test_a_social_provider_is_completed_with_its_addresses(make_app, provider, kind, details, added):
    app = make_app()
    made = provider(app, kind, kind, details)
    shown = {key: value for key, value in details.items() if key != "private_key"}
    assert made["ProviderDetails"].items() >= (shown | added).items()
    assert "private_key" not in made["ProviderDetails"]
    # What was shown can be sent back, and changes nothing.
    app.cognito.update_identity_provider(
        UserPoolId=app.pool_id, ProviderName=kind, ProviderDetails=made["ProviderDetails"]
    )
    assert describe(app, kind)["ProviderDetails"] == made["ProviderDetails"]


@pytest.mark.parametrize("key", ["MetadataURL", "MetadataFile"])
def test_a_saml_provider_has_one_source_of_metadata(make_app, provider, key):
    app = make_app()
    details = {key: {"MetadataURL": "https://idp.example.com/m", "MetadataFile": "<EntityDescriptor/>"}[key]}
    made = provider(app, kind="SAML", details=details, AttributeMapping={"email": "urn:mail"})
    assert made["ProviderDetails"] == details
    assert made["AttributeMapping"] == {"email": "urn:mail"}


@pytest.mark.parametrize(
    "name, kind, details, told",
    [
        *[("Corp", "OIDC", {k: v for k, v in OIDC.items() if k != key}, key) for key in OIDC],
        *[("Google", "Google", {k: v for k, v in SOCIAL.items() if k != key}, key) for key in SOCIAL],
        *[("SignInWithApple", "SignInWithApple", {k: v for k, v in APPLE.items() if k != key}, key) for key in APPLE],
        ("Corp", "SAML", {"IDPInit": "true"}, "MetadataURL"),
        ("Corp", "SAML", SAML | {"MetadataFile": "<x/>"}, "exactly one"),
        ("Corp", "SAML", {"MetadataFile": "no xml"}, "MetadataFile"),
        ("Corp", "SAML", SAML | {"IDPInit": "yes"}, "IDPInit"),
        ("Corp", "SAML", SAML | {"RequestSigningAlgorithm": "rsa-sha1"}, "RequestSigningAlgorithm"),
        ("Corp", "OIDC", OIDC | {"attributes_request_method": "PUT"}, "attributes_request_method"),
        ("Corp", "OIDC", OIDC | {"oidc_issuer": "idp.example.com"}, "oidc_issuer"),
        ("Corp", "OIDC", OIDC | {"token_url": "https://user@idp.example.com"}, "token_url"),
        ("Corp", "OIDC", OIDC | {"no_such_key": "1"}, "no_such_key"),
        ("Facebook", "Facebook", SOCIAL | {"api_version": "../me"}, "api_version"),
        ("MyGoogle", "Google", SOCIAL, "ProviderName"),
        ("Google", "OIDC", OIDC, "reserved"),
        ("Cognito", "OIDC", OIDC, "reserved"),
    ],
)
def test_what_a_provider_lacks_or_cannot_have_is_told_by_name(make_app, provider, name, kind, details, told):
    app = make_app()
    with refused("InvalidParameterException") as caught:
        provider(app, name, kind, details)
    assert told in str(caught.value)
    with refused("ResourceNotFoundException"):
        describe(app, name)


def test_a_mapping_names_attributes_of_the_pool(make_app, provider):
    app = make_app(pool={"Schema": [{"Name": "team", "AttributeDataType": "String", "Mutable": True}]})
    for attribute in ("custom:other", "sub", "nonsense"):
        with refused("InvalidParameterException") as caught:
            provider(app, AttributeMapping={attribute: "x"})
        assert attribute in str(caught.value)
    assert provider(app, AttributeMapping={"custom:team": "dept"})["AttributeMapping"]["custom:team"] == "dept"
    with refused("InvalidParameterException"):
        provider(app, "Saml", "SAML", SAML, AcrMapping={"Level1": "one"})


def test_describe_identity_provider(make_app, provider):
    app, other = make_app(), make_app()
    provider(app)
    assert describe(app)["ProviderDetails"]["client_secret"] == OIDC["client_secret"]
    with refused("ResourceNotFoundException"):
        describe(other)
    with refused("ResourceNotFoundException"):
        app.cognito.describe_identity_provider(UserPoolId="us-east-1_nosuchpool", ProviderName="Corp")


def test_secrets_of_providers_are_sealed_where_they_are_stored(make_app, provider, table):
    app = make_app()
    provider(app)
    provider(app, "SignInWithApple", "SignInWithApple", APPLE)
    items = [
        item
        for page in table.meta.client.get_paginator("scan").paginate(TableName=table.name)
        for item in page["Items"]
        if app.pool_id in item["PK"]
    ]
    assert {item["SK"] for item in items} >= {"IDP#Corp", "IDP#SignInWithApple"}
    text = json.dumps(items, default=str)
    assert OIDC["client_id"] in text
    assert OIDC["client_secret"] not in text and APPLE["private_key"] not in text


def test_update_identity_provider(make_app, provider):
    app = make_app()
    made = provider(app, AttributeMapping={"email": "mail"}, IdpIdentifiers=["one", "two"])
    update = {"UserPoolId": app.pool_id, "ProviderName": "Corp"}
    changed = app.cognito.update_identity_provider(**update, IdpIdentifiers=["two", "three"])["IdentityProvider"]
    assert sorted(changed["IdpIdentifiers"]) == ["three", "two"]
    for kept in ("ProviderDetails", "AttributeMapping", "ProviderType", "CreationDate"):
        assert changed[kept] == made[kept]
    changed = app.cognito.update_identity_provider(
        **update, ProviderDetails=OIDC | {"client_secret": "another"}, AttributeMapping={"name": "cn"}
    )["IdentityProvider"]
    assert changed["ProviderDetails"]["client_secret"] == "another"
    assert changed["AttributeMapping"] == {"name": "cn", "username": "sub"}
    assert describe(app) == changed
    with refused("InvalidParameterException"):
        app.cognito.update_identity_provider(**update, ProviderDetails={"client_id": "alone"})
    with refused("ResourceNotFoundException"):
        app.cognito.update_identity_provider(**update | {"ProviderName": "Other"}, IdpIdentifiers=[])
    # The identifier that was given up is free.
    assert provider(app, "Second", IdpIdentifiers=["one"])
    with refused("InvalidParameterException"):
        app.cognito.update_identity_provider(**update, IdpIdentifiers=["one"])


def test_get_identity_provider_by_identifier(make_app, provider):
    app = make_app()
    made = provider(app, IdpIdentifiers=["corp.example.com", "the corp"])

    def by(identifier):
        return app.cognito.get_identity_provider_by_identifier(UserPoolId=app.pool_id, IdpIdentifier=identifier)

    for identifier in ("corp.example.com", "the corp"):
        assert by(identifier)["IdentityProvider"] == made
    with refused("ResourceNotFoundException"):
        by("other.example.com")
    with refused("DuplicateProviderException"):
        provider(app, "Second", IdpIdentifiers=["second", "the corp"])
    with refused("ResourceNotFoundException"):
        by("second")


def test_one_of_many_providers_gets_an_identifier(make_app, provider):
    app = make_app()
    names = [f"Corp{number}" for number in range(6)]
    refusals = at_once(*[lambda name=name: provider(app, name, IdpIdentifiers=["contested"]) for name in names])
    assert refusals.count(None) == 1
    assert {refusal[0] for refusal in refusals if refusal} <= {"DuplicateProviderException", "TooManyRequestsException"}
    found = app.cognito.get_identity_provider_by_identifier(UserPoolId=app.pool_id, IdpIdentifier="contested")
    assert found["IdentityProvider"]["ProviderName"] == names[refusals.index(None)]
    listed = app.cognito.list_identity_providers(UserPoolId=app.pool_id)["Providers"]
    assert [listed_one["ProviderName"] for listed_one in listed] == [names[refusals.index(None)]]


def test_list_identity_providers(make_app, provider):
    app = make_app()
    names = [f"Corp{number}" for number in range(5)]
    for name in names:
        provider(app, name)
    pages = app.cognito.get_paginator("list_identity_providers").paginate(
        UserPoolId=app.pool_id, PaginationConfig={"PageSize": 2}
    )
    pages = [page["Providers"] for page in pages]
    assert [len(page) for page in pages] == [2, 2, 1]
    listed = [entry for page in pages for entry in page]
    assert [entry["ProviderName"] for entry in listed] == names
    assert all(entry.keys() == {"ProviderName", "ProviderType", "CreationDate", "LastModifiedDate"} for entry in listed)
    with refused("InvalidParameterException"):
        app.cognito.list_identity_providers(UserPoolId=app.pool_id, NextToken="nonsense!")


def test_delete_identity_provider(make_app, provider):
    app = make_app()
    provider(app, IdpIdentifiers=["corp"])
    app.cognito.delete_identity_provider(UserPoolId=app.pool_id, ProviderName="Corp")
    for call, more in (
        ("describe_identity_provider", {"ProviderName": "Corp"}),
        ("get_identity_provider_by_identifier", {"IdpIdentifier": "corp"}),
        ("delete_identity_provider", {"ProviderName": "Corp"}),
    ):
        with refused("ResourceNotFoundException"):
            getattr(app.cognito, call)(UserPoolId=app.pool_id, **more)
    assert provider(app, IdpIdentifiers=["corp"])


def test_clients_support_providers_that_exist(make_app, provider, make_client):
    app = make_app()
    with refused("InvalidParameterException") as caught:
        make_client(app.pool, SupportedIdentityProviders=["COGNITO", "Corp"])
    assert "Corp" in str(caught.value)
    provider(app)
    client = make_client(app.pool, SupportedIdentityProviders=["COGNITO", "Corp"])
    assert client["SupportedIdentityProviders"] == ["COGNITO", "Corp"]
    with refused("InvalidParameterException"):
        app.cognito.update_user_pool_client(
            UserPoolId=app.pool_id, ClientId=client["ClientId"], SupportedIdentityProviders=["Other"]
        )


def test_a_pool_takes_its_providers_with_it_and_counts_them(make_app, provider, table, cognito):
    app = make_app()
    provider(app, IdpIdentifiers=["corp"])
    count = {"PK": f"POOL#{app.pool_id}", "SK": "COUNT#identity_providers"}
    assert table.get_item(Key=count)["Item"]["count"] == 1
    table.update_item(
        Key=count,
        UpdateExpression="SET #count = :full",
        ExpressionAttributeNames={"#count": "count"},
        ExpressionAttributeValues={":full": 299},
    )
    refusals = at_once(*[lambda name=name: provider(app, name) for name in ("A1x", "B1x", "C1x")])
    assert refusals.count(None) == 1
    assert {refusal[0] for refusal in refusals if refusal} <= {"LimitExceededException", "TooManyRequestsException"}
    with refused("LimitExceededException"):
        provider(app, "Dxx")
    cognito.delete_identity_provider(UserPoolId=app.pool_id, ProviderName="Corp")
    provider(app, "Dxx")
    cognito.delete_user_pool(UserPoolId=app.pool_id)
    left = [
        item
        for page in table.meta.client.get_paginator("scan").paginate(TableName=table.name)
        for item in page["Items"]
        if app.pool_id in item["PK"]
    ]
    assert left == []
