"""Gatehouse's own functions for triggers: what they answer to Cognito's events, and what users notice of them.

The files of events/ go to the functions of the stack, which have no configuration; what variables do is tried with
processes of a test's own.
"""

import datetime
import json
import os

import pytest
from event_support import covers, invoke, load
from support import attributes, claims, local_aws, make_app, named, refused
from trigger_support import Refused, lambda_config, make_binary


@covers("triggers-pre-sign-up/basic", "triggers-pre-sign-up/disposable")
def test_pre_sign_up_refuses_throw_away_mailboxes(make_binary):
    event = load("triggers-pre-sign-up/basic")
    answer = invoke("triggers-pre-sign-up", event)
    assert answer["response"] == {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
    assert (answer["userName"], answer["triggerSource"]) == (event["userName"], event["triggerSource"])
    with pytest.raises(Refused, match="lasting e-mail address"):
        make_binary("pre-sign-up").invoke(load("triggers-pre-sign-up/disposable"))
    allowing = make_binary("pre-sign-up", DISPOSABLE_EMAIL_DOMAINS="allow")
    assert allowing.invoke(load("triggers-pre-sign-up/disposable"))["response"]["autoConfirmUser"] is False


def test_a_pool_admits_only_the_domains_of_its_list_and_confirms_the_trusted(make_app, make_binary):
    function = make_binary(
        "pre-sign-up", ALLOWED_EMAIL_DOMAINS="example.com,*.example.org", TRUSTED_EMAIL_DOMAINS="*.example.org"
    )
    app = make_app({"LambdaConfig": lambda_config(function, "PreSignUp")})
    stranger = app.unique("eve")
    for email in ("eve@example.net", "eve@example.com.evil.net", "eve@evilexample.com"):
        message = "PreSignUp failed with error E-mail addresses of this domain may not sign up.."
        with refused("UserLambdaValidationException", message):
            app.sign_up(stranger, attributes={"email": email})
    with refused("UserNotFoundException"):
        app.get(stranger)
    ann = app.sign_up(attributes={"email": f"{stranger}@Example.com"})
    assert app.get(ann)["UserStatus"] == "UNCONFIRMED"
    bob = app.sign_up(attributes={"email": f"{stranger}@mail.example.org"})
    assert app.get(bob)["UserStatus"] == "CONFIRMED"
    # Confirmed is not verified: nobody has shown that the address is his.
    assert attributes(app.get(bob)).get("email_verified") != "true"
    assert app.tokens(bob)["AccessToken"]
    invited = app.unique("carol")
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username=invited,
        MessageAction="SUPPRESS",
        UserAttributes=named({"email": "carol@example.net"}),
    )
    assert app.get(invited)["UserStatus"] == "FORCE_CHANGE_PASSWORD"


@covers("triggers-pre-authentication/basic")
def test_pre_authentication_lets_in_from_the_ranges_alone(make_binary):
    event = load("triggers-pre-authentication/basic")
    assert invoke("triggers-pre-authentication", event)["response"] == {}
    guarded = make_binary("pre-authentication", ALLOWED_RANGES="192.0.2.0/24", DENIED_RANGES="192.0.2.128/25")
    assert guarded.invoke(event)["response"] == {}
    for address in ("192.0.2.200", "::ffff:192.0.2.200", "198.51.100.1", "nonsense"):
        event["request"]["validationData"] = {"ipAddress": address}
        with pytest.raises(Refused, match="not allowed from here"):
            guarded.invoke(event)
    event["request"]["validationData"] = None
    with pytest.raises(Refused):
        guarded.invoke(event)
    assert make_binary("pre-authentication", DENIED_RANGES="::/0", WITHOUT_ADDRESS="allow").invoke(event)


@covers("triggers-custom-message/basic")
def test_custom_message_speaks_the_users_language(make_app, make_binary, mailbox):
    answer = invoke("triggers-custom-message", load("triggers-custom-message/basic"))
    assert answer["response"]["emailSubject"] == "Ihr Bestätigungscode für Gatehouse"
    function = make_binary(
        "custom-message", BRAND_NAME="Fish & Co", MESSAGES='{"en": {"reset": {"subject": "Forgot it?"}}}'
    )
    app = make_app({"LambdaConfig": lambda_config(function, "CustomMessage"), "AutoVerifiedAttributes": ["email"]})
    name = app.unique("ann")
    email = f"{name}@example.com"
    app.sign_up(name, attributes={"email": email, "locale": "fr-CA"})
    code = mailbox(email)
    (mail,) = mailbox.messages(email)
    assert mail["subject"] == "Votre code de confirmation Fish & Co"
    assert mail["body"] == f"<p>Bienvenue chez Fish &amp; Co. Votre code de confirmation est <b>{code}</b>.</p>"
    app.confirm(name, code)
    app.forgot(name, ClientMetadata={"locale": "en"})
    code = mailbox(email, 2)
    assert "Forgot it?" in [mail["subject"] for mail in mailbox.messages(email)]
    app.confirm_forgot(name, code)


def queue_of(bus, unique):
    """A queue that gets what Gatehouse tells an EventBridge bus."""
    events, sqs = local_aws("events"), local_aws("sqs")
    events.create_event_bus(Name=bus)
    queue = sqs.create_queue(QueueName=unique("told"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = unique("rule")
    events.put_rule(Name=rule, EventBusName=bus, EventPattern='{"source": ["gatehouse"]}', State="ENABLED")
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

    def told():
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]

    return told


@covers("triggers-post-confirmation/basic")
def test_a_confirmed_user_joins_the_default_groups_and_the_bus_is_told(make_app, make_binary, mailbox, unique):
    assert invoke("triggers-post-confirmation", load("triggers-post-confirmation/basic"))["response"] == {}
    bus = unique("bus")
    told = queue_of(bus, unique)
    function = make_binary("post-confirmation", DEFAULT_GROUPS="readers,missing,staff", EVENT_BUS=bus)
    settings = {"AutoVerifiedAttributes": ["email"], "AliasAttributes": ["preferred_username"]}
    app = make_app(settings | {"LambdaConfig": lambda_config(function, "PostConfirmation")})
    for group in ("readers", "staff"):
        app.cognito.create_group(UserPoolId=app.pool_id, GroupName=group)
    name = app.sign_up()
    app.confirm(name, mailbox(f"{name}@example.com"))
    assert claims(app.tokens(name)["IdToken"])["cognito:groups"] == ["readers", "staff"]
    (event,) = told()
    assert (event["source"], event["detail-type"]) == ("gatehouse", "UserConfirmed")
    detail = event["detail"]
    assert (detail["userPoolId"], detail["userName"], detail["clientId"]) == (app.pool_id, name, app.client_id)
    assert detail["sub"] == attributes(app.get(name))["sub"] and detail["id"]
    assert "@" not in json.dumps(detail)
    # Told once more, the user is a member still, and whoever listens sees that it is the same.
    again = load("triggers-post-confirmation/basic") | {"userPoolId": app.pool_id, "userName": name}
    function.invoke(again)
    groups = app.cognito.admin_list_groups_for_user(UserPoolId=app.pool_id, Username=name)["Groups"]
    assert sorted(group["GroupName"] for group in groups) == ["readers", "staff"]
    with pytest.raises(Refused):
        function.invoke(again | {"userName": "nobody-of-this-name"})


@covers("triggers-post-authentication/basic")
def test_the_last_sign_in_is_kept_and_told(make_app, make_binary, unique):
    assert invoke("triggers-post-authentication", load("triggers-post-authentication/basic"))["response"] == {}
    bus = unique("bus")
    told = queue_of(bus, unique)
    function = make_binary("post-authentication", LAST_SIGN_IN_ATTRIBUTE="custom:seen", EVENT_BUS=bus)
    app = make_app(
        {
            "LambdaConfig": lambda_config(function, "PostAuthentication"),
            "AliasAttributes": ["preferred_username"],
            "Schema": [{"Name": "seen", "AttributeDataType": "String", "Mutable": True}],
        }
    )
    name = app.user()
    assert "custom:seen" not in attributes(app.get(name))
    app.tokens(name)
    seen = datetime.datetime.fromisoformat(attributes(app.get(name))["custom:seen"])
    assert abs(datetime.datetime.now(datetime.UTC) - seen) < datetime.timedelta(minutes=1)
    (event,) = told()
    assert (event["detail-type"], event["detail"]["userName"]) == ("UserSignedIn", name)
    app.srp_auth(name)
    # A pool without the attribute says so, and nobody is signed in who cannot be remembered.
    other = make_app({"LambdaConfig": lambda_config(function, "PostAuthentication")})
    ann = other.user()
    with refused("UserLambdaValidationException"):
        other.tokens(ann)


@covers("triggers-pre-token-generation/basic", "triggers-pre-token-generation/version-2")
def test_tokens_say_the_tenant_and_what_it_has(make_app, make_binary):
    nothing = invoke("triggers-pre-token-generation", load("triggers-pre-token-generation/basic"))["response"]
    assert nothing == {"claimsOverrideDetails": {"claimsToAddOrOverride": {}}}
    function = make_binary(
        "pre-token-generation", CLAIMS_FROM_ATTRIBUTES="plan=custom:plan", TENANT_ATTRIBUTE="custom:tenant"
    )
    second = function.invoke(load("triggers-pre-token-generation/version-2"))["response"]
    expected = {"claimsToAddOrOverride": {"plan": "gold", "tenant_id": "acme"}}
    assert second["claimsAndScopeOverrideDetails"] == {
        "idTokenGeneration": expected,
        "accessTokenGeneration": expected,
    }
    app = make_app(
        {
            "LambdaConfig": lambda_config(function, PreTokenGenerationConfig="V2_0"),
            "Schema": [
                {"Name": name, "AttributeDataType": "String", "Mutable": True} for name in ("tenant", "plan")
            ],
        }
    )
    local_aws("dynamodb").put_item(
        TableName=os.environ["GATEHOUSE_TABLE"],
        Item={
            "PK": {"S": f"TENANT#{app.pool_id}#acme"},
            "SK": {"S": "CONFIG"},
            "claims": {"M": {"roles": {"L": [{"S": "buyer"}]}, "beta": {"BOOL": True}, "plan": {"S": "basic"}}},
        },
    )
    ann = app.user(**{"custom:tenant": "acme", "custom:plan": "gold"})
    tokens = app.tokens(ann)
    for token in (tokens["IdToken"], tokens["AccessToken"]):
        said = claims(token)
        assert (said["tenant_id"], said["roles"], said["beta"], said["plan"]) == ("acme", ["buyer"], True, "gold")
    bob = app.user(**{"custom:tenant": "another"})
    assert claims(app.tokens(bob)["IdToken"])["tenant_id"] == "another"
    assert "roles" not in claims(app.tokens(bob)["IdToken"])
    assert "tenant_id" not in claims(app.tokens(app.user())["AccessToken"])


@covers("triggers-inbound-federation/basic")
def test_inbound_federation_passes_on_what_the_rules_leave(make_binary):
    event = load("triggers-inbound-federation/basic")
    answer = invoke("triggers-inbound-federation", event)["response"]["userAttributesToMap"]
    assert answer == {"sub": "1", "email": "ann@idp.example", "dept": "sales", "salary": 7}
    function = make_binary("inbound-federation", DROP_ATTRIBUTES="salary", RENAME_ATTRIBUTES="department=dept")
    answer = function.invoke(event)["response"]["userAttributesToMap"]
    assert answer == {"sub": "1", "email": "ann@idp.example", "department": "sales"}
    with pytest.raises(Refused, match="did not say enough"):
        make_binary("inbound-federation", REQUIRED_ATTRIBUTES="manager").invoke(event)
