"""The development access key, and the demo pool, client and user, made through the public API."""

import boto3
from botocore.config import Config

from . import functions
from .config import CLIENT_ID, PASSWORD, POOL_ID, REGION, USERNAME


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
    cognito = client(stack)
    _pool(cognito)
    _client(cognito)
    _user(cognito)


def client(stack):
    """A stock client of the stack that ignores the caller's own AWS configuration."""
    return boto3.session.Session().client(
        "cognito-idp",
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

    event = f"before-call.cognito-identity-provider.{operation}"
    cognito.meta.events.register(event, name)
    try:
        method = {"CreateUserPool": cognito.create_user_pool, "CreateUserPoolClient": cognito.create_user_pool_client}
        return method[operation](**request)
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
