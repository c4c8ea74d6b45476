"""Gatehouse's own functions for custom challenges: codes and links that were sent, CAPTCHAs, and what an attacker may try."""

import html
import json
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from event_support import covers, invoke, load
from support import claims, make_app, refusal, refused
from trigger_support import Refused, lambda_config, make_binary, make_function

TRIGGERS = ("define-auth-challenge", "create-auth-challenge", "verify-auth-challenge-response")
FLOWS = ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
WRONG = ("NotAuthorizedException", "Incorrect username or password.")


class Captcha(BaseHTTPRequestHandler):
    """The contract of Turnstile and hCaptcha: `siteverify`."""

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        assert self.headers["content-type"] == "application/x-www-form-urlencoded"
        known = {"secret": ["site-secret"], "response": ["solved&more"]}
        answers = {"broken": b"<html>", "large": b" " * 300_000 + b'{"success": true}'}
        said = json.dumps({"success": form == known, "error-codes": []}).encode()
        body = answers.get(form["response"][0], said)
        self.send_response(500 if form["response"] == ["down"] else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def captcha():
    """Variables that name a service, which takes `solved&more` for solved."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Captcha)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "CAPTCHA": "turnstile",
        "CAPTCHA_SITE_KEY": "site-key",
        "CAPTCHA_SECRET": "site-secret",
        "CAPTCHA_URL": f"http://127.0.0.1:{server.server_port}/siteverify",
    }
    server.shutdown()
    server.server_close()


@pytest.fixture
def challenges(make_app, make_binary):
    """A function: a pool whose users sign in by what is sent to them."""

    def make(client=None, **variables):
        config = {}
        for trigger in TRIGGERS:
            name = "".join(part.capitalize() for part in trigger.split("-"))
            config |= lambda_config(make_binary(trigger, **variables), name)
        return make_app({"LambdaConfig": config}, ExplicitAuthFlows=FLOWS, **client or {})

    return make


def begin(app, name):
    return app.initiate("CUSTOM_AUTH", USERNAME=name)


def answered(app, challenge, name, answer):
    return app.anonymous.respond_to_auth_challenge(
        ClientId=app.client_id,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": name, "ANSWER": answer},
    )


def other_than(code):
    return "000000" if code != "000000" else "000001"


@covers("triggers-define-auth-challenge/basic", "triggers-define-auth-challenge/answered")
@covers("triggers-create-auth-challenge/basic", "triggers-create-auth-challenge/sms")
@covers("triggers-verify-auth-challenge-response/basic", "triggers-verify-auth-challenge-response/expired")
def test_the_functions_answer_events_of_cognitos_form(mailbox):
    first = invoke("triggers-define-auth-challenge", load("triggers-define-auth-challenge/basic"))["response"]
    assert first == {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": False, "failAuthentication": False}
    last = invoke("triggers-define-auth-challenge", load("triggers-define-auth-challenge/answered"))["response"]
    assert last == {"challengeName": None, "issueTokens": True, "failAuthentication": False}
    made = invoke("triggers-create-auth-challenge", load("triggers-create-auth-challenge/basic"))["response"]
    assert made["publicChallengeParameters"] == {"challenge": "CODE", "destination": "e***@e***"}
    assert made["privateChallengeParameters"]["code"] == mailbox("events-challenge@example.com")
    made = invoke("triggers-create-auth-challenge", load("triggers-create-auth-challenge/sms"))["response"]
    assert made["publicChallengeParameters"] == {"challenge": "CODE", "destination": "+***0123"}
    assert made["privateChallengeParameters"]["code"] == mailbox("+5550123")
    verify = "triggers-verify-auth-challenge-response"
    event = load(f"{verify}/basic")
    assert invoke(verify, event)["response"] == {"answerCorrect": True}
    event["request"]["challengeAnswer"] = "654321"
    assert invoke(verify, event)["response"] == {"answerCorrect": False}
    assert invoke(verify, load(f"{verify}/expired"))["response"] == {"answerCorrect": False}


def test_a_code_by_mail_signs_in_once_and_guesses_are_numbered(challenges, mailbox):
    app = challenges()
    email = f"{app.unique('code')}@example.com"
    name = app.user(email=email, email_verified="true", locale="de")
    challenge = begin(app, name)
    assert challenge["ChallengeParameters"] == {"challenge": "CODE", "destination": "c***@e***", "USERNAME": name}
    code = mailbox(email)
    assert code not in json.dumps(challenge, default=str)
    (mail,) = mailbox.messages(email)
    assert mail["subject"] == "Ihr Anmeldecode für Gatehouse"
    again = answered(app, challenge, name, other_than(code))
    assert again["ChallengeName"] == "CUSTOM_CHALLENGE"
    tokens = answered(app, again, name, f" {code} ")["AuthenticationResult"]
    assert claims(tokens["IdToken"])["email"] == email
    assert len(mailbox.messages(email)) == 1
    # The same answer once more is none, to whichever of the challenges.
    for session in (again, challenge):
        with refused("NotAuthorizedException"):
            answered(app, session, name, code)
    # Another sign-in has another code, and three answers.
    challenge = begin(app, name)
    challenge = answered(app, challenge, name, code if mailbox(email, 2) != code else "no code")
    challenge = answered(app, challenge, name, "no code")
    assert refusal(answered, app, challenge, name, "no code") == WRONG


def test_guesses_at_the_first_challenge_again_and_again_are_locked_out(challenges, mailbox):
    app = challenges()
    email = f"{app.unique('guess')}@example.com"
    name = app.user(email=email, email_verified="true")
    challenge = begin(app, name)
    code = mailbox(email)
    for _ in range(5):
        assert answered(app, challenge, name, other_than(code))["ChallengeName"] == "CUSTOM_CHALLENGE"
    answers = [refusal(answered, app, challenge, name, other_than(code)) for _ in range(4)]
    assert ("NotAuthorizedException", "Code attempts exceeded") in answers


def test_only_a_verified_address_gets_a_code_and_only_so_many(challenges, mailbox, make_binary):
    app = challenges()
    email = f"{app.unique('stranger')}@example.com"
    stranger = app.user(email=email)
    message = "CreateAuthChallenge failed with error There is no verified address to send a code to.."
    with refused("UserLambdaValidationException", message):
        begin(app, stranger)
    assert mailbox.messages(email) == []
    email = f"{app.unique('busy')}@example.com"
    name = app.user(email=email, email_verified="true")
    for _ in range(20):
        begin(app, name)
    with refused("UserLambdaValidationException"):
        begin(app, name)
    assert len(mailbox.messages(email)) == 20
    # A user with both is written to by the medium that is preferred.
    event = load("triggers-create-auth-challenge/basic")
    number = f"+1555{app.unique('')[-7:].translate(str.maketrans('abcdef', '123456'))}"
    event["userPoolId"], event["userName"] = app.pool_id, app.unique("both")
    event["request"]["userAttributes"] |= {"phone_number": number, "phone_number_verified": "true"}
    made = make_binary("create-auth-challenge", CHALLENGE_MEDIA="sms,email").invoke(event)["response"]
    assert made["publicChallengeParameters"]["destination"].endswith(number[-4:])
    assert made["privateChallengeParameters"]["code"] == mailbox(number)


def test_a_code_that_is_too_old_is_wrong_and_another_one_is_sent(make_binary, mailbox):
    event = load("triggers-create-auth-challenge/basic")
    event["userName"] = event["request"]["userAttributes"]["email"] = "events-late@example.com"
    past = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False, "challengeMetadata": "CODE-1000-123456"}
    event["request"]["session"] = [past]
    create = make_binary("create-auth-challenge")
    made = create.invoke(event)["response"]
    assert made["privateChallengeParameters"]["code"] == mailbox("events-late@example.com")
    # One that is good is asked for again as it was sent.
    again = past | {"challengeMetadata": made["challengeMetadata"]}
    event["request"]["session"] = [past, again]
    assert create.invoke(event)["response"] == made
    assert len(mailbox.messages("events-late@example.com")) == 1


def test_a_name_without_a_user_looks_like_one_and_gets_nowhere(challenges, mailbox):
    app = challenges({"PreventUserExistenceErrors": "ENABLED"})
    nobody = f"{app.unique('nobody')}@example.com"
    real_email = f"{app.unique('real')}@example.com"
    real = app.user(email=real_email, email_verified="true")
    pretended, challenge = begin(app, nobody), begin(app, real)
    assert pretended["ChallengeParameters"].keys() == challenge["ChallengeParameters"].keys()
    assert pretended["ChallengeParameters"]["challenge"] == "CODE"
    assert len(pretended["Session"]) == len(challenge["Session"])
    assert mailbox.messages(nobody) == []
    for _ in range(2):
        pretended = answered(app, pretended, nobody, "123456")
        challenge = answered(app, challenge, real, "no code")
        assert len(pretended["Session"]) == len(challenge["Session"])
    assert refusal(answered, app, pretended, nobody, "123456") == WRONG
    assert refusal(answered, app, challenge, real, "no code") == WRONG


def test_a_link_signs_in_and_a_captcha_comes_first(challenges, captcha, mailbox):
    app = challenges(CHALLENGE_LINK="https://app.example.com/in", **captcha)
    email = f"{app.unique('link')}@example.com"
    name = app.user(email=email, email_verified="true")
    challenge = begin(app, name)
    assert challenge["ChallengeParameters"] == {
        "challenge": "CAPTCHA",
        "captcha": "turnstile",
        "siteKey": "site-key",
        "USERNAME": name,
    }
    assert refusal(answered, app, challenge, name, "unsolved") == WRONG
    # A service that says nothing of use lets nobody through.
    for proof in ("down", "broken", "large"):
        with refused("UserLambdaValidationException"):
            answered(app, begin(app, name), name, proof)
    assert mailbox.messages(email) == []
    challenge = answered(app, begin(app, name), name, "solved&more")
    assert challenge["ChallengeParameters"]["challenge"] == "LINK"
    (mail,) = mailbox.messages(email)
    (link,) = re.findall(r'href="([^"]+)"', mail["body"])
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(html.unescape(link)).query)
    assert link.startswith("https://app.example.com/in?") and query["username"] == [name]
    # The link alone is of no use to who began another sign-in.
    other = answered(app, begin(app, name), name, "solved&more")
    assert answered(app, other, name, query["answer"][0])["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert answered(app, challenge, name, query["answer"][0])["AuthenticationResult"]["AccessToken"]


def test_the_password_may_come_first(challenges, mailbox):
    app = challenges()
    email = f"{app.unique('both')}@example.com"
    name = app.user(email=email, email_verified="true")
    srp = app.srp(name)
    parameters = srp.get_auth_params()
    challenge = app.initiate("CUSTOM_AUTH", **parameters, CHALLENGE_NAME="SRP_A")
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    assert mailbox.messages(email) == []
    responses = srp.process_challenge(challenge["ChallengeParameters"], parameters)
    challenge = app.respond("PASSWORD_VERIFIER", **responses)
    assert answered(app, challenge, name, mailbox(email))["AuthenticationResult"]


def test_a_function_that_others_wrote_verifies_what_ours_ask(make_app, make_binary, make_function, mailbox):
    """Written in Python as AWS's documentation shows it; what ours keep is plain for it to read."""

    def verify(event, _context):
        request = event["request"]
        event["response"]["answerCorrect"] = request["privateChallengeParameters"]["code"] == request["challengeAnswer"]
        return event

    config = lambda_config(make_binary("define-auth-challenge"), "DefineAuthChallenge")
    config |= lambda_config(make_binary("create-auth-challenge"), "CreateAuthChallenge")
    config |= lambda_config(make_function(verify), "VerifyAuthChallengeResponse")
    app = make_app({"LambdaConfig": config}, ExplicitAuthFlows=FLOWS)
    email = f"{app.unique('mixed')}@example.com"
    name = app.user(email=email, email_verified="true")
    challenge = begin(app, name)
    code = mailbox(email)
    challenge = answered(app, challenge, name, other_than(code))
    assert answered(app, challenge, name, code)["AuthenticationResult"]


def test_a_function_that_cannot_read_its_rules_serves_nobody(make_binary):
    for trigger, variables in (
        ("define-auth-challenge", {"CHALLENGE_ATTEMPTS": "many"}),
        ("create-auth-challenge", {"CAPTCHA": "hcaptcha"}),
        ("verify-auth-challenge-response", {"CAPTCHA": "hcaptcha"}),
    ):
        with pytest.raises((AssertionError, Refused), match="does not start"):
            make_binary(trigger, **variables)
