"""A request of every operation, and what has to be there before it: for tests that go through all of them."""

import base64
import os
import struct
import time
import tomllib
import uuid
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from botocore import UNSIGNED
from botocore.config import Config
from conftest import Mailbox, boto_client
from identity_support import identity_client, user_pool_provider
from mfa_support import ALL_FACTORS, Authenticator
from pycognito.aws_srp import generate_hash_device
from soft_passkey import registration
from support import ALL_FLOWS, OTHER_PASSWORD, PASSWORD, SEARCHABLE, TEMPORARY, App, named

API = "https://orders.example.com"
DEVELOPER = "login.example.com"
SITE = "example.com"
OIDC = {
    "client_id": "gatehouse",
    "client_secret": "s3cret",
    "authorize_scopes": "openid",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example.com",
}
POOL = {
    "AutoVerifiedAttributes": ["email"],
    "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
    "AliasAttributes": ["email", "preferred_username"],
    "UserPoolTags": {SEARCHABLE: ""},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": True},
}
# Exchanges tokens and has its own.
MACHINE = {
    "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
    "GenerateSecret": True,
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["client_credentials"],
    "AllowedOAuthScopes": [f"{API}/read"],
}


def png():
    """The smallest picture."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


class World:
    """A pool with everything switched on, an identity pool for its users, and short ways to what requests name."""

    def __init__(self, settings=POOL):
        cognito, anonymous = boto_client(), boto_client(config=Config(signature_version=UNSIGNED))
        self.identity = identity_client()
        self.mailbox = Mailbox()
        pool = cognito.create_user_pool(PoolName=self.unique("every"), **settings)["UserPool"]
        client = cognito.create_user_pool_client(
            UserPoolId=pool["Id"],
            ClientName="app",
            ExplicitAuthFlows=ALL_FLOWS,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid"],
            CallbackURLs=["https://example.com/callback"],
        )["UserPoolClient"]
        self.app = App(pool, client, cognito, anonymous, self.unique)
        cognito.set_user_pool_mfa_config(
            UserPoolId=self.pool,
            MfaConfiguration="OPTIONAL",
            WebAuthnConfiguration={"RelyingPartyId": SITE, "UserVerification": "preferred"},
            **ALL_FACTORS,
        )
        cognito.set_user_pool_session_configuration(
            UserPoolId=self.pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
        )
        cognito.create_resource_server(
            UserPoolId=self.pool, Identifier=API, Name="orders",
            Scopes=[{"ScopeName": "read", "ScopeDescription": "Read"}],
        )  # fmt: skip
        self.machine = self.new_client(**MACHINE)
        self.identity_pool = self.new_identity_pool()

    @property
    def cognito(self):
        return self.app.cognito

    @property
    def pool(self):
        return self.app.pool_id

    @property
    def client(self):
        return self.app.client_id

    @staticmethod
    def unique(prefix="x"):
        return f"{prefix}-{uuid.uuid4().hex[:12]}"

    def user(self):
        name = self.unique("user")
        return self.app.user(name, email=f"{name}@example.com", email_verified="true")

    def tokens(self, name=None):
        return self.app.tokens(name or self.user())

    def access(self, name=None):
        return self.tokens(name)["AccessToken"]

    def group(self):
        return self.app.create_group()

    def new_pool(self):
        return self.cognito.create_user_pool(PoolName=self.unique("pool"))["UserPool"]

    def new_client(self, **settings):
        made = self.cognito.create_user_pool_client(UserPoolId=self.pool, ClientName="more", **settings)
        return made["UserPoolClient"]

    def provider(self):
        name = self.unique("idp")
        self.cognito.create_identity_provider(
            UserPoolId=self.pool, ProviderName=name, ProviderType="OIDC", ProviderDetails=OIDC, IdpIdentifiers=[name]
        )
        return name

    def link(self, user):
        return {
            "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": user},
            "SourceUser": {
                "ProviderName": self.provider(),
                "ProviderAttributeName": "Cognito_Subject",
                "ProviderAttributeValue": user,
            },
        }

    def arn(self, pool=None):
        return (pool or self.app.pool)["Arn"]

    def device(self, name=None):
        """A user with a device; returns the tokens and the device's key."""
        tokens = self.tokens(name)
        request = self.new_device(tokens)
        self.app.anonymous.confirm_device(**request)
        return tokens, request["DeviceKey"]

    def new_device(self, tokens):
        offered = tokens["NewDeviceMetadata"]
        _, verifier = generate_hash_device(offered["DeviceGroupKey"], offered["DeviceKey"])
        return {
            "AccessToken": tokens["AccessToken"],
            "DeviceKey": offered["DeviceKey"],
            "DeviceName": "phone",
            "DeviceSecretVerifierConfig": verifier,
        }

    def session_of(self, tokens):
        [session] = [
            session
            for session in self.app.anonymous.list_user_sessions(AccessToken=tokens["AccessToken"])["Sessions"]
            if not session["IsCurrentSession"]
        ]
        return session["SessionId"]

    def new_credential(self, access):
        options = self.app.anonymous.start_web_authn_registration(AccessToken=access)
        return registration(options["CredentialCreationOptions"], f"https://{SITE}")

    def passkey(self, access):
        credential = self.new_credential(access)
        self.app.anonymous.complete_web_authn_registration(AccessToken=access, Credential=credential)
        return credential["id"]

    def terms(self, client):
        made = self.cognito.create_terms(**self.new_terms(client))
        return made["Terms"]["TermsId"]

    def new_terms(self, client):
        return {
            "UserPoolId": self.pool,
            "ClientId": client,
            "TermsName": "terms-of-use",
            "TermsSource": "LINK",
            "Enforcement": "NONE",
            "Links": {"cognito:default": "https://example.com/terms"},
        }

    def branding(self, client):
        made = self.cognito.create_managed_login_branding(
            UserPoolId=self.pool, ClientId=client, UseCognitoProvidedValues=True
        )
        return made["ManagedLoginBranding"]["ManagedLoginBrandingId"]

    def new_identity_pool(self):
        made = self.identity.create_identity_pool(
            IdentityPoolName=self.unique("identities"),
            AllowUnauthenticatedIdentities=True,
            AllowClassicFlow=True,
            DeveloperProviderName=DEVELOPER,
            CognitoIdentityProviders=[
                {"ProviderName": user_pool_provider(self.app), "ClientId": self.client, "ServerSideTokenCheck": True}
            ],
        )
        made.pop("ResponseMetadata")
        role = "arn:aws:iam::000000000000:role/Identity"
        self.identity.set_identity_pool_roles(
            IdentityPoolId=made["IdentityPoolId"],
            Roles={"authenticated": f"{role}UserRole", "unauthenticated": f"{role}GuestRole"},
        )
        return made

    @property
    def identities(self):
        return self.identity_pool["IdentityPoolId"]

    def logins(self):
        return {user_pool_provider(self.app): self.tokens()["IdToken"]}

    def guest(self):
        return self.identity.get_id(IdentityPoolId=self.identities)["IdentityId"]

    def vouched(self, user):
        answer = self.identity.get_open_id_token_for_developer_identity(
            IdentityPoolId=self.identities, Logins={DEVELOPER: user}
        )
        return answer["IdentityId"]

    def identity_arn(self, pool):
        region = os.environ["AWS_REGION"]
        return f"arn:aws:cognito-identity:{region}:000000000000:identitypool/{pool['IdentityPoolId']}"

    def code(self, name):
        return self.mailbox(f"{name}@example.com")


@dataclass
class Operation:
    """How to ask for one operation."""

    service: str
    name: str
    request: object
    # The errors that say that it has been done already.
    already: set = field(default_factory=set)
    # A secret that opens something once: of all tries with one, at most one succeeds.
    once: bool = False
    # Makes something whose name the service chooses, so a request that is sent twice makes two, as it does at AWS.
    again: bool = False
    # What was proved stays done, and the sign-in begins anew with it.
    begins_again: bool = False
    # What it sweeps up after its one transaction counts for nothing any more, so it may stay.
    sweeps: bool = False
    # What tells it from other requests of the operation.
    occasion: str = ""

    def __str__(self):
        return f"{self.name} {self.occasion}".strip()


OPERATIONS = {}
GONE = {"ResourceNotFoundException"}
NO_USER = {"UserNotFoundException"}
USED = {"NotAuthorizedException", "ExpiredCodeException", "CodeMismatchException"}


def of(service, operation, already=(), **more):
    def add(request):
        OPERATIONS[service, operation] = Operation(service, operation, request, set(already), **more)
        return request

    return add


def user_pool(operation, already=(), **more):
    return of("user-pool", operation, already, **more)


def identity_pool(operation, already=(), **more):
    return of("identity-pool", operation, already, **more)


def simple(add, operations):
    """Operations whose request is one expression."""
    for name, (request, *already) in operations.items():
        add(name, *already)(request)


# Sign-up and recovery


@user_pool("SignUp", {"UsernameExistsException"})
def _(w):
    name = w.unique("user")
    attributes = named({"email": f"{name}@example.com"})
    return {"ClientId": w.client, "Username": name, "Password": PASSWORD, "UserAttributes": attributes}


@user_pool("ConfirmSignUp", USED, once=True)
def _(w):
    name = w.app.sign_up()
    return {"ClientId": w.client, "Username": name, "ConfirmationCode": w.code(name)}


@user_pool("ResendConfirmationCode")
def _(w):
    return {"ClientId": w.client, "Username": w.app.sign_up()}


@user_pool("ForgotPassword")
def _(w):
    return {"ClientId": w.client, "Username": w.user()}


@user_pool("ConfirmForgotPassword", USED, once=True)
def _(w):
    name = w.user()
    w.app.forgot(name)
    return {"ClientId": w.client, "Username": name, "ConfirmationCode": w.code(name), "Password": OTHER_PASSWORD}


# Sign-in


@user_pool("InitiateAuth", again=True)
def _(w):
    parameters = {"USERNAME": w.user(), "PASSWORD": PASSWORD}
    return {"ClientId": w.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}


@user_pool("RespondToAuthChallenge", USED, once=True, begins_again=True)
def _(w):
    name = w.app.invited(w.unique("user"))
    session = w.app.password_auth(name, TEMPORARY)["Session"]
    return {
        "ClientId": w.client,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": session,
        "ChallengeResponses": {"USERNAME": name, "NEW_PASSWORD": PASSWORD},
    }


@user_pool("AdminInitiateAuth", again=True)
def _(w):
    parameters = {"USERNAME": w.user(), "PASSWORD": PASSWORD}
    flow = "ADMIN_USER_PASSWORD_AUTH"
    return {"UserPoolId": w.pool, "ClientId": w.client, "AuthFlow": flow, "AuthParameters": parameters}


@user_pool("AdminRespondToAuthChallenge", USED, once=True)
def _(w):
    srp = w.app.srp(w.user())
    parameters = srp.get_auth_params()
    challenge = w.app.admin_initiate("USER_SRP_AUTH", **parameters)
    return {
        "UserPoolId": w.pool,
        "ClientId": w.client,
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeResponses": srp.process_challenge(challenge["ChallengeParameters"], parameters),
    }


@user_pool("GetTokensFromRefreshToken")
def _(w):
    return {"ClientId": w.client, "RefreshToken": w.tokens()["RefreshToken"]}


@user_pool("RevokeToken")
def _(w):
    return {"ClientId": w.client, "Token": w.tokens()["RefreshToken"]}


def machine(w):
    return {"ClientId": w.machine["ClientId"]}


@user_pool("GetClientToken")
def _(w):
    return machine(w) | {"Secret": w.machine["ClientSecret"]}


@user_pool("GetDerivedToken")
def _(w):
    token = w.app.anonymous.get_client_token(**machine(w), Secret=w.machine["ClientSecret"])
    token = token["ClientAuthenticationResult"]["AccessToken"]
    secret = w.machine["ClientSecret"]
    return machine(w) | {"ClientSecret": secret, "SubjectToken": token, "SubjectTokenType": "ACCESS_TOKEN"}


# Sessions and devices


@user_pool("RevokeUserSession", GONE)
def _(w):
    name = w.user()
    w.tokens(name)
    tokens = w.tokens(name)
    return {"AccessToken": tokens["AccessToken"], "SessionId": w.session_of(tokens)}


@user_pool("AdminRevokeUserSession", GONE)
def _(w):
    name = w.user()
    w.tokens(name)
    return {"UserPoolId": w.pool, "Username": name, "SessionId": w.session_of(w.tokens(name))}


@user_pool("ConfirmDevice", {"DeviceKeyExistsException"})
def _(w):
    return w.new_device(w.tokens())


def mine(w):
    tokens, key = w.device()
    return {"AccessToken": tokens["AccessToken"], "DeviceKey": key}


def theirs(w):
    name = w.user()
    return {"UserPoolId": w.pool, "Username": name, "DeviceKey": w.device(name)[1]}


REMEMBERED = {"DeviceRememberedStatus": "remembered"}
simple(user_pool, {
    "GlobalSignOut": (lambda w: {"AccessToken": w.access()}, {"NotAuthorizedException"}),
    "ListUserSessions": (lambda w: {"AccessToken": w.access()},),
    "ForgetDevice": (mine, GONE),
    "GetDevice": (mine,),
    "ListDevices": (lambda w: {"AccessToken": w.access()},),
    "UpdateDeviceStatus": (lambda w: mine(w) | {"DeviceRememberedStatus": "remembered"},),
    "AdminForgetDevice": (theirs, GONE),
    "AdminGetDevice": (theirs,),
    "AdminUpdateDeviceStatus": (lambda w: theirs(w) | {"DeviceRememberedStatus": "remembered"},),
})  # fmt: skip


# Self-service


def changed(w):
    return {"AccessToken": w.access(), "PreviousPassword": PASSWORD, "ProposedPassword": OTHER_PASSWORD}


@user_pool("VerifyUserAttribute", USED, once=True)
def _(w):
    name = w.user()
    access = w.access(name)
    w.app.ask_code(access)
    return {"AccessToken": access, "AttributeName": "email", "Code": w.code(name)}


@user_pool("VerifySoftwareToken", {"EnableSoftwareTokenMFAException", "SoftwareTokenMFANotFoundException"}, once=True)
def _(w):
    access = w.access()
    secret = w.app.anonymous.associate_software_token(AccessToken=access)["SecretCode"]
    return {"AccessToken": access, "UserCode": Authenticator(secret).code(), "FriendlyDeviceName": "phone"}


def with_app(w, name):
    access = w.access(name)
    secret = w.app.anonymous.associate_software_token(AccessToken=access)["SecretCode"]
    w.app.anonymous.verify_software_token(AccessToken=access, UserCode=Authenticator(secret).code())
    return access


PREFERRED = {"SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True}}
LEGACY = {"MFAOptions": [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]}


def phoned(w):
    name = w.unique("user")
    return w.app.user(name, phone_number=f"+1555{uuid.uuid4().int % 10**7:07}", phone_number_verified="true")


@user_pool("AdminSetUserMFAPreference")
def _(w):
    name = w.user()
    with_app(w, name)
    return {"UserPoolId": w.pool, "Username": name} | PREFERRED


@user_pool("AdminDeleteSoftwareToken", {"SoftwareTokenMFANotFoundException"})
def _(w):
    name = w.user()
    with_app(w, name)
    return {"UserPoolId": w.pool, "Username": name}


@user_pool("CompleteWebAuthnRegistration", {"WebAuthnChallengeNotFoundException"}, once=True)
def _(w):
    access = w.access()
    return {"AccessToken": access, "Credential": w.new_credential(access)}


@user_pool("DeleteUser", NO_USER | {"NotAuthorizedException"}, sweeps=True)
def _(w):
    return {"AccessToken": w.access()}


@user_pool("DeleteWebAuthnCredential", GONE)
def _(w):
    access = w.access()
    return {"AccessToken": access, "CredentialId": w.passkey(access)}


simple(user_pool, {
    "ChangePassword": (changed, {"NotAuthorizedException"}),
    "GetUser": (lambda w: {"AccessToken": w.access()},),
    "DeleteUserAttributes": (lambda w: {"AccessToken": w.access(), "UserAttributeNames": ["email"]},),
    "UpdateUserAttributes": (
        lambda w: {"AccessToken": w.access(), "UserAttributes": named({"email": f"{w.unique()}@example.com"})},
    ),
    "GetUserAttributeVerificationCode": (lambda w: {"AccessToken": w.access(), "AttributeName": "email"},),
    "AssociateSoftwareToken": (lambda w: {"AccessToken": w.access()},),
    "GetUserAuthFactors": (lambda w: {"AccessToken": w.access()},),
    "SetUserMFAPreference": (lambda w: {"AccessToken": with_app(w, w.user())} | PREFERRED,),
    "SetUserSettings": (lambda w: {"AccessToken": w.access(phoned(w))} | LEGACY,),
    "ListWebAuthnCredentials": (lambda w: {"AccessToken": w.access()},),
    "StartWebAuthnRegistration": (lambda w: {"AccessToken": w.access()},),
})  # fmt: skip


# Administrators: users and groups


def administered(w, **more):
    return {"UserPoolId": w.pool, "Username": w.user()} | more


@user_pool("AdminCreateUser", {"UsernameExistsException"})
def _(w):
    name = w.unique("user")
    attributes = named({"email": f"{name}@example.com", "email_verified": "true"})
    return {"UserPoolId": w.pool, "Username": name, "UserAttributes": attributes}


@user_pool("AdminDisableProviderForUser", NO_USER)
def _(w):
    request = w.link(w.user())
    w.cognito.admin_link_provider_for_user(UserPoolId=w.pool, **request)
    return {"UserPoolId": w.pool, "User": request["SourceUser"]}


def grouped(w, **more):
    return {"UserPoolId": w.pool, "GroupName": w.group()} | more


@user_pool("AdminRemoveUserFromGroup")
def _(w):
    request = grouped(w, Username=w.user())
    w.cognito.admin_add_user_to_group(**request)
    return request


@user_pool("DeleteGroup", GONE, sweeps=True)
def _(w):
    request = grouped(w)
    w.cognito.admin_add_user_to_group(**request, Username=w.user())
    return request


simple(user_pool, {
    "AdminConfirmSignUp": (lambda w: {"UserPoolId": w.pool, "Username": w.app.sign_up()}, {"NotAuthorizedException"}),
    "AdminDeleteUser": (administered, NO_USER),
    "AdminDeleteUserAttributes": (lambda w: administered(w, UserAttributeNames=["email"]),),
    "AdminDisableUser": (administered,),
    "AdminEnableUser": (administered,),
    "AdminGetUser": (administered,),
    "AdminResetUserPassword": (administered,),
    "AdminSetUserPassword": (lambda w: administered(w, Password=OTHER_PASSWORD, Permanent=True),),
    "AdminUpdateUserAttributes": (
        lambda w: administered(w, UserAttributes=named({"email": f"{w.unique()}@example.com", "email_verified": "true"})),
    ),
    "AdminUserGlobalSignOut": (administered,),
    "AdminListUserSessions": (administered,),
    "AdminListDevices": (administered,),
    "AdminGetUserAuthFactors": (administered,),
    "AdminSetUserSettings": (lambda w: {"UserPoolId": w.pool, "Username": phoned(w)} | LEGACY,),
    "AdminLinkProviderForUser": (lambda w: {"UserPoolId": w.pool} | w.link(w.user()), {"InvalidParameterException"}),
    "AdminListGroupsForUser": (administered,),
    "ListUsers": (lambda w: {"UserPoolId": w.pool, "Filter": f'email = "{w.user()}@example.com"'},),
    "AdminAddUserToGroup": (lambda w: grouped(w, Username=w.user()),),
    "CreateGroup": (lambda w: {"UserPoolId": w.pool, "GroupName": w.unique("group")}, {"GroupExistsException"}),
    "GetGroup": (grouped,),
    "ListGroups": (lambda w: {"UserPoolId": w.pool},),
    "ListUsersInGroup": (grouped,),
    "UpdateGroup": (lambda w: grouped(w, Description="changed"),),
})  # fmt: skip


# Pools and what belongs to them


def of_pool(w, **more):
    return {"UserPoolId": w.pool} | more


def limit(w):
    return {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserToken", "UserPoolId": w.new_pool()["Id"]}}


def of_client_with_secret(w):
    client = w.new_client(GenerateSecret=True)
    # Ids of secrets are counted in seconds.
    time.sleep(1 - time.time() % 1)
    return {"UserPoolId": w.pool, "ClientId": client["ClientId"]}


def of_client(w, **more):
    return {"UserPoolId": w.pool, "ClientId": w.new_client()["ClientId"]} | more


@user_pool("DeleteUserPoolClientSecret", GONE)
def _(w):
    request = of_client_with_secret(w)
    added = w.cognito.add_user_pool_client_secret(**request)["ClientSecretDescriptor"]
    return request | {"ClientSecretId": added["ClientSecretId"]}


def provided(w):
    return {"UserPoolId": w.pool, "ProviderName": w.provider()}


@user_pool("CreateIdentityProvider", {"DuplicateProviderException"})
def _(w):
    return of_pool(w, ProviderName=w.unique("idp"), ProviderType="OIDC", ProviderDetails=OIDC)


def served(w):
    identifier = f"https://{w.unique('api')}.example.com"
    request = of_pool(w, Identifier=identifier)
    w.cognito.create_resource_server(**request, Name="api", Scopes=[])
    return request


def domain(w):
    return {"UserPoolId": w.new_pool()["Id"], "Domain": w.unique("domain")}


def with_domain(w):
    request = domain(w)
    w.cognito.create_user_pool_domain(**request)
    return request


def branded(w):
    return of_pool(w, ManagedLoginBrandingId=w.branding(w.new_client()["ClientId"]))


def with_terms(w):
    return of_pool(w, TermsId=w.terms(w.new_client()["ClientId"]))


def tagged(w):
    pool = w.new_pool()
    w.cognito.tag_resource(ResourceArn=w.arn(pool), Tags={"team": "red"})
    return {"ResourceArn": w.arn(pool)}


SCOPES = [{"ScopeName": "read", "ScopeDescription": "Read"}]
ONE_SECRET = {"InvalidParameterException", "LimitExceededException"}
simple(user_pool, {
    "GetSigningCertificate": (lambda w: {"UserPoolId": w.new_pool()["Id"]},),
    "GetUserPoolSessionConfiguration": (of_pool,),
    "SetUserPoolSessionConfiguration": (lambda w: of_pool(w, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}),),
    "GetUserPoolClientSessionConfiguration": (of_client,),
    "SetUserPoolClientSessionConfiguration": (lambda w: of_client(w, SSOSession={"MaxValidityMinutes": 0}),),
    "GetUserPoolMfaConfig": (of_pool,),
    "SetUserPoolMfaConfig": (
        lambda w: {
            "UserPoolId": w.new_pool()["Id"],
            "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": {"Enabled": True},
        },
    ),
    "AddCustomAttributes": (
        lambda w: {
            "UserPoolId": w.new_pool()["Id"],
            "CustomAttributes": [{"Name": "team", "AttributeDataType": "String"}],
        },
        {"InvalidParameterException"},
    ),
    "DeleteUserPool": (lambda w: {"UserPoolId": w.new_pool()["Id"]}, GONE),
    "DescribeUserPool": (of_pool,),
    "ListUserPools": (lambda w: {"MaxResults": 5},),
    "UpdateUserPool": (lambda w: {"UserPoolId": w.new_pool()["Id"], "UserPoolTags": {"team": "red"}},),
    "GetProvisionedLimit": (lambda w: {"LimitDefinition": limit(w)},),
    "UpdateProvisionedLimit": (lambda w: {"LimitDefinition": limit(w), "RequestedLimitValue": 10},),
    "ListTagsForResource": (lambda w: {"ResourceArn": w.arn()},),
    "TagResource": (lambda w: {"ResourceArn": w.arn(w.new_pool()), "Tags": {"team": "red"}},),
    "UntagResource": (lambda w: tagged(w) | {"TagKeys": ["team"]},),
    "AddUserPoolClientSecret": (of_client_with_secret, ONE_SECRET),
    "DeleteUserPoolClient": (of_client, GONE),
    "DescribeUserPoolClient": (of_client,),
    "ListUserPoolClientSecrets": (of_client,),
    "ListUserPoolClients": (of_pool,),
    "UpdateUserPoolClient": (lambda w: of_client(w, ClientName="renamed"),),
    "CreateResourceServer": (
        lambda w: of_pool(w, Identifier=f"https://{w.unique('api')}.example.com", Name="api", Scopes=SCOPES),
        {"InvalidParameterException"},
    ),
    "DeleteResourceServer": (served, GONE),
    "DescribeResourceServer": (served,),
    "ListResourceServers": (of_pool,),
    "UpdateResourceServer": (lambda w: served(w) | {"Name": "api", "Scopes": SCOPES},),
    "DeleteIdentityProvider": (provided, GONE),
    "DescribeIdentityProvider": (provided,),
    "GetIdentityProviderByIdentifier": (lambda w: of_pool(w, IdpIdentifier=w.provider()),),
    "ListIdentityProviders": (of_pool,),
    "UpdateIdentityProvider": (lambda w: provided(w) | {"AttributeMapping": {"email": "mail"}},),
    "CreateUserPoolDomain": (domain, {"InvalidParameterException"}),
    "DeleteUserPoolDomain": (with_domain, GONE | {"InvalidParameterException"}),
    "DescribeUserPoolDomain": (lambda w: {"Domain": with_domain(w)["Domain"]},),
    "UpdateUserPoolDomain": (lambda w: with_domain(w) | {"ManagedLoginVersion": 2},),
    "CreateManagedLoginBranding": (
        lambda w: of_client(w, UseCognitoProvidedValues=True), {"ManagedLoginBrandingExistsException"}
    ),
    "DeleteManagedLoginBranding": (branded, GONE),
    "DescribeManagedLoginBranding": (branded,),
    "DescribeManagedLoginBrandingByClient": (lambda w: with_branding(w),),
    "UpdateManagedLoginBranding": (lambda w: branded(w) | {"UseCognitoProvidedValues": True},),
    "GetUICustomization": (of_pool,),
    "SetUICustomization": (lambda w: of_client(w, CSS=".label-customizable { font-weight: 400; }", ImageFile=png()),),
    "CreateTerms": (lambda w: w.new_terms(w.new_client()["ClientId"]), {"TermsExistsException"}),
    "DeleteTerms": (with_terms, GONE),
    "DescribeTerms": (with_terms,),
    "DescribeTermsByClient": (lambda w: of_client(w, TermsName="terms-of-use"),),
    "ListTerms": (of_pool,),
    "UpdateTerms": (lambda w: with_terms(w) | {"Links": {"cognito:default": "https://example.com/other"}},),
})  # fmt: skip


def with_branding(w):
    request = of_client(w)
    w.branding(request["ClientId"])
    return request


@user_pool("DescribeTermsByClient")
def _(w):
    client = w.new_client()["ClientId"]
    w.terms(client)
    return of_pool(w, ClientId=client, TermsName="terms-of-use")


@user_pool("CreateUserPool", again=True)
def _(w):
    return {"PoolName": w.unique("pool")}


@user_pool("CreateUserPoolClient", again=True)
def _(w):
    return of_pool(w, ClientName="made", GenerateSecret=True)


# Identity pools


def identities(w, **more):
    return {"IdentityPoolId": w.identities} | more


def vouched(w):
    user = w.unique("dev")
    return user, w.vouched(user)


def known(w):
    logins = w.logins()
    identity = w.identity.get_id(IdentityPoolId=w.identities, Logins=logins)["IdentityId"]
    return {"IdentityId": identity, "Logins": logins}


def demo_guest(w):
    """The roles trust identities of the demo pool alone."""
    demo = os.environ["GATEHOUSE_IDENTITY_POOL_ID"]
    return {"IdentityId": w.identity.get_id(IdentityPoolId=demo)["IdentityId"]}


def tagged_identities(w):
    pool = w.new_identity_pool()
    w.identity.tag_resource(ResourceArn=w.identity_arn(pool), Tags={"team": "red"})
    return {"ResourceArn": w.identity_arn(pool)}


@identity_pool("LookupDeveloperIdentity")
def _(w):
    return identities(w, IdentityId=vouched(w)[1])


@identity_pool("MergeDeveloperIdentities")
def _(w):
    (one, _), (other, _) = vouched(w), vouched(w)
    return identities(w, DeveloperProviderName=DEVELOPER, SourceUserIdentifier=one, DestinationUserIdentifier=other)


@identity_pool("UnlinkDeveloperIdentity", GONE)
def _(w):
    user, identity = vouched(w)
    return identities(w, IdentityId=identity, DeveloperProviderName=DEVELOPER, DeveloperUserIdentifier=user)


@identity_pool("UnlinkIdentity", {"NotAuthorizedException", "ResourceNotFoundException", "InvalidParameterException"})
def _(w):
    request = known(w)
    return request | {"LoginsToRemove": list(request["Logins"])}


def mapped(w):
    return identities(w, IdentityProviderName=user_pool_provider(w.app))


@identity_pool("SetIdentityPoolRoles")
def _(w):
    return {
        "IdentityPoolId": w.new_identity_pool()["IdentityPoolId"],
        "Roles": {"authenticated": "arn:aws:iam::000000000000:role/IdentityUserRole"},
    }


simple(identity_pool, {
    "GetId": (lambda w: identities(w, Logins=w.logins()),),
    "GetCredentialsForIdentity": (demo_guest,),
    "GetOpenIdToken": (known,),
    "DeleteIdentities": (lambda w: {"IdentityIdsToDelete": [w.guest()]},),
    "DescribeIdentity": (lambda w: {"IdentityId": w.guest()},),
    "ListIdentities": (lambda w: identities(w, MaxResults=5),),
    "GetOpenIdTokenForDeveloperIdentity": (lambda w: identities(w, Logins={DEVELOPER: w.unique("dev")}),),
    "DeleteIdentityPool": (lambda w: {"IdentityPoolId": w.new_identity_pool()["IdentityPoolId"]}, GONE),
    "DescribeIdentityPool": (identities,),
    "ListIdentityPools": (lambda w: {"MaxResults": 5},),
    "UpdateIdentityPool": (lambda w: w.new_identity_pool() | {"AllowClassicFlow": True},),
    "GetIdentityPoolRoles": (identities,),
    "GetPrincipalTagAttributeMap": (mapped,),
    "SetPrincipalTagAttributeMap": (lambda w: mapped(w) | {"UseDefaults": True},),
    "ListTagsForResource": (tagged_identities,),
    "TagResource": (lambda w: {"ResourceArn": w.identity_arn(w.new_identity_pool()), "Tags": {"team": "red"}},),
    "UntagResource": (lambda w: tagged_identities(w) | {"TagKeys": ["team"]},),
})  # fmt: skip


@identity_pool("CreateIdentityPool", again=True)
def _(w):
    return {"IdentityPoolName": w.unique("identities"), "AllowUnauthenticatedIdentities": False}


def encoded(request):
    """The request as JSON has it."""
    if isinstance(request, bytes):
        return base64.b64encode(request).decode()
    if isinstance(request, dict):
        return {name: encoded(value) for name, value in request.items()}
    if isinstance(request, (list, tuple)):
        return [encoded(value) for value in request]
    return request


def served_operations():
    """(service, name) of every operation that is served."""
    table = tomllib.loads((Path(__file__).resolve().parents[3] / "operations.toml").read_text())
    return {
        (service, name): entry
        for service, entries in table.items()
        for name, entry in entries.items()
        if entry.get("served")
    }
