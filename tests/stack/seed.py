"""The development access key, and the demo pool, client and user, made through the public API."""

import boto3
from botocore import xform_name
from botocore.config import Config

from . import functions
from .config import ACCOUNT, CLIENT_ID, IDENTITY_POOL_ID, PASSWORD, POOL_ID, REGION, USERNAME


def seed(stack):
    """Makes what is missing; a second run changes nothing."""
    functions.invoke(
        stack,
        "access-keys",
        {
            "action": "create",
            "development": True,
            "accessKeyId": stack.access_key_id,
            "secretAccessKey": stack.secret_access_key,
            "description": "development",
        },
    )
    demo(stack)


def demo(stack):
    """The demo pool, client and user, and the identity pool."""
    cognito = client(stack)
    _pool(cognito)
    _client(cognito)
    _user(cognito)
    _identity_pool(stack, client(stack, "cognito-identity"))


def client(stack, service="cognito-idp"):
    """A stock client of the stack that ignores the caller's own AWS configuration."""
    return boto3.session.Session().client(
        service,
        endpoint_url=stack.endpoint,
        region_name=REGION,
        aws_access_key_id=stack.access_key_id,
        aws_secret_access_key=stack.secret_access_key,
        config=Config(proxies={}, read_timeout=120, retries={"mode": "standard"}),
    )


def with_id(cognito, operation, identifier, **request):
    """Calls a creating operation with the id that the new thing shall have."""

    def name(params, **_):
        params["headers"]["x-gatehouse-id"] = identifier

    event = f"before-call.{cognito.meta.service_model.service_id.hyphenize()}.{operation}"
    cognito.meta.events.register(event, name)
    try:
        return getattr(cognito, xform_name(operation))(**request)
    finally:
        cognito.meta.events.unregister(event, name)


def _pool(cognito):
    try:
        cognito.describe_user_pool(UserPoolId=POOL_ID)
    except cognito.exceptions.ResourceNotFoundException:
        with_id(cognito, "CreateUserPool", POOL_ID, PoolName="Demo", AutoVerifiedAttributes=["email"])


def _client(cognito):
    try:
        cognito.describe_user_pool_client(UserPoolId=POOL_ID, ClientId=CLIENT_ID)
    except cognito.exceptions.ResourceNotFoundException:
        with_id(
            cognito,
            "CreateUserPoolClient",
            CLIENT_ID,
            UserPoolId=POOL_ID,
            ClientName="Demo",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )


def _user(cognito):
    try:
        cognito.admin_get_user(UserPoolId=POOL_ID, Username=USERNAME)
    except cognito.exceptions.UserNotFoundException:
        cognito.admin_create_user(
            UserPoolId=POOL_ID,
            Username=USERNAME,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": "demo@example.com"},
                {"Name": "email_verified", "Value": "true"},
            ],
        )
        cognito.admin_set_user_password(
            UserPoolId=POOL_ID, Username=USERNAME, Password=PASSWORD, Permanent=True
        )


def _identity_pool(stack, identity):
    """Users of the demo pool and guests, with the roles of template.yaml."""
    try:
        identity.describe_identity_pool(IdentityPoolId=IDENTITY_POOL_ID)
    except identity.exceptions.ResourceNotFoundException:
        with_id(
            identity,
            "CreateIdentityPool",
            IDENTITY_POOL_ID,
            IdentityPoolName="Demo",
            AllowUnauthenticatedIdentities=True,
            CognitoIdentityProviders=[
                {
                    "ProviderName": f"{stack.endpoint.split('://', 1)[1]}/{POOL_ID}",
                    "ClientId": CLIENT_ID,
                    "ServerSideTokenCheck": True,
                }
            ],
        )
        role = f"arn:aws:iam::{ACCOUNT}:role/Identity"
        identity.set_identity_pool_roles(
            IdentityPoolId=IDENTITY_POOL_ID,
            Roles={"authenticated": f"{role}UserRole", "unauthenticated": f"{role}GuestRole"},
        )
