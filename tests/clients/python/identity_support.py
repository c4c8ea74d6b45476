"""Identity pools as the tests see them: a pool of its own, its users and guests, and the AWS that enforces IAM."""

import os
import sys
from pathlib import Path

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from stack import template  # noqa: E402
from stack.seed import with_id  # noqa: E402

ACCOUNT = "000000000000"
ISSUER = f"{os.environ.get('GATEHOUSE_ISSUER_BASE', '')}/identity-pools"
ISSUER_NAME = ISSUER.split("://", 1)[-1]


def identity_client(**options):
    """A stock client of identity pools that does not try again."""
    config = Config(proxies={}, read_timeout=60, retries={"total_max_attempts": 1}).merge(
        options.pop("config", Config())
    )
    return boto3.session.Session().client(
        "cognito-identity", endpoint_url=os.environ["GATEHOUSE_ENDPOINT"], region_name=os.environ["AWS_REGION"],
        config=config, **options,
    )  # fmt: skip


def local_iam(service, **credentials):
    """A client of the AWS that enforces IAM: as the account's root, or with the credentials that an identity got."""
    credentials = credentials or {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return boto3.session.Session().client(
        service,
        endpoint_url=os.environ["GATEHOUSE_LOCAL_IAM"],
        region_name=os.environ["AWS_REGION"],
        config=Config(proxies={}, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        **credentials,
    )


def audiences():
    """Whose tokens the account's STS takes: the identity pools that IAM knows."""
    iam = local_iam("iam")
    providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    [arn] = [found["Arn"] for found in providers if found["Arn"].endswith("/identity-pools")]
    return iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"]


def with_credentials(service, credentials):
    """A client with what GetCredentialsForIdentity answered."""
    return local_iam(
        service,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials.get("SecretKey") or credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def user_pool_provider(app):
    """The name of a user pool as a provider of logins: its issuer without the scheme."""
    return f"{os.environ['GATEHOUSE_ISSUER_BASE'].split('://', 1)[1]}/{app.pool_id}"


class Identities:
    """An identity pool for users of an app's user pool, and what applications do with it."""

    def __init__(self, pool, identity, anonymous, app=None):
        self.pool, self.identity, self.anonymous, self.app = pool, identity, anonymous, app

    @property
    def id(self):
        return self.pool["IdentityPoolId"]

    @property
    def provider(self):
        return user_pool_provider(self.app)

    def logins(self, name, password=None):
        """The Logins of a user who signs in now."""
        tokens = self.app.tokens(name, **({"password": password} if password else {}))
        return {self.provider: tokens["IdToken"]}

    def get_id(self, logins=None):
        more = {"Logins": logins} if logins else {}
        return self.anonymous.get_id(IdentityPoolId=self.id, **more)["IdentityId"]

    def credentials(self, identity, logins=None, **more):
        more |= {"Logins": logins} if logins else {}
        answer = self.anonymous.get_credentials_for_identity(IdentityId=identity, **more)
        return answer["Credentials"] | {"IdentityId": answer["IdentityId"]}

    def token(self, identity, logins=None):
        more = {"Logins": logins} if logins else {}
        return self.anonymous.get_open_id_token(IdentityId=identity, **more)["Token"]

    def describe(self, identity):
        return self.identity.describe_identity(IdentityId=identity)

    def update(self, **settings):
        known = {name: value for name, value in self.pool.items() if name != "ResponseMetadata"}
        self.pool = self.identity.update_identity_pool(**known | settings)
        return self.pool

    def roles(self, authenticated=None, unauthenticated=None, **more):
        roles = {"authenticated": authenticated, "unauthenticated": unauthenticated}
        self.identity.set_identity_pool_roles(
            IdentityPoolId=self.id, Roles={kind: role for kind, role in roles.items() if role}, **more
        )


@pytest.fixture(scope="session")
def identity():
    """A client of identity pools with the development key."""
    return identity_client()


@pytest.fixture(scope="session")
def anonymous_identity():
    """A client that signs nothing: what an app has."""
    return identity_client(config=Config(signature_version=UNSIGNED))


@pytest.fixture
def make_identities(identity, anonymous_identity, unique):
    """A function: a new identity pool, for the users of `app` if it is given; it goes when the test ends."""
    made = []

    def make(app=None, checked=False, identifier=None, **settings):
        settings.setdefault("IdentityPoolName", unique("identities"))
        settings.setdefault("AllowUnauthenticatedIdentities", False)
        if app:
            settings.setdefault(
                "CognitoIdentityProviders",
                [
                    {
                        "ProviderName": user_pool_provider(app),
                        "ClientId": app.client_id,
                        "ServerSideTokenCheck": checked,
                    }
                ],
            )
        if identifier:
            pool = with_id(identity, "CreateIdentityPool", identifier, **settings)
        else:
            pool = identity.create_identity_pool(**settings)
        made.append(pool["IdentityPoolId"])
        return Identities(pool, identity, anonymous_identity, app)

    yield make
    for identifier in made:
        try:
            identity.delete_identity_pool(IdentityPoolId=identifier)
        except identity.exceptions.ResourceNotFoundException:
            pass


@pytest.fixture
def make_roles(unique):
    """A function: template.yaml's roles and bucket for an identity pool, in the AWS that enforces IAM."""

    def make(identities):
        bucket = unique("photos")
        local_iam("s3").create_bucket(Bucket=bucket)
        for key in ("public/hello.txt",):
            local_iam("s3").put_object(Bucket=bucket, Key=key, Body=b"hello")
        arns = {}
        for name, role in template.identity_roles(ISSUER, identities.id, bucket).items():
            arns[name] = template.make_role(local_iam("iam"), unique(name), role)
        identities.roles(arns["IdentityUserRole"], arns["IdentityGuestRole"])
        return bucket, arns["IdentityUserRole"], arns["IdentityGuestRole"]

    return make


@pytest.fixture
def make_role(unique):
    """A function: a role for identities of a pool that may do `action` on `resource`; returns its ARN."""

    def make(identities, action="s3:ListAllMyBuckets", resource="*", amr="authenticated", audience=None):
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER_NAME}"},
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Condition": {
                "StringEquals": {f"{ISSUER_NAME}:aud": audience or identities.id},
                "ForAnyValue:StringEquals": {f"{ISSUER_NAME}:amr": amr},
            },
        }
        policy = {"Effect": "Allow", "Action": action, "Resource": resource}
        role = {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {"PolicyName": "test", "PolicyDocument": {"Version": "2012-10-17", "Statement": [policy]}}
            ],
        }
        return template.make_role(local_iam("iam"), unique("role"), role)

    return make
