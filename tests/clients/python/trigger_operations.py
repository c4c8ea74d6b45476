"""Requests whose pool has functions for its triggers, all played by one function of the test's."""

import threading
from dataclasses import replace

from every_operation import OPERATIONS, POOL, USED, Operation, World
from support import PASSWORD, local_aws
from trigger_support import Function, lambda_config

CUSTOM = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
DECIDING = (
    "PreSignUp", "PostConfirmation", "PreAuthentication", "PostAuthentication", "UserMigration", "CustomMessage", *CUSTOM,
)  # fmt: skip
RIGHT = "42"


def play(event, _context):
    """Lets everything be, asks one question in CUSTOM_AUTH, and knows every name from elsewhere."""
    request, response = event["request"], event["response"]
    source = event["triggerSource"].split("_")[0]
    if source == "DefineAuthChallenge":
        done = bool(request["session"]) and request["session"][-1]["challengeResult"]
        response |= {"issueTokens": done, "failAuthentication": False}
        response |= {} if done else {"challengeName": "CUSTOM_CHALLENGE"}
    elif source == "CreateAuthChallenge":
        response |= {"publicChallengeParameters": {}, "privateChallengeParameters": {"answer": RIGHT}}
    elif source == "VerifyAuthChallengeResponse":
        response["answerCorrect"] = request["challengeAnswer"] == RIGHT
    elif source == "UserMigration":
        email = f"{event['userName']}@example.com"
        response["userAttributes"] = {"email": email, "email_verified": "true"}
        response |= {"finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS"}
    return event


class TriggerWorld(World):
    def __init__(self, config_of):
        function, ready = Function(self.unique("played"), play), threading.Event()
        threading.Thread(target=function.run, args=(ready,), daemon=True).start()
        assert ready.wait(10)
        super().__init__(POOL | {"LambdaConfig": config_of(function)})
        flows = [*self.app.client["ExplicitAuthFlows"], "ALLOW_CUSTOM_AUTH"]
        self.custom = self.app.beside(self.new_client(ExplicitAuthFlows=flows))


def deciding():
    """A pool with a function for each trigger, but those that send messages themselves."""
    return TriggerWorld(lambda function: lambda_config(function, *DECIDING, PreTokenGenerationConfig="V3_0"))


def sending():
    """A pool whose mail a function sends."""
    key = local_aws("kms").create_key(Description="codes")["KeyMetadata"]["Arn"]
    return TriggerWorld(lambda function: lambda_config(function, "CustomEmailSender") | {"KMSKeyID": key})


DECIDED, SENT = [], []


def usual(operations, occasion, *names):
    for name in names:
        operations.append(replace(OPERATIONS["user-pool", name], occasion=occasion))


def decided(name, occasion, already=(), **more):
    def add(request):
        DECIDED.append(Operation("user-pool", name, request, set(already), occasion=occasion, **more))
        return request

    return add


usual(
    DECIDED, "with triggers", "SignUp", "ConfirmSignUp", "ResendConfirmationCode", "ForgotPassword", "ConfirmForgotPassword",
    "InitiateAuth", "RespondToAuthChallenge", "AdminInitiateAuth", "AdminRespondToAuthChallenge",
    "GetTokensFromRefreshToken", "GetClientToken", "GetDerivedToken", "UpdateUserAttributes",
    "GetUserAttributeVerificationCode", "AdminCreateUser", "AdminConfirmSignUp", "AdminResetUserPassword",
)  # fmt: skip
usual(
    SENT, "with a sender", "SignUp", "ResendConfirmationCode", "ForgotPassword", "GetUserAttributeVerificationCode",
    "UpdateUserAttributes", "AdminCreateUser", "AdminResetUserPassword",
)  # fmt: skip


@decided("InitiateAuth", "by CUSTOM_AUTH")
def _(w):
    return {"ClientId": w.custom.client_id, "AuthFlow": "CUSTOM_AUTH", "AuthParameters": {"USERNAME": w.user()}}


@decided("RespondToAuthChallenge", "to CUSTOM_CHALLENGE", USED, once=True)
def _(w):
    name = w.user()
    session = w.custom.initiate("CUSTOM_AUTH", USERNAME=name)["Session"]
    return {
        "ClientId": w.custom.client_id,
        "ChallengeName": "CUSTOM_CHALLENGE",
        "Session": session,
        "ChallengeResponses": {"USERNAME": name, "ANSWER": RIGHT},
    }


@decided("InitiateAuth", "by migration", again=True)
def _(w):
    parameters = {"USERNAME": w.unique("stranger"), "PASSWORD": PASSWORD}
    return {"ClientId": w.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}


@decided("ForgotPassword", "by migration")
def _(w):
    return {"ClientId": w.client, "Username": w.unique("stranger")}
