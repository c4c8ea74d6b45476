"""Gatehouse's own functions that send: mail by SMTP and by a webhook, text messages by a webhook, codes opened."""

import base64
import datetime
import email
import email.policy
import ipaddress
import json
import re
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aws_encryption_sdk
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from aws_encryption_sdk.identifiers import Algorithm, CommitmentPolicy
from aws_encryption_sdk.key_providers.kms import KMSMasterKey
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from event_support import covers, load
from stack import ports
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from mfa_support import second
from support import ALL_FLOWS, attributes, local_aws, make_app, named, refused
from trigger_support import Refused, lambda_config, make_binary, make_function

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FAILED = "Something went wrong; try again later."


class Hook:
    """A webhook that checks requests with the library of Standard Webhooks, and keeps what it was told."""

    def __init__(self):
        self.told, self.ids, self.status = [], [], 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    hook.told.append(Webhook(SECRET).verify(body, headers))
                    hook.ids.append(headers["webhook-id"])
                    status = hook.status
                except WebhookVerificationError:
                    status = 401
                self.send_response(status)
                self.send_header("location", "http://127.0.0.1:1/")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def variables(self):
        return {"WEBHOOK_URL": f"http://127.0.0.1:{self.server.server_port}/send", "WEBHOOK_SECRET": SECRET}

    @property
    def last(self):
        return self.told[-1]["data"]


@pytest.fixture
def hook():
    hook = Hook()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


class Mails:
    """What a mail server was handed."""

    def __init__(self):
        self.received, self.refuse = [], None

    async def handle_DATA(self, _server, _session, envelope):
        if self.refuse:
            return self.refuse
        self.received.append((envelope, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"


def authenticated(_server, _session, _envelope, _mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"user", b"pass@word"))


@pytest.fixture
def smtp():
    """A function: a mail server of this kind, as its address and what it was handed."""
    servers = []

    def make(**more):
        mails = Mails()
        (port,) = ports.free_ports(1)
        server = Controller(mails, hostname="127.0.0.1", port=port, **more)
        server.start()
        servers.append(server)
        return f"127.0.0.1:{port}", mails

    yield make
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def code_key():
    """A KMS key as an operator makes it for the codes of custom senders."""
    return local_aws("kms").create_key(Description="codes")["KeyMetadata"]["Arn"]


def sealed(key, code, context, frame_length=4096, algorithm=Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY):
    """A code as AWS's own SDK encrypts it."""
    policy = CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
    if algorithm is Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY:
        policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)
    message, _ = client.encrypt(
        source=code.encode(),
        key_provider=KMSMasterKey(key_id=key, client=local_aws("kms")),
        encryption_context=context,
        frame_length=frame_length,
        algorithm=algorithm,
    )
    return base64.b64encode(message).decode()


def asked(name, code, pool="us-east-1_Gatehouse"):
    event = load(name)
    event["userPoolId"], event["request"]["code"] = pool, code
    return event


def config_of(key, email_sender=None, sms_sender=None):
    config = {"KMSKeyID": key}
    if email_sender:
        config |= lambda_config(email_sender, "CustomEmailSender")
    if sms_sender:
        config |= lambda_config(sms_sender, "CustomSMSSender")
    return {"LambdaConfig": config, "AutoVerifiedAttributes": ["email"]}


def number(app):
    return f"+1555{app.unique('')[-7:].translate(str.maketrans('abcdef', '123456'))}"


@covers("triggers-custom-email-sender/basic", "triggers-custom-sms-sender/basic")
def test_messages_without_a_code_need_no_key(make_binary, hook):
    assert make_binary("custom-email-sender", **hook.variables).invoke(load("triggers-custom-email-sender/basic"))
    assert hook.told[-1]["type"] == "email.send"
    assert hook.last == {
        "to": "events-ann@example.com",
        "subject": "Your Gatehouse account",
        "html": "<p>You have an account at Gatehouse. Your user name is <b>events-ann</b>.</p>",
        "code": None,
        "triggerSource": "CustomEmailSender_AdminCreateUser",
        "userPoolId": "us-east-1_Gatehouse",
        "clientId": "gatehousedemo",
        "userName": "events-ann",
        "locale": "en",
        "clientMetadata": None,
    }
    assert make_binary("custom-sms-sender", **hook.variables).invoke(load("triggers-custom-sms-sender/basic"))
    assert hook.told[-1]["type"] == "sms.send"
    assert hook.last["text"] == "Gatehouse: you have an account. Your user name is events-ann."


@covers("triggers-custom-email-sender/sign-up", "triggers-custom-sms-sender/sign-up")
def test_codes_that_awss_own_sdk_encrypted_are_opened(make_binary, hook, code_key):
    context = {"userpool-id": "us-east-1_Gatehouse"}
    for sender in ("custom-email-sender", "custom-sms-sender"):
        binary, event = make_binary(sender, **hook.variables), f"triggers-{sender}/sign-up"
        for code, frame_length in (("123456", 4096), ("x" * 300, 128), ("y" * 256, 128)):
            binary.invoke(asked(event, sealed(code_key, code, context, frame_length)))
            assert hook.last["code"] == code
            assert code in (hook.last.get("html") or hook.last["text"])


def test_what_is_no_code_of_the_pool_is_not_sent(make_binary, hook, code_key):
    binary = make_binary("custom-email-sender", **hook.variables)
    event = "triggers-custom-email-sender/sign-up"
    pool = {"userpool-id": "us-east-1_Gatehouse"}
    good = sealed(code_key, "123456", pool)
    bytes_of = base64.b64decode(good)
    flipped = [bytes_of[:place] + bytes([bytes_of[place] ^ 1]) + bytes_of[place + 1 :] for place in (5, 40, -70, -1)]
    wrong = {
        "of another pool": asked(event, good, "us-east-1_Another"),
        "of no pool": asked(event, sealed(code_key, "123456", {})),
        "of an older suite": asked(
            event, sealed(code_key, "1", pool, algorithm=Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA256)
        ),
        "of a key that KMS does not have": load(event),
        "cut": asked(event, base64.b64encode(bytes_of[:-1]).decode()),
        "no base64": asked(event, "nonsense!"),
        "nothing": asked(event, ""),
        "much": asked(event, base64.b64encode(bytes_of + bytes(100_000)).decode()),
    }
    wrong |= {f"changed {number}": asked(event, base64.b64encode(code).decode()) for number, code in enumerate(flipped)}
    for why, sent in wrong.items():
        with pytest.raises(Refused, match=FAILED):
            binary.invoke(sent)
        assert hook.told == [], why
    binary.invoke(asked(event, good))
    assert hook.last["code"] == "123456"


def test_users_sign_up_recover_and_are_invited_by_webhooks(make_app, make_binary, hook, code_key, mailbox):
    mail = make_binary("custom-email-sender", BRAND_NAME="Fish & Co", **hook.variables)
    text = make_binary("custom-sms-sender", **hook.variables)
    app = make_app(config_of(code_key, mail, text))
    name = app.unique("ann")
    address = f"{name}@example.com"
    app.sign_up(name, attributes={"email": address, "locale": "de"}, ClientMetadata={"campaign": "spring"})
    assert hook.last["to"] == address and hook.last["clientMetadata"] == {"campaign": "spring"}
    assert hook.last["html"].startswith("<p>Willkommen bei Fish &amp; Co.") and hook.last["code"] in hook.last["html"]
    app.confirm(name, hook.last["code"])
    app.forgot(name)
    assert hook.last["triggerSource"] == "CustomEmailSender_ForgotPassword"
    app.confirm_forgot(name, hook.last["code"])
    assert attributes(app.get(name))["email_verified"] == "true"
    assert mailbox.messages(address) == []

    invited, phone = app.unique("bob"), number(app)
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username=invited,
        TemporaryPassword="Temporary-Pass-1",
        UserAttributes=named({"phone_number": phone}),
    )
    assert (hook.told[-1]["type"], hook.last["to"], hook.last["code"]) == ("sms.send", phone, "Temporary-Pass-1")
    assert hook.last["text"] == f"Gatehouse: user name {invited}, temporary password Temporary-Pass-1"
    # Each message has an id of its own, by which the webhook knows one that comes again.
    assert len(set(hook.ids)) == len(hook.told) == 3


def opened_by_python(key, told):
    """A sender as AWS's documentation shows it: opens the code with AWS's own SDK, and keeps what it was asked."""
    client = aws_encryption_sdk.EncryptionSDKClient()
    keys = KMSMasterKey(key_id=key, client=local_aws("kms"))

    def handler(event, _context):
        code, _ = client.decrypt(source=base64.b64decode(event["request"]["code"]), key_provider=keys)
        told.append((event["triggerSource"], code.decode()))
        return event

    return handler


@pytest.mark.parametrize("whose", ["ours", "in Python"])
@pytest.mark.parametrize("kind", ["Email", "SMS"])
def test_every_source_of_both_senders(make_app, make_binary, make_function, hook, code_key, mailbox, kind, whose):
    attribute = "email" if kind == "Email" else "phone_number"
    codes = []
    if whose == "ours":
        function = make_binary("custom-email-sender" if kind == "Email" else "custom-sms-sender", **hook.variables)
        told = lambda: [(message["data"]["triggerSource"], message["data"]["code"]) for message in hook.told]  # noqa: E731
    else:
        function, told = make_function(opened_by_python(code_key, codes)), lambda: codes
    pool = {
        "LambdaConfig": lambda_config(function, f"Custom{kind}Sender") | {"KMSKeyID": code_key},
        "AutoVerifiedAttributes": [attribute],
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}},
    }
    app = make_app(pool, ExplicitAuthFlows=[*ALL_FLOWS, "ALLOW_USER_AUTH"])

    def address():
        return f"{app.unique('to')}@example.com" if kind == "Email" else number(app)

    last = lambda: told()[-1][1]  # noqa: E731
    first = address()
    name = app.sign_up(attributes={attribute: first})
    app.resend(name)
    app.confirm(name, last())
    app.forgot(name)
    app.confirm_forgot(name, last())
    challenge = "EMAIL_OTP" if kind == "Email" else "SMS_OTP"
    asked = app.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE=challenge)
    token = second(app, asked, name, **{f"{challenge}_CODE": last()})["AuthenticationResult"]["AccessToken"]
    app.update(token, {attribute: address()})
    app.anonymous.get_user_attribute_verification_code(AccessToken=token, AttributeName=attribute)
    app.anonymous.verify_user_attribute(AccessToken=token, AttributeName=attribute, Code=last())
    assert attributes(app.get(name))[f"{attribute}_verified"] == "true"
    app.cognito.admin_create_user(
        UserPoolId=app.pool_id,
        Username=app.unique("invited"),
        TemporaryPassword="Temporary-Pass-1",
        DesiredDeliveryMediums=[kind.upper()],
        UserAttributes=named({attribute: address()}),
    )
    assert last() == "Temporary-Pass-1"
    assert [source for source, _ in told()] == [
        f"Custom{kind}Sender_{occasion}"
        for occasion in (
            "SignUp",
            "ResendCode",
            "ForgotPassword",
            "Authentication",
            "UpdateUserAttribute",
            "VerifyUserAttribute",
            "AdminCreateUser",
        )
    ]
    assert mailbox.messages(first) == []


def test_a_code_for_a_new_address_goes_there(make_app, make_binary, hook, code_key):
    settings = config_of(code_key, make_binary("custom-email-sender", **hook.variables))
    keeps = {"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}}
    app = make_app(settings | keeps)
    name = app.user(email="old@example.com", email_verified="true")
    token = app.tokens(name)["AccessToken"]
    app.update(token, {"email": "new@example.com"})
    assert attributes(app.get(name))["email"] == "old@example.com"
    assert hook.last["to"] == "new@example.com"
    app.anonymous.verify_user_attribute(AccessToken=token, AttributeName="email", Code=hook.last["code"])
    assert attributes(app.get(name))["email"] == "new@example.com"


@pytest.mark.parametrize("status", [301, 400, 503])
def test_a_webhook_that_does_not_take_a_message_is_told_of(make_app, make_binary, hook, code_key, status):
    app = make_app(config_of(code_key, make_binary("custom-email-sender", **hook.variables)))
    hook.status = status
    name = app.unique("ann")
    with refused("UserLambdaValidationException", f"CustomEmailSender failed with error {FAILED}."):
        app.sign_up(name)
    hook.status = 204
    app.resend(name)
    app.confirm(name, hook.last["code"])


def test_a_webhook_knows_requests_that_are_not_signed_with_its_secret(make_binary, hook):
    other = hook.variables | {"WEBHOOK_SECRET": "whsec_" + base64.b64encode(bytes(32)).decode()}
    with pytest.raises(Refused, match=FAILED):
        make_binary("custom-sms-sender", **other).invoke(load("triggers-custom-sms-sender/basic"))
    assert hook.told == []


def test_mail_goes_by_smtp(make_app, make_binary, smtp, code_key):
    server, mails = smtp(authenticator=authenticated, auth_required=True, auth_require_tls=False)
    function = make_binary(
        "custom-email-sender",
        SMTP_URL=f"smtp://user:pass%40word@{server}",
        MAIL_FROM="Fish & Co <hello@fish.example>",
        BRAND_NAME="Fish & Co",
    )
    app = make_app(config_of(code_key, function))
    name = app.unique("ann")
    address = f"{name}@example.com"
    app.sign_up(name, attributes={"email": address, "locale": "fr"})
    ((envelope, mail),) = mails.received
    assert (envelope.mail_from, envelope.rcpt_tos) == ("hello@fish.example", [address])
    (sender,) = mail["from"].addresses
    assert (sender.display_name, sender.addr_spec, mail["to"]) == ("Fish & Co", "hello@fish.example", address)
    assert mail["subject"] == "Votre code de confirmation Fish & Co"
    assert re.fullmatch(r"<[0-9a-f]{32}@fish\.example>", mail["message-id"])
    assert mail.get_content_type() == "text/html"
    (code,) = re.findall(r"\b\d{6}\b", mail.get_content())
    app.confirm(name, code)
    # A server that takes no mail: the user can ask again.
    mails.refuse = "451 try later"
    with refused("UserLambdaValidationException", f"CustomEmailSender failed with error {FAILED}."):
        app.forgot(name)
    mails.refuse = None
    app.forgot(name)
    (code,) = re.findall(r"\b\d{6}\b", mails.received[-1][1].get_content())
    app.confirm_forgot(name, code)


def untrusted():
    """TLS as somebody in between would have it: with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def test_mail_goes_to_no_server_that_is_in_between(make_binary, smtp, tmp_path):
    certificate, key = untrusted()
    pem = serialization.Encoding.PEM
    both = certificate.public_bytes(pem) + key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(both)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "both.pem")
    event = load("triggers-custom-email-sender/basic")
    plain, unencrypted = smtp()
    starttls, pretended = smtp(tls_context=context)
    for url in (f"smtp://{plain}?tls=required", f"smtp://{starttls}?tls=required"):
        with pytest.raises(Refused, match=FAILED):
            make_binary("custom-email-sender", SMTP_URL=url).invoke(event)
    assert unencrypted.received == pretended.received == []
    # The same server is good for who asks for no more.
    make_binary("custom-email-sender", SMTP_URL=f"smtp://{plain}").invoke(event)
    assert len(unencrypted.received) == 1


def test_who_is_not_told_how_to_send_sends_nothing(make_binary, hook):
    for sender in ("custom-email-sender", "custom-sms-sender"):
        with pytest.raises(Refused, match=FAILED):
            make_binary(sender).invoke(load(f"triggers-{sender}/basic"))
    for variables in (
        hook.variables | {"SMTP_URL": "smtps://mail.example.com"},
        hook.variables | {"WEBHOOK_SECRET": ""},
        hook.variables | {"WEBHOOK_URL": "http://hooks.example.com/"},
        {"SMTP_URL": "smtp://user:password@mail.example.com"},
    ):
        with pytest.raises(AssertionError, match="does not start"):
            make_binary("custom-email-sender", **variables)
    assert json.dumps(hook.told) == "[]"
