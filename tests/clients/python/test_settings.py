"""Every setting of pools and clients that the API's model has is kept and shown, or refused by its name.

The members come from the model that the service is built from: one that is new there, and not in the tables below,
fails a test.
"""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from support import make_app

SHAPES = json.loads(
    (Path(__file__).resolve().parents[3] / "shared" / "model" / "data" / "cognito-idp.json").read_text()
)["shapes"]
ARN = "arn:aws:iam::123456789012:role/sms"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0b5e1b4e-6d2b-4c53-9d0b-5f2a4f2a7f10"
TRIGGER = "arn:aws:lambda:us-east-1:123456789012:function:trigger"
SENDER = "arn:aws:ses:us-east-1:123456789012:identity/no-reply@example.com"
CODE = "Your code is {####}"

# Of every setting a value that is not its default, with what it needs beside it.
POOL = {
    "PoolName": "other",
    "Policies.PasswordPolicy.MinimumLength": 12,
    "Policies.PasswordPolicy.RequireUppercase": True,
    "Policies.PasswordPolicy.RequireLowercase": True,
    "Policies.PasswordPolicy.RequireNumbers": True,
    "Policies.PasswordPolicy.RequireSymbols": True,
    "Policies.PasswordPolicy.PasswordHistorySize": 3,
    "Policies.PasswordPolicy.TemporaryPasswordValidityDays": 4,
    "Policies.SignInPolicy.AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"],
    "DeletionProtection": "ACTIVE",
    "LambdaConfig.PreSignUp": TRIGGER,
    "LambdaConfig.CustomMessage": TRIGGER,
    "LambdaConfig.PostConfirmation": TRIGGER,
    "LambdaConfig.PreAuthentication": TRIGGER,
    "LambdaConfig.PostAuthentication": TRIGGER,
    "LambdaConfig.DefineAuthChallenge": TRIGGER,
    "LambdaConfig.CreateAuthChallenge": TRIGGER,
    "LambdaConfig.VerifyAuthChallengeResponse": TRIGGER,
    "LambdaConfig.PreTokenGeneration": TRIGGER,
    "LambdaConfig.UserMigration": TRIGGER,
    "LambdaConfig.PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": TRIGGER},
    "LambdaConfig.CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": TRIGGER},
    "LambdaConfig.CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": TRIGGER},
    "LambdaConfig.KMSKeyID": KEY,
    "LambdaConfig.InboundFederation": {"LambdaVersion": "V1_0", "LambdaArn": TRIGGER},
    "AutoVerifiedAttributes": ["email"],
    "AliasAttributes": ["email"],
    "UsernameAttributes": ["email"],
    "SmsVerificationMessage": CODE,
    "EmailVerificationMessage": CODE,
    "EmailVerificationSubject": "Code",
    "VerificationMessageTemplate.SmsMessage": CODE,
    "VerificationMessageTemplate.EmailMessage": CODE,
    "VerificationMessageTemplate.EmailSubject": "Code",
    "VerificationMessageTemplate.EmailMessageByLink": "{##press##}",
    "VerificationMessageTemplate.EmailSubjectByLink": "Link",
    "VerificationMessageTemplate.DefaultEmailOption": "CONFIRM_WITH_LINK",
    "SmsAuthenticationMessage": CODE,
    # Others need a way to send text messages; test_mfa.py has them.
    "MfaConfiguration": "OFF",
    "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate": ["email"],
    "DeviceConfiguration.ChallengeRequiredOnNewDevice": True,
    "DeviceConfiguration.DeviceOnlyRememberedOnUserPrompt": True,
    "EmailConfiguration.SourceArn": SENDER,
    "EmailConfiguration.ReplyToEmailAddress": "help@example.com",
    "EmailConfiguration.EmailSendingAccount": "DEVELOPER",
    "EmailConfiguration.From": "no-reply@example.com",
    "EmailConfiguration.ConfigurationSet": "set",
    "SmsConfiguration.SnsCallerArn": ARN,
    "SmsConfiguration.ExternalId": "external",
    "SmsConfiguration.SnsRegion": "eu-central-1",
    "SmsConfiguration.EumsSms": {"CallerArn": ARN},
    "UserPoolTags": {"team": "blue"},
    "AdminCreateUserConfig.AllowAdminCreateUserOnly": True,
    "AdminCreateUserConfig.UnusedAccountValidityDays": 5,
    "AdminCreateUserConfig.InviteMessageTemplate.SMSMessage": "{username} {####}",
    "AdminCreateUserConfig.InviteMessageTemplate.EmailMessage": "{username} {####}",
    "AdminCreateUserConfig.InviteMessageTemplate.EmailSubject": "Come",
    "Schema": [{"Name": "team", "AttributeDataType": "String"}],
    "UserPoolAddOns.AdvancedSecurityMode": "ENFORCED",
    "UserPoolAddOns.AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "ENFORCED"},
    "UsernameConfiguration.CaseSensitive": False,
    "AccountRecoverySetting.RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}],
    "UserPoolTier": "PLUS",
    "AcrConfiguration": {"Level1": {"AcrValue": "bronze"}},
    "DcrConfiguration.EnableStatus": "Enabled",
    "DcrConfiguration.OpenDcrEnabled": True,
    "DcrConfiguration.OpenDcrGrantTypes": ["code"],
    "DcrConfiguration.AuthenticatedGrantTypes": ["code"],
    "DcrConfiguration.AllowedScopes": ["openid"],
    "IssuerConfiguration.Type": "UPDATED",
    "KeyConfiguration.KeyType": "CUSTOMER_MANAGED_KEY",
    "KeyConfiguration.KmsKeyArn": KEY,
}
CLIENT = {
    "ClientName": "other",
    "RefreshTokenValidity": 5,
    "AccessTokenValidity": 6,
    "IdTokenValidity": 7,
    "TokenValidityUnits.AccessToken": "minutes",
    "TokenValidityUnits.IdToken": "minutes",
    "TokenValidityUnits.RefreshToken": "hours",
    "ReadAttributes": ["email"],
    "WriteAttributes": ["email"],
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"],
    "CallbackURLs": ["https://example.com/back"],
    "LogoutURLs": ["https://example.com/bye"],
    "DefaultRedirectURI": "https://example.com/back",
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AnalyticsConfiguration.ApplicationArn": "arn:aws:mobiletargeting:us-east-1:123456789012:apps/1",
    "AnalyticsConfiguration.ApplicationId": "abcdef",
    "AnalyticsConfiguration.RoleArn": ARN,
    "AnalyticsConfiguration.ExternalId": "external",
    "AnalyticsConfiguration.UserDataShared": True,
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": False,
    "EnablePropagateAdditionalUserContextData": True,
    "AuthSessionValidity": 9,
    "RefreshTokenRotation.Feature": "ENABLED",
    "RefreshTokenRotation.RetryGracePeriodSeconds": 20,
    "GenerateSecret": True,
    "ClientSecret": "s" * 30,
}
# What a setting is not accepted without.
BESIDE = {
    "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate": {"AutoVerifiedAttributes": ["email"]},
    "EmailConfiguration.EmailSendingAccount": {"EmailConfiguration": {"SourceArn": SENDER}},
    "UserPoolAddOns.AdvancedSecurityAdditionalFlows": {"UserPoolAddOns": {"AdvancedSecurityMode": "OFF"}},
    "LambdaConfig.CustomSMSSender": {"LambdaConfig": {"KMSKeyID": KEY}},
    "LambdaConfig.CustomEmailSender": {"LambdaConfig": {"KMSKeyID": KEY}},
    "TokenValidityUnits.AccessToken": {"AccessTokenValidity": 10},
    "TokenValidityUnits.IdToken": {"IdTokenValidity": 10},
    "TokenValidityUnits.RefreshToken": {"RefreshTokenValidity": 10},
    "DefaultRedirectURI": {"CallbackURLs": ["https://example.com/back"]},
    "AllowedOAuthFlowsUserPoolClient": {
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": ["https://example.com/back"],
    },
    "AllowedOAuthFlows": {"CallbackURLs": ["https://example.com/back"], "AllowedOAuthScopes": ["openid"]},
    "RefreshTokenRotation.Feature": {
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": {"RetryGracePeriodSeconds": 10},
    },
    "RefreshTokenRotation.RetryGracePeriodSeconds": {
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        "RefreshTokenRotation": {"Feature": "ENABLED"},
    },
}
# Which pool or client is meant, which is no setting.
NAMES = {"UserPoolId", "ClientId"}
SHOWN_AS = {"PoolName": "Name", "Schema": "SchemaAttributes"}


def leaves(shape, inside=None):
    """Paths of a request's settings: of structures their members, of anything else itself."""
    for name, member in SHAPES[shape]["members"].items():
        path = f"{inside}.{name}" if inside else name
        if SHAPES[member]["type"] == "structure" and path not in POOL | CLIENT:
            yield from leaves(member, path)
        else:
            yield path


def settings_of(operation):
    return set(leaves(f"{operation}Request")) - NAMES


def merged(one, other):
    both = dict(one)
    for name, value in other.items():
        nested = isinstance(both.get(name), dict) and isinstance(value, dict)
        both[name] = merged(both[name], value) if nested else value
    return both


def request_with(path, value):
    for name in reversed(path.split(".")):
        value = {name: value}
    return merged(BESIDE.get(path, {}), value)


def shown(document, path):
    for name in path.split("."):
        document = (document or {}).get(SHOWN_AS.get(name, name))
    return document


def contains(found, wanted):
    """What was set is there; the service may show more of it than was set."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(contains(found.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list) and wanted and isinstance(wanted[0], dict):
        names = [str(entry.get("Name")).removeprefix("custom:") for entry in found]
        return all(entry["Name"] in names for entry in wanted)
    return found == wanted


def kept_or_refused(path, set_it):
    """Sets a value; returns what the service shows then, or fails unless the error names the setting."""
    try:
        return set_it()
    except ClientError as error:
        details = error.response["Error"]
        assert details["Code"] == "InvalidParameterException", (path, details)
        assert any(name in details["Message"] for name in path.split(".")), (path, details)
        return None


@pytest.mark.parametrize("operation", ["CreateUserPool", "UpdateUserPool", "CreateUserPoolClient", "UpdateUserPoolClient"])
def test_every_member_of_the_model_is_in_the_tables(operation):
    members = settings_of(operation)
    table = set(CLIENT if operation.endswith("Client") else POOL)
    assert members - table == set(), "new in the model"
    if operation.startswith("Create"):
        assert table - members == set(), "no longer in the model"


@pytest.mark.parametrize("path", POOL)
def test_a_setting_of_a_new_pool(cognito, make_pool, path):
    wanted = POOL[path]
    settings = request_with(path, wanted)

    def create():
        pool = make_pool(**settings)
        if pool.get("DeletionProtection") == "ACTIVE":
            cognito.update_user_pool(UserPoolId=pool["Id"], DeletionProtection="INACTIVE")
        else:
            assert cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"] == pool
        return pool

    pool = kept_or_refused(path, create)
    assert pool is None or contains(shown(pool, path), wanted), pool


def test_settings_of_a_changed_pool(cognito, make_pool):
    pool = make_pool()["Id"]
    for path in sorted(settings_of("UpdateUserPool")):
        settings = request_with(path, POOL[path])

        def update(settings=settings):
            cognito.update_user_pool(UserPoolId=pool, **settings)
            return cognito.describe_user_pool(UserPoolId=pool)["UserPool"]

        found = kept_or_refused(path, update)
        assert found is None or contains(shown(found, path), POOL[path]), path
    cognito.update_user_pool(UserPoolId=pool)
    reset = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert reset["DeletionProtection"] == "INACTIVE"
    assert reset["Policies"]["PasswordPolicy"]["MinimumLength"] == 8


def test_settings_of_clients(make_app):
    app = make_app()
    pool = {"UserPoolId": app.pool_id}
    changed = app.cognito.create_user_pool_client(ClientName="changed", **pool)["UserPoolClient"]["ClientId"]
    update = settings_of("UpdateUserPoolClient")
    for path, wanted in CLIENT.items():
        settings = request_with(path, wanted)

        def create(settings=settings):
            made = app.cognito.create_user_pool_client(**pool, **{"ClientName": "new"} | settings)["UserPoolClient"]
            found = app.cognito.describe_user_pool_client(**pool, ClientId=made["ClientId"])["UserPoolClient"]
            assert found == made
            return made

        made = kept_or_refused(path, create)
        if path == "GenerateSecret":
            assert made["ClientSecret"]
            continue
        assert made is None or contains(shown(made, path), wanted), (path, made)
        if path not in update:
            continue

        def replace(settings=settings):
            app.cognito.update_user_pool_client(**pool, ClientId=changed, **settings)
            return app.cognito.describe_user_pool_client(**pool, ClientId=changed)["UserPoolClient"]

        found = kept_or_refused(path, replace)
        assert found is None or contains(shown(found, path), wanted), (path, found)


def test_the_two_names_of_a_temporary_password_s_days(make_pool, cognito):
    pool = make_pool(AdminCreateUserConfig={"UnusedAccountValidityDays": 3})
    assert pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 3
    with pytest.raises(cognito.exceptions.InvalidParameterException, match="TemporaryPasswordValidityDays"):
        make_pool(
            AdminCreateUserConfig={"UnusedAccountValidityDays": 3},
            Policies={"PasswordPolicy": {"TemporaryPasswordValidityDays": 4}},
        )
