"""Triggers of a sign-in: before it, after it, before its tokens, and users who come from elsewhere."""

import pytest
from support import ALL_FLOWS, OTHER_PASSWORD, PASSWORD, TEMPORARY, claims, make_app, refusal, refused
from trigger_support import lambda_config, make_function

PREVENTED = {"PreventUserExistenceErrors": "ENABLED"}
METADATA = {"device": "tv"}


def answering(**response):
    def handler(event, _context):
        event["response"].update(response)
        return event

    return handler


def password_auth(app, name, password=PASSWORD, **more):
    return app.anonymous.initiate_auth(
        ClientId=app.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
        **more,
    )


def test_before_and_after_a_sign_in(make_app, make_function):
    function = make_function()
    config = lambda_config(function, "PreAuthentication", "PostAuthentication")
    app = make_app({"LambdaConfig": config})
    name = app.user(email="ann@example.com")
    password_auth(app, name, ClientMetadata=METADATA)
    before, after = function.events
    assert before["triggerSource"] == "PreAuthentication_Authentication"
    assert before["callerContext"]["clientId"] == app.client_id
    request = before["request"]
    assert request["validationData"] == METADATA
    assert request["userNotFound"] is False
    assert request["userAttributes"]["email"] == "ann@example.com"
    assert request["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert after["triggerSource"] == "PostAuthentication_Authentication"
    assert after["request"]["newDeviceUsed"] is False
    # What the application says when it begins goes to the first of the two alone.
    assert "clientMetadata" not in after["request"]
    assert refusal(password_auth, app, name, "Wrong-Guess-0")
    assert function.sources.count("PostAuthentication_Authentication") == 1
    assert function.sources.count("PreAuthentication_Authentication") == 2


def test_srp_is_asked_for_when_it_begins(make_app, make_function):
    function = make_function()
    config = lambda_config(function, "PreAuthentication", "PostAuthentication")
    app = make_app({"LambdaConfig": config})
    name = app.user()
    challenge, responses = app.srp_begun(name)
    assert function.sources == ["PreAuthentication_Authentication"]
    app.anonymous.respond_to_auth_challenge(
        ClientId=app.client_id,
        ChallengeName=challenge["ChallengeName"],
        ChallengeResponses=responses,
        ClientMetadata=METADATA,
    )
    after = function.event("PostAuthentication_Authentication")
    assert after["request"]["clientMetadata"] == METADATA


def test_a_function_refuses_a_sign_in(make_app, make_function):
    def refuses(event, _context):
        raise PermissionError(f"{event['userName']} may not")

    for trigger in ("PreAuthentication", "PostAuthentication", "PreTokenGeneration"):
        function = make_function(refuses)
        app = make_app({"LambdaConfig": lambda_config(function, trigger)})
        name = app.user()
        for call in (lambda: app.tokens(name), lambda: app.srp_auth(name)):
            with refused("UserLambdaValidationException", f"{trigger} failed with error {name} may not."):
                call()


def test_a_name_without_a_user_looks_alike_to_the_application(make_app, make_function):
    function = make_function()
    config = lambda_config(function, "PreAuthentication")
    app = make_app({"LambdaConfig": config}, **PREVENTED)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.tokens("nobody")
    event = function.event("PreAuthentication_Authentication")
    assert (event["userName"], event["request"]["userNotFound"]) == ("nobody", True)
    assert event["request"]["userAttributes"] == {}
    told = make_app({"LambdaConfig": config})
    with refused("UserNotFoundException"):
        told.tokens("nobody")
    assert len(function.events) == 1


V1 = {
    "claimsOverrideDetails": {
        "claimsToAddOrOverride": {"tenant": "blue", "sub": "forged", "email": "hidden@example.com"},
        "claimsToSuppress": ["name", "iss"],
        "groupOverrideDetails": {"groupsToOverride": ["guests"], "iamRolesToOverride": [], "preferredRole": None},
    }
}


def test_version_1_changes_the_id_token(make_app, make_function):
    function = make_function(answering(**V1))
    app = make_app({"LambdaConfig": lambda_config(function, "PreTokenGeneration")})
    name = app.user(email="ann@example.com", name="Ann")
    group = app.create_group(RoleArn="arn:aws:iam::000000000000:role/staff", Precedence=1)
    app.join(name, group)
    tokens = app.tokens(name)
    event = function.event("TokenGeneration_Authentication")
    assert event["version"] == "1"
    assert event["request"]["groupConfiguration"] == {
        "groupsToOverride": [group],
        "iamRolesToOverride": ["arn:aws:iam::000000000000:role/staff"],
        "preferredRole": "arn:aws:iam::000000000000:role/staff",
    }
    assert "scopes" not in event["request"]
    assert event["response"] == {"claimsOverrideDetails": None}
    identity, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert (identity["tenant"], identity["email"]) == ("blue", "hidden@example.com")
    assert "name" not in identity
    assert identity["sub"] == access["sub"] != "forged"
    assert identity["iss"] == access["iss"]
    assert identity["cognito:groups"] == access["cognito:groups"] == ["guests"]
    assert not {"cognito:roles", "cognito:preferred_role"} & identity.keys()
    assert "tenant" not in access
    # The access token works as ever.
    assert app.me(tokens["AccessToken"])["Username"] == name
    renewed = app.refresh(tokens["RefreshToken"])
    assert claims(renewed["IdToken"])["tenant"] == "blue"
    assert function.sources[-1] == "TokenGeneration_RefreshTokens"


V2 = {
    "claimsAndScopeOverrideDetails": {
        "idTokenGeneration": {"claimsToAddOrOverride": {"plan": {"name": "pro", "seats": 3}}},
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"tenant": ["blue"], "client_id": "forged", "username": "root"},
            "claimsToSuppress": ["token_use"],
            "scopesToAdd": ["orders/read"],
            "scopesToSuppress": [],
        },
    }
}


@pytest.mark.parametrize(("version", "number"), [("V2_0", "2"), ("V3_0", "3")])
def test_versions_2_and_3_change_both_tokens(make_app, make_function, version, number):
    function = make_function(answering(**V2))
    config = lambda_config(function, PreTokenGenerationConfig=version)
    app = make_app({"LambdaConfig": config})
    name = app.user()
    tokens = app.tokens(name)
    event = function.event("TokenGeneration_Authentication")
    assert event["version"] == number
    assert event["request"]["scopes"] == ["aws.cognito.signin.user.admin"]
    assert claims(tokens["IdToken"])["plan"] == {"name": "pro", "seats": 3}
    access = claims(tokens["AccessToken"])
    assert access["tenant"] == ["blue"]
    assert (access["client_id"], access["username"], access["token_use"]) == (app.client_id, name, "access")
    assert access["scope"] == "aws.cognito.signin.user.admin orders/read"
    assert app.me(tokens["AccessToken"])["Username"] == name


def test_a_scope_that_is_suppressed_opens_nothing(make_app, make_function):
    suppressed = {"accessTokenGeneration": {"scopesToSuppress": ["aws.cognito.signin.user.admin"]}}
    function = make_function(answering(claimsAndScopeOverrideDetails=suppressed))
    app = make_app({"LambdaConfig": lambda_config(function, PreTokenGenerationConfig="V2_0")})
    token = app.tokens(app.user())["AccessToken"]
    with refused("NotAuthorizedException"):
        app.me(token)


@pytest.mark.parametrize(
    "details",
    [
        {"idTokenGeneration": {"claimsToAddOrOverride": ["tenant"]}},
        {"accessTokenGeneration": {"scopesToAdd": ["two words"]}},
        "everything",
    ],
)
def test_changes_that_are_none_sign_nobody_in(make_app, make_function, details):
    function = make_function(answering(claimsAndScopeOverrideDetails=details))
    app = make_app({"LambdaConfig": lambda_config(function, PreTokenGenerationConfig="V2_0")})
    with refused("InvalidLambdaResponseException"):
        app.tokens(app.user())


def test_the_source_tells_a_new_password(make_app, make_function):
    function = make_function()
    app = make_app({"LambdaConfig": lambda_config(function, "PreTokenGeneration")})
    name = app.invited()
    challenge = app.password_auth(name, TEMPORARY)
    assert function.events == []
    app.anonymous.respond_to_auth_challenge(
        ClientId=app.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": name, "NEW_PASSWORD": PASSWORD},
        ClientMetadata=METADATA,
    )
    event = function.event("TokenGeneration_NewPasswordChallenge")
    assert event["request"]["clientMetadata"] == METADATA


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH"])
def test_a_user_moves_at_the_first_sign_in_and_nobody_is_asked_again(make_app, make_function, flow):
    elsewhere = {"ann": "Secret-At-Home-1"}

    def known(event, _context):
        if elsewhere.get(event["userName"]) != event["request"]["password"]:
            raise ValueError("Bad password")
        event["response"].update(
            userAttributes={"email": "ann@example.com", "email_verified": "true"},
            finalUserStatus="CONFIRMED",
            messageAction="SUPPRESS",
        )
        return event

    function = make_function(known)
    app = make_app({"LambdaConfig": lambda_config(function, "UserMigration")})

    def sign_in(password):
        parameters = {"USERNAME": "ann", "PASSWORD": password}
        more = {"AuthFlow": flow, "ClientId": app.client_id, "AuthParameters": parameters, "ClientMetadata": METADATA}
        if flow.startswith("ADMIN"):
            return app.cognito.admin_initiate_auth(UserPoolId=app.pool_id, **more)
        return app.anonymous.initiate_auth(**more)

    with refused("UserLambdaValidationException", "UserMigration failed with error Bad password."):
        sign_in("Wrong-Guess-0")
    with refused("UserNotFoundException"):
        app.get("ann")
    assert sign_in("Secret-At-Home-1")["AuthenticationResult"]
    event = function.events[-1]
    assert event["triggerSource"] == "UserMigration_Authentication"
    assert event["request"] == {"password": "Secret-At-Home-1", "validationData": METADATA}
    assert app.get("ann")["UserStatus"] == "CONFIRMED"
    asked = len(function.events)
    assert sign_in("Secret-At-Home-1")["AuthenticationResult"]
    assert app.srp_auth("ann", "Secret-At-Home-1")["IdToken"]
    assert len(function.events) == asked


def test_guesses_at_a_user_elsewhere_are_counted(make_app, make_function):
    def refuses(_event, _context):
        raise ValueError("Bad password")

    function = make_function(refuses)
    app = make_app({"LambdaConfig": lambda_config(function, "UserMigration")})
    answers = [refusal(app.tokens, "ann", "Wrong-Guess-0") for _ in range(12)]
    assert [error for error, _ in answers[:5]] == ["UserLambdaValidationException"] * 5
    assert ("NotAuthorizedException", "Password attempts exceeded") in answers
    assert len(function.events) == [error for error, _ in answers].count("UserLambdaValidationException")


def test_a_migrated_user_may_have_to_set_a_new_password(make_app, make_function, mailbox):
    email = f"{id(make_app)}-moved@example.com"
    known = {"userAttributes": {"email": email, "email_verified": "true"}, "finalUserStatus": "RESET_REQUIRED"}
    function = make_function(answering(**known))
    app = make_app({"LambdaConfig": lambda_config(function, "UserMigration")})
    with refused("PasswordResetRequiredException"):
        app.tokens("ann")
    assert app.get("ann")["UserStatus"] == "RESET_REQUIRED"
    app.forgot("ann")
    app.confirm_forgot("ann", mailbox(email))
    assert app.tokens("ann", OTHER_PASSWORD)
    assert len(function.events) == 1


def test_the_name_may_be_an_address(make_app, make_function):
    function = make_function(answering(userAttributes={"email": "Ann@Example.com"}, finalUserStatus="CONFIRMED"))
    pool = {"LambdaConfig": lambda_config(function, "UserMigration"), "UsernameAttributes": ["email"]}
    app = make_app(pool)
    tokens = app.tokens("Ann@Example.com")
    assert claims(tokens["IdToken"])["email"] == "Ann@Example.com"
    assert app.tokens("Ann@Example.com") and len(function.events) == 1


def test_a_client_without_triggers_asks_nobody(make_app):
    app = make_app(ExplicitAuthFlows=ALL_FLOWS)
    assert app.tokens(app.user())
