"""CUSTOM_AUTH: sign-ins of challenges that the pool's functions make."""

import pytest
from support import ALL_FLOWS, PASSWORD, claims, make_app, refusal, refused
from trigger_support import lambda_config, make_function

TRIGGERS = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
FLOWS = [*ALL_FLOWS, "ALLOW_CUSTOM_AUTH"]


def captcha(event, _context):
    """AWS's example: two questions, or the password by SRP and two questions, one after another."""
    request, response = event["request"], event["response"]
    if event["triggerSource"].startswith("Define"):
        session = request["session"]
        last = session[-1]["challengeName"] if session else None
        custom = [step for step in session if step["challengeName"] == "CUSTOM_CHALLENGE"]
        response["issueTokens"] = response["failAuthentication"] = False
        if last == "SRP_A":
            response["challengeName"] = "PASSWORD_VERIFIER"
        elif any(not step["challengeResult"] for step in session):
            response["failAuthentication"] = True
        elif len(custom) == 2:
            response["issueTokens"] = True
        else:
            response["challengeName"] = "CUSTOM_CHALLENGE"
    elif event["triggerSource"].startswith("Create"):
        number = len([step for step in request["session"] if step["challengeName"] == "CUSTOM_CHALLENGE"])
        response["publicChallengeParameters"] = {"captchaUrl": f"url/{number}.jpg"}
        response["privateChallengeParameters"] = {"answer": f"answer-{number}"}
        response["challengeMetadata"] = f"CAPTCHA_{number}"
    else:
        response["answerCorrect"] = request["privateChallengeParameters"]["answer"] == request["challengeAnswer"]
    return event


@pytest.fixture
def custom(make_app, make_function):
    """A function: a pool with these triggers, and their function."""

    def make(handler=captcha, **client):
        function = make_function(handler)
        client.setdefault("ExplicitAuthFlows", FLOWS)
        return make_app({"LambdaConfig": lambda_config(function, *TRIGGERS)}, **client), function

    return make


def begin(app, name, **parameters):
    return app.initiate("CUSTOM_AUTH", USERNAME=name, **parameters)


def reply(app, challenge, answer, **more):
    return app.anonymous.respond_to_auth_challenge(
        ClientId=app.client_id,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": challenge["ChallengeParameters"]["USERNAME"], "ANSWER": answer},
        **more,
    )


def test_two_questions(custom):
    app, function = custom()
    name = app.user()
    first = begin(app, name)
    assert first["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert first["ChallengeParameters"] == {"captchaUrl": "url/0.jpg", "USERNAME": name}
    assert "answer-0" not in str(first)
    second = reply(app, first, "answer-0", ClientMetadata={"try": "1"})
    assert second["ChallengeParameters"]["captchaUrl"] == "url/1.jpg"
    tokens = reply(app, second, "answer-1")["AuthenticationResult"]
    assert claims(tokens["AccessToken"])["username"] == name
    assert function.sources == [
        "DefineAuthChallenge_Authentication",
        "CreateAuthChallenge_Authentication",
        "VerifyAuthChallengeResponse_Authentication",
        "DefineAuthChallenge_Authentication",
        "CreateAuthChallenge_Authentication",
        "VerifyAuthChallengeResponse_Authentication",
        "DefineAuthChallenge_Authentication",
    ]
    sessions = [event["request"]["session"] for event in function.events if "Define" in event["triggerSource"]]
    steps = [
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": f"CAPTCHA_{number}"}
        for number in range(2)
    ]
    assert sessions == [[], steps[:1], steps]
    assert "clientMetadata" not in function.events[0]["request"]
    assert function.events[2]["request"]["clientMetadata"] == {"try": "1"}
    # An answer given twice signs in once.
    with refused("NotAuthorizedException"):
        reply(app, second, "answer-1")


def test_the_password_first(custom):
    app, function = custom()
    name = app.user()
    srp = app.srp(name)
    parameters = srp.get_auth_params()
    challenge = app.initiate("CUSTOM_AUTH", **parameters, CHALLENGE_NAME="SRP_A")
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    responses = srp.process_challenge(challenge["ChallengeParameters"], parameters)
    wrong = responses | {"PASSWORD_CLAIM_SIGNATURE": responses["PASSWORD_CLAIM_SIGNATURE"][::-1]}
    assert refusal(app.respond, "PASSWORD_VERIFIER", **wrong)
    first = app.respond("PASSWORD_VERIFIER", **responses)
    assert first["ChallengeName"] == "CUSTOM_CHALLENGE"
    second = reply(app, first, "answer-0")
    assert reply(app, second, "answer-1")["AuthenticationResult"]
    names = [step["challengeName"] for step in function.events[-1]["request"]["session"]]
    assert names == ["SRP_A", "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE", "CUSTOM_CHALLENGE"]


def test_wrong_answers_fail_and_are_counted(custom):
    app, function = custom()
    name = app.user()
    wrong = lambda: reply(app, begin(app, name), "wrong")  # noqa: E731
    for _ in range(5):
        assert refusal(wrong) == ("NotAuthorizedException", "Incorrect username or password.")
    # From then on for longer and longer, and nobody is asked.
    answers = [refusal(wrong) for _ in range(6)]
    assert ("NotAuthorizedException", "Code attempts exceeded") in answers
    answered = function.sources.count("VerifyAuthChallengeResponse_Authentication")
    assert answered == 5 + answers.count(("NotAuthorizedException", "Incorrect username or password."))
    # The password is another way in, and stays open.
    assert app.tokens(name)


def test_a_name_without_a_user_is_let_in_by_no_function(custom):
    def generous(event, context):
        if event["triggerSource"].startswith("Define"):
            event["response"]["issueTokens"] = len(event["request"]["session"]) > 0
            event["response"]["challengeName"] = "CUSTOM_CHALLENGE"
            return event
        return captcha(event, context)

    app, function = custom(generous, PreventUserExistenceErrors="ENABLED")
    challenge = begin(app, "nobody")
    assert challenge["ChallengeParameters"]["USERNAME"] == "nobody"
    with refused("NotAuthorizedException", "Incorrect username or password."):
        reply(app, challenge, "answer-0")
    assert {event["request"]["userNotFound"] for event in function.events} == {True}
    told, _ = custom(generous)
    with refused("UserNotFoundException"):
        begin(told, "nobody")


def test_sessions_are_for_their_user_client_and_pool(custom, make_client):
    app, _ = custom()
    ann, bob = app.user(), app.user()
    challenge = begin(app, ann)
    challenge["ChallengeParameters"]["USERNAME"] = bob
    with refused("NotAuthorizedException"):
        reply(app, challenge, "answer-0")
    other = app.beside(make_client(app.pool, ExplicitAuthFlows=FLOWS))
    challenge["ChallengeParameters"]["USERNAME"] = ann
    with refused("NotAuthorizedException"):
        reply(other, challenge, "answer-0")


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"challengeName": "SOMETHING_ELSE"},
        {"challengeName": "PASSWORD_VERIFIER"},
        {"challengeName": 7},
        {"issueTokens": "true"},
    ],
)
def test_a_function_that_says_nothing_of_use_lets_nobody_in(custom, response):
    app, _ = custom(lambda event, _context: event | {"response": response})
    with refused("InvalidLambdaResponseException"):
        begin(app, app.user())


def test_a_pool_without_functions_and_a_client_without_the_flow(make_app, custom):
    app = make_app(ExplicitAuthFlows=FLOWS)
    with refused(
        "InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool."
    ):
        begin(app, app.user())
    app, _ = custom(ExplicitAuthFlows=ALL_FLOWS)
    with refused("InvalidParameterException"):
        begin(app, app.user())


def test_administrators_use_the_flow_too(custom):
    app, _ = custom()
    name = app.user()
    challenge = app.admin_initiate("CUSTOM_AUTH", USERNAME=name)
    for number in range(2):
        challenge = app.cognito.admin_respond_to_auth_challenge(
            UserPoolId=app.pool_id,
            ClientId=app.client_id,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": name, "ANSWER": f"answer-{number}"},
        )
    assert challenge["AuthenticationResult"]


IDENTITY = """
import identity from "amazon-cognito-identity-js";
const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;
const [endpoint, poolId, clientId, name, password] = process.argv.slice(-5);
const Pool = new CognitoUserPool({ UserPoolId: poolId, ClientId: clientId, endpoint });
const user = new CognitoUser({ Username: name, Pool });
user.setAuthenticationFlowType("CUSTOM_AUTH");
const asked = [];
const callbacks = {
  onSuccess: (session) => console.log(JSON.stringify({ asked, username: session.getAccessToken().payload.username })),
  onFailure: (error) => { console.error(error); process.exit(1); },
  customChallenge: (parameters) => {
    asked.push(parameters.captchaUrl);
    user.sendCustomChallengeAnswer(`answer-${asked.length - 1}`, callbacks);
  },
};
const given = password === "-" ? { Username: name } : { Username: name, Password: password };
user[password === "-" ? "initiateAuth" : "authenticateUser"](new AuthenticationDetails(given), callbacks);
"""


@pytest.mark.parametrize("password", ["-", PASSWORD])
def test_amazon_cognito_identity_js_completes_a_custom_challenge(custom, node, endpoint, password):
    app, _ = custom()
    name = app.user()
    done = node(IDENTITY, endpoint, app.pool_id, app.client_id, name, password)
    assert done == {"asked": ["url/0.jpg", "url/1.jpg"], "username": name}
