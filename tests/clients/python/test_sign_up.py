"""Sign-up: what a new user is told, what the pool demands, how the account is confirmed."""

import re

import pytest
from support import PASSWORD, attributes, make_app, refused


def test_sign_up(make_app, mailbox):
    app = make_app()
    name = app.sign_up(attributes={"email": "grace@example.com", "given_name": "Grace"})
    answer = app.sign_up_answer
    assert answer["UserConfirmed"] is False
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer["UserSub"])
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "g***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    assert re.fullmatch(r"\d{6}", mailbox("grace@example.com"))

    user = app.get(name)
    assert (user["UserStatus"], user["Enabled"]) == ("UNCONFIRMED", True)
    assert attributes(user) == {
        "sub": answer["UserSub"],
        "email": "grace@example.com",
        "given_name": "Grace",
    }
    with refused("UsernameExistsException", "User already exists"):
        app.sign_up(name)
    with refused("ResourceNotFoundException", "User pool client nosuchclient does not exist."):
        app.anonymous.sign_up(ClientId="nosuchclient", Username="ann", Password=PASSWORD)


@pytest.mark.parametrize(
    "password, why",
    [
        ("Sh0rt-x", "Password not long enough"),
        ("NO-LOWER-CASE-1", "Password must have lowercase characters"),
        ("no-upper-case-1", "Password must have uppercase characters"),
        ("No-Digit-Here", "Password must have numeric characters"),
        ("NoSymbolHere1", "Password must have symbol characters"),
    ],
)
def test_the_usual_password_policy(make_app, password, why):
    app = make_app()
    with refused("InvalidPasswordException", f"Password did not conform with policy: {why}"):
        app.sign_up("ann", password=password)
    with refused("UserNotFoundException"):
        app.get("ann")


def test_a_pool_chooses_its_own_password_policy(make_app):
    app = make_app(pool={"Policies": {"PasswordPolicy": {"MinimumLength": 20, "RequireNumbers": True}}})
    with refused("InvalidPasswordException", "Password did not conform with policy: Password not long enough"):
        app.sign_up(password="nineteen-letters-19")
    numbers = "Password did not conform with policy: Password must have numeric characters"
    with refused("InvalidPasswordException", numbers):
        app.sign_up(password="only-letters-and-more-letters")
    app.sign_up(password="all lower case but 1 digit".replace(" ", ""))


def test_a_password_with_every_symbol_and_letters_of_any_script_signs_in(make_app):
    app = make_app()
    password = "Pä55wörd-^$*.[]{}()?\"!@#%&/\\,><':;|_~`+=日本"
    name = app.sign_up(password=password)
    app.cognito.admin_confirm_sign_up(UserPoolId=app.pool_id, Username=name)
    assert app.tokens(name, password)["AccessToken"]
    assert app.srp_auth(name, password)["AccessToken"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        app.password_auth(name, password + "x")


def test_confirm_sign_up(make_app, mailbox):
    app = make_app()
    name = app.sign_up()
    code = mailbox(f"{name}@example.com")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    with refused("CodeMismatchException", "Invalid verification code provided, please try again."):
        app.confirm(name, wrong)
    assert app.get(name)["UserStatus"] == "UNCONFIRMED"
    app.confirm(name, code)

    user = app.get(name)
    assert user["UserStatus"] == "CONFIRMED"
    assert attributes(user)["email_verified"] == "true"
    assert app.tokens(name)["AccessToken"]
    with refused("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"):
        app.confirm(name, code)


def test_resend_confirmation_code(make_app, mailbox):
    app = make_app()
    name = app.sign_up()
    email = f"{name}@example.com"
    old = mailbox(email)
    assert app.resend(name)["CodeDeliveryDetails"] == {
        "Destination": "u***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    new = mailbox(email, count=2)
    if old != new:
        with refused("CodeMismatchException"):
            app.confirm(name, old)
    app.confirm(name, new)
    with refused("InvalidParameterException", "User is already confirmed."):
        app.resend(name)


def test_a_code_by_sms(make_app, mailbox):
    app = make_app(pool={"AutoVerifiedAttributes": ["phone_number", "email"]})
    number = f"+1555{app.unique('')[-7:].translate(str.maketrans('abcdef', '123456'))}"
    name = app.sign_up(attributes={"phone_number": number, "email": "ann@example.com"})
    assert app.sign_up_answer["CodeDeliveryDetails"] == {
        "Destination": f"+*******{number[-4:]}",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }
    code = mailbox(number)
    assert mailbox.messages(number)[0]["channel"] == "sms"
    app.confirm(name, code)
    found = attributes(app.get(name))
    assert found["phone_number_verified"] == "true"
    assert "email_verified" not in found


def test_the_pool_s_own_words_in_messages(make_app, mailbox):
    app = make_app(
        pool={
            "AutoVerifiedAttributes": ["email", "phone_number"],
            "VerificationMessageTemplate": {
                "EmailSubject": "Welcome to the club",
                "EmailMessage": "The word at the door is {####}!",
                "SmsMessage": "Club: {####}",
            },
        }
    )
    name = app.sign_up()
    code = mailbox(f"{name}@example.com")
    [mail] = mailbox.messages(f"{name}@example.com")
    assert (mail["subject"], mail["body"]) == ("Welcome to the club", f"The word at the door is {code}!")
    app.sign_up(attributes={"phone_number": "+15550199001"})
    code = mailbox("+15550199001")
    assert mailbox.messages("+15550199001")[0]["body"] == f"Club: {code}"


def test_without_an_address_to_verify_nothing_is_sent(make_app):
    app = make_app()
    name = app.sign_up(attributes={})
    assert "CodeDeliveryDetails" not in app.sign_up_answer
    with refused("InvalidParameterException", "Cannot resend codes. Auto verification not turned on."):
        app.resend(name)
    with refused("ExpiredCodeException", "Invalid code provided, please request a code again."):
        app.confirm(name, "123456")


def test_a_pool_for_administrators_only(make_app):
    app = make_app(pool={"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}})
    with refused("NotAuthorizedException", "SignUp is not permitted for this user pool"):
        app.sign_up()


SCHEMA = [
    {"Name": "email", "Required": True, "Mutable": True, "AttributeDataType": "String"},
    {"Name": "plan", "AttributeDataType": "String", "StringAttributeConstraints": {"MinLength": "3", "MaxLength": "5"}},
    {"Name": "seats", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"}},
    {"Name": "vip", "AttributeDataType": "Boolean"},
    {"Name": "since", "AttributeDataType": "DateTime"},
    {"Name": "notes", "AttributeDataType": "String", "DeveloperOnlyAttribute": True, "Mutable": True},
]


def test_custom_attributes(make_app):
    app = make_app(pool={"Schema": SCHEMA})
    given = {
        "email": "ann@example.com",
        "custom:plan": "gold",
        "custom:seats": "9",
        "custom:vip": "true",
        "custom:since": "2026-01-31T12:00:00Z",
    }
    name = app.sign_up(attributes=given)
    assert attributes(app.get(name)) == given | {"sub": app.sign_up_answer["UserSub"]}


@pytest.mark.parametrize(
    "attribute, value, why",
    [
        ("custom:plan", "ab", "custom:plan: String must be longer than the minimum length"),
        ("custom:plan", "golden", "custom:plan: String must be shorter than the maximum length"),
        ("custom:seats", "10", "custom:seats: Number must be at most"),
        ("custom:seats", "many", "custom:seats: Attribute must be a number"),
        ("custom:vip", "yes", "custom:vip"),
        ("custom:since", "yesterday", "custom:since"),
        ("custom:colour", "red", "Type for attribute {custom:colour} could not be determined"),
        ("birthdate", "1.1.2000", "birthdate"),
        ("email", "", "email: The attribute email is required"),
        ("email", "not an address", "Invalid email address format."),
        ("phone_number", "0123", "Invalid phone number format."),
        ("name", "n" * 2049, "Member must have length less than or equal to 2048"),
    ],
)
def test_attributes_that_the_schema_refuses(make_app, attribute, value, why):
    app = make_app(pool={"Schema": SCHEMA})
    with refused("InvalidParameterException") as caught:
        app.sign_up("ann", attributes={"email": "ann@example.com"} | {attribute: value})
    assert why in caught.value.response["Error"]["Message"]
    with refused("UserNotFoundException"):
        app.get("ann")


def test_a_required_attribute_that_is_not_given(make_app):
    app = make_app(pool={"Schema": SCHEMA})
    message = "Attributes did not conform to the schema: email: The attribute email is required"
    with refused("InvalidParameterException") as caught:
        app.sign_up(attributes={"name": "Ann"})
    assert caught.value.response["Error"]["Message"].strip() == message


def test_a_client_writes_only_what_it_may(make_app):
    app = make_app(pool={"Schema": SCHEMA}, WriteAttributes=["email", "name"])
    refusal = "A client attempted to write unauthorized attribute"
    with refused("NotAuthorizedException", refusal):
        app.sign_up(attributes={"email": "ann@example.com", "custom:plan": "gold"})
    app.sign_up(attributes={"email": "ann@example.com", "name": "Ann"})


@pytest.mark.parametrize("attribute", ["email_verified", "phone_number_verified", "dev:custom:notes"])
def test_nobody_verifies_his_own_address_or_writes_what_is_the_developer_s(make_app, attribute):
    app = make_app(pool={"Schema": SCHEMA})
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        app.sign_up(attributes={"email": "ann@example.com", attribute: "true"})


def test_sign_up_and_confirmation_with_a_client_secret(make_app, mailbox):
    app = make_app(GenerateSecret=True)
    request = {"ClientId": app.client_id, "Username": "ann", "Password": PASSWORD}
    missing = f"Client {app.client_id} is configured with secret but SECRET_HASH was not received"
    wrong = f"Unable to verify secret hash for client {app.client_id}"
    with refused("NotAuthorizedException", missing):
        app.anonymous.sign_up(**request)
    with refused("NotAuthorizedException", wrong):
        app.anonymous.sign_up(**request, SecretHash=app.secret_hash("bob"))
    with refused("NotAuthorizedException", wrong):
        app.anonymous.sign_up(**request, SecretHash="bm9uZQ==")

    name = app.sign_up()
    code = mailbox(f"{name}@example.com")
    anonymous = {"ClientId": app.client_id, "Username": name}
    with refused("NotAuthorizedException", missing):
        app.anonymous.resend_confirmation_code(**anonymous)
    with refused("NotAuthorizedException", missing):
        app.anonymous.confirm_sign_up(**anonymous, ConfirmationCode=code)
    with refused("NotAuthorizedException", wrong):
        app.confirm(name, code, SecretHash=app.secret_hash("bob"))
    app.confirm(name, code)
    assert app.get(name)["UserStatus"] == "CONFIRMED"
