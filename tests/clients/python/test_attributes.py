"""What users change about themselves: attributes, and addresses that codes verify."""

import pytest
from support import attributes, claims, expire_code, make_app, refused, table, wrong

LIMIT = "Attempt limit exceeded, please try after some time."
SCHEMA = [
    {"Name": "family_name", "AttributeDataType": "String", "Required": True, "Mutable": True},
    {"Name": "birthdate", "AttributeDataType": "String", "Mutable": False},
    {"Name": "badge", "AttributeDataType": "String", "Mutable": False},
    {
        "Name": "plan",
        "AttributeDataType": "String",
        "Mutable": True,
        "StringAttributeConstraints": {"MinLength": "3", "MaxLength": "5"},
    },
    {
        "Name": "seats",
        "AttributeDataType": "Number",
        "Mutable": True,
        "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"},
    },
    {"Name": "notes", "AttributeDataType": "String", "Mutable": True, "DeveloperOnlyAttribute": True},
]


def test_update_user_attributes(make_app, mailbox):
    app = make_app()
    old, new = f"{app.unique('old')}@example.com", f"{app.unique('new')}@example.com"
    name = app.user(email=old, email_verified="true", nickname="Annie")
    tokens = app.tokens(name)
    token = tokens["AccessToken"]
    assert app.update(token, {"given_name": "Ann", "email": new, "nickname": ""}) == [
        {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    ]
    found = attributes(app.me(token))
    assert found.pop("sub")
    assert found == {"email": new, "email_verified": "false", "given_name": "Ann"}
    app.verify(token, mailbox(new))
    assert attributes(app.me(token))["email_verified"] == "true"

    identity = claims(app.refresh(tokens["RefreshToken"])["IdToken"])
    assert (identity["email"], identity["email_verified"], identity["given_name"]) == (new, True, "Ann")
    user = app.get(name)
    assert user["UserLastModifiedDate"] > user["UserCreateDate"]
    assert mailbox.messages(old) == []


def test_what_is_written_as_it_was_sends_no_code(make_app, mailbox):
    app = make_app()
    email = f"{app.unique('same')}@example.com"
    token = app.tokens(app.user(email=email, email_verified="true"))["AccessToken"]
    assert app.update(token, {"email": email, "name": "Ann"}) == []
    assert attributes(app.me(token))["email_verified"] == "true"
    assert mailbox.messages(email) == []


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_token_that_is_none(make_app, token):
    app = make_app()
    calls = [
        lambda: app.update(token, {"name": "Eve"}),
        lambda: app.anonymous.delete_user_attributes(AccessToken=token, UserAttributeNames=["name"]),
        lambda: app.ask_code(token),
        lambda: app.verify(token, "123456"),
        lambda: app.change_password(token),
        lambda: app.anonymous.delete_user(AccessToken=token),
    ]
    for call in calls:
        with refused("NotAuthorizedException" if token else "InvalidParameterException"):
            call()


def test_an_id_token_is_no_access_token(make_app):
    app = make_app()
    name = app.user(nickname="Annie")
    with refused("NotAuthorizedException"):
        app.update(app.tokens(name)["IdToken"], {"nickname": "Eve"})
    assert attributes(app.get(name))["nickname"] == "Annie"


@pytest.mark.parametrize(
    "values",
    [
        {"custom:plan": "xl"},
        {"custom:plan": "jumbo-size"},
        {"custom:seats": "0"},
        {"custom:seats": "many"},
        {"custom:badge": "8"},
        {"birthdate": "2001-01-01"},
        {"birthdate": ""},
        {"family_name": ""},
        {"email": "nowhere"},
        {"phone_number": "0555"},
        {"name": "x" * 2049},
        {"custom:unknown": "x"},
        {"sub": "12345678-1234-1234-1234-123456789012"},
    ],
    ids=lambda values: next(f"{name}={value[:12]}" for name, value in values.items()),
)
def test_what_the_schema_does_not_allow(make_app, values):
    app = make_app(pool={"Schema": SCHEMA})
    given = {"family_name": "Example", "birthdate": "2000-01-01", "custom:badge": "7", "custom:plan": "free"}
    name = app.user(**given)
    token = app.tokens(name)["AccessToken"]
    with refused("InvalidParameterException"):
        app.update(token, {"given_name": "Ann"} | values)
    with refused("InvalidParameterException"):
        app.admin_update(name, {"given_name": "Ann"} | values)
    found = attributes(app.get(name))
    assert found.pop("sub") != values.get("sub")
    assert found == given


def test_immutable_attributes_may_be_repeated(make_app):
    app = make_app(pool={"Schema": SCHEMA})
    name = app.user(**{"family_name": "Example", "custom:badge": "7"})
    token = app.tokens(name)["AccessToken"]
    app.update(token, {"custom:badge": "7", "family_name": "Sample", "custom:plan": "basic", "custom:seats": "3"})
    found = attributes(app.get(name))
    assert (found["family_name"], found["custom:plan"], found["custom:seats"]) == ("Sample", "basic", "3")


def test_a_client_writes_and_reads_what_it_may(make_app):
    app = make_app(
        pool={"Schema": SCHEMA},
        WriteAttributes=["family_name", "nickname"],
        ReadAttributes=["nickname", "email"],
    )
    name = app.user(**{"family_name": "Example", "custom:plan": "free", "email": "ann@example.com"})
    token = app.tokens(name)["AccessToken"]
    app.update(token, {"nickname": "Annie"})
    message = "A client attempted to write unauthorized attribute"
    for values in ({"custom:plan": "pro"}, {"nickname": "X", "name": "Eve"}, {"email": "eve@example.com"}):
        with refused("NotAuthorizedException", message):
            app.update(token, values)
    with refused("NotAuthorizedException", message):
        app.anonymous.delete_user_attributes(AccessToken=token, UserAttributeNames=["custom:plan"])
    shown = attributes(app.me(token))
    assert shown.pop("sub")
    assert shown == {"nickname": "Annie", "email": "ann@example.com"}
    assert attributes(app.get(name))["custom:plan"] == "free"


@pytest.mark.parametrize(
    "values", [{"email_verified": "true"}, {"phone_number_verified": "true"}, {"dev:custom:notes": "vip"}]
)
def test_nobody_says_of_themselves_what_others_have_to_say(make_app, values):
    app = make_app(pool={"Schema": [SCHEMA[-1]]})
    name = app.user(email="ann@example.com", phone_number="+15550100")
    token = app.tokens(name)["AccessToken"]
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        app.update(token, values)
    with refused("NotAuthorizedException"):
        app.update(token, {"email": "eve@example.com"} | values)
    with refused("NotAuthorizedException"):
        app.anonymous.delete_user_attributes(AccessToken=token, UserAttributeNames=list(values))
    assert attributes(app.get(name))["email"] == "ann@example.com"
    app.admin_update(name, values)
    assert attributes(app.get(name)).items() >= values.items()


def test_delete_user_attributes(make_app):
    app = make_app(pool={"Schema": SCHEMA})
    name = app.user(
        **{
            "family_name": "Example",
            "custom:plan": "free",
            "custom:badge": "7",
            "email": "ann@example.com",
            "email_verified": "true",
        }
    )
    token = app.tokens(name)["AccessToken"]

    def delete(*names):
        app.anonymous.delete_user_attributes(AccessToken=token, UserAttributeNames=list(names))

    for kept in ("family_name", "custom:badge", "sub", "custom:unknown"):
        with refused("InvalidParameterException"):
            delete("custom:plan", kept)
    delete("custom:plan", "email", "nickname")
    found = attributes(app.me(token))
    assert found.pop("sub")
    assert found == {"family_name": "Example", "custom:badge": "7"}


def test_get_user_attribute_verification_code(make_app, mailbox):
    app = make_app()
    name = app.unique("ann")
    email = f"{name}@example.com"
    token = app.tokens(app.user(name, email=email))["AccessToken"]
    for count in range(1, 6):
        assert app.ask_code(token) == {
            "Destination": f"{name[0]}***@e***",
            "DeliveryMedium": "EMAIL",
            "AttributeName": "email",
        }
        newest = mailbox(email, count=count)
    with refused("LimitExceededException", LIMIT):
        app.ask_code(token)
    assert len(mailbox.messages(email)) == 5
    app.verify(token, newest)
    with refused("InvalidParameterException"):
        app.ask_code(token, "phone_number")
    with refused("InvalidParameterException"):
        app.ask_code(token, "nickname")


def test_verify_user_attribute(make_app, mailbox):
    app = make_app()
    email = f"{app.unique('ann')}@example.com"
    name = app.user(email=email)
    token = app.tokens(name)["AccessToken"]
    with refused("ExpiredCodeException", "Invalid code provided, please request a code again."):
        app.verify(token, "123456")
    app.ask_code(token)
    code = mailbox(email)
    with refused("CodeMismatchException", "Invalid verification code provided, please try again."):
        app.verify(token, wrong(code))
    with refused("ExpiredCodeException"):
        app.verify(token, code, "phone_number")
    assert "email_verified" not in attributes(app.get(name)) or attributes(app.get(name))["email_verified"] == "false"
    app.verify(token, code)
    assert attributes(app.get(name))["email_verified"] == "true"
    with refused("ExpiredCodeException"):
        app.verify(token, code)


def test_a_number_is_verified_like_an_address(make_app, mailbox):
    app = make_app(pool={"AutoVerifiedAttributes": ["phone_number"]})
    number = f"+1555{app.unique('')[-7:].translate(str.maketrans('abcdef', '123456'))}"
    name = app.user(email="ann@example.com")
    token = app.tokens(name)["AccessToken"]
    assert app.update(token, {"phone_number": number, "email": "other@example.com"}) == [
        {"Destination": f"+*******{number[-4:]}", "DeliveryMedium": "SMS", "AttributeName": "phone_number"}
    ]
    app.verify(token, mailbox(number), "phone_number")
    found = attributes(app.get(name))
    assert (found["phone_number_verified"], found["email_verified"]) == ("true", "false")


def test_fifteen_guesses_an_hour(make_app, mailbox):
    app = make_app()
    email = f"{app.unique('ann')}@example.com"
    name = app.user(email=email)
    token = app.tokens(name)["AccessToken"]
    app.ask_code(token)
    code = mailbox(email)
    for _ in range(15):
        with refused("CodeMismatchException"):
            app.verify(token, wrong(code))
    with refused("LimitExceededException", LIMIT):
        app.verify(token, code)
    app.ask_code(token)
    with refused("LimitExceededException", LIMIT):
        app.verify(token, mailbox(email, count=2))
    assert attributes(app.get(name)).get("email_verified") != "true"


def test_a_code_is_one_user_s_in_its_time_and_the_newest(make_app, mailbox, table):
    app = make_app()
    email, other = f"{app.unique('ann')}@example.com", f"{app.unique('bob')}@example.com"
    ann, bob = app.user(email=email), app.user(email=other)
    token, his = app.tokens(ann)["AccessToken"], app.tokens(bob)["AccessToken"]
    app.ask_code(token)
    app.ask_code(his)
    first = mailbox(email)
    if first != mailbox(other):
        with refused("CodeMismatchException"):
            app.verify(his, first)
    app.ask_code(token)
    second = mailbox(email, count=2)
    if first != second:
        with refused("CodeMismatchException"):
            app.verify(token, first)
    expire_code(table, app, ann, "verify_email")
    with refused("ExpiredCodeException"):
        app.verify(token, second)
    assert attributes(app.get(ann)).get("email_verified") != "true"


def test_the_same_with_the_aws_cli(make_app, mailbox, aws_cli, command_error):
    app = make_app()
    email = f"{app.unique('cli')}@example.com"
    token = app.tokens(app.user(nickname="Annie"))["AccessToken"]
    token = ["--access-token", token]
    changed = aws_cli(
        "update-user-attributes", *token, "--user-attributes", f"Name=email,Value={email}", anonymous=True
    )
    assert changed["CodeDeliveryDetailsList"][0]["AttributeName"] == "email"
    verify = ["verify-user-attribute", *token, "--attribute-name", "email", "--code"]
    code = mailbox(email)
    with pytest.raises(command_error, match="CodeMismatchException"):
        aws_cli(*verify, wrong(code), anonymous=True)
    aws_cli(*verify, code, anonymous=True)
    aws_cli("delete-user-attributes", *token, "--user-attribute-names", "nickname", anonymous=True)
    me = attributes(aws_cli("get-user", *token, anonymous=True))
    assert (me["email_verified"], "nickname" in me) == ("true", False)


def test_five_codes_an_hour_however_they_are_asked_for(make_app, mailbox):
    """New addresses are no way round the limit, and what is past it changes nothing."""
    app = make_app({"AutoVerifiedAttributes": ["email", "phone_number"]})
    name = app.user(email=f"{app.unique('ann')}@example.com")
    token = app.tokens(name)["AccessToken"]
    addresses = [f"{app.unique('new')}@example.com" for _ in range(4)]
    for address in addresses[:3]:
        app.update(token, {"email": address})
    app.ask_code(token)
    with refused("LimitExceededException", LIMIT):
        app.update(token, {"email": addresses[3], "phone_number": "+4915550109876"})
    assert attributes(app.me(token))["email"] == addresses[2]
    assert "phone_number" not in attributes(app.me(token))
    app.update(token, {"phone_number": "+4915550109876"})
    with refused("LimitExceededException", LIMIT):
        app.update(token, {"email": addresses[3]})
    with refused("LimitExceededException", LIMIT):
        app.ask_code(token)
    assert mailbox.messages(addresses[3]) == []
    # What sends no code is not limited, nor is what an administrator does.
    app.update(token, {"given_name": "Ann"})
    app.admin_update(name, {"email": addresses[3]})
    mailbox(addresses[3])
