"""The files of events/ for self-service, recovery, groups and tags do what they were written for; see test_events.py."""

import json

import pytest
from event_support import CLIENT, PASSWORD, POOL, attributes, covers, load, send, signed_in, with_body

NEW_PASSWORD = "Events-pass-2"


def existing(cognito, name):
    """Makes an enabled user `name` with the usual password and a verified address, whatever was before."""
    address = f"{name}@example.com"
    try:
        cognito.admin_create_user(
            UserPoolId=POOL,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"}],
        )
    except cognito.exceptions.UsernameExistsException:
        cognito.admin_enable_user(UserPoolId=POOL, Username=name)
    cognito.admin_set_user_password(UserPoolId=POOL, Username=name, Password=PASSWORD, Permanent=True)
    return address


def sign_in(cognito, name, password=PASSWORD):
    answer = cognito.initiate_auth(
        ClientId=CLIENT,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    return answer["AuthenticationResult"]


@covers("user-profile/delete")
def test_delete_user_deletes_whose_token_it_is(cognito, signed_in):
    assert send("user-profile/delete").error == (400, "NotAuthorizedException")
    event = with_body(load("user-profile/delete"), AccessToken=signed_in["AccessToken"])
    assert send("user-profile/delete", event).status == 200
    with pytest.raises(cognito.exceptions.UserNotFoundException):
        cognito.admin_get_user(UserPoolId=POOL, Username=signed_in["name"])


@covers("user-attributes/basic")
def test_update_user_attributes_changes_a_name(cognito, signed_in):
    assert send("user-attributes/basic").error == (400, "NotAuthorizedException")
    event = with_body(load("user-attributes/basic"), AccessToken=signed_in["AccessToken"])
    assert send("user-attributes/basic", event).status == 200
    user = cognito.admin_get_user(UserPoolId=POOL, Username=signed_in["name"])
    assert attributes(user)["given_name"] == "Ann"


@covers("change-password/basic")
def test_change_password_changes_it(cognito, signed_in):
    assert send("change-password/basic").error == (400, "NotAuthorizedException")
    event = with_body(load("change-password/basic"), AccessToken=signed_in["AccessToken"])
    assert send("change-password/basic", event).status == 200
    assert sign_in(cognito, signed_in["name"], NEW_PASSWORD)["AccessToken"]
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        sign_in(cognito, signed_in["name"])


@covers("recovery/basic", "recovery/confirm")
def test_a_forgotten_password_is_replaced_with_the_code_of_the_mail(cognito, mailbox):
    address = existing(cognito, "events-frank")
    before = len(mailbox.messages(address))
    answer = send("recovery/basic")
    if answer.error == (400, "LimitExceededException"):
        return  # five runs within an hour against one stack
    assert answer.status == 200
    assert answer.body["CodeDeliveryDetails"] == {
        "Destination": "e***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    code = mailbox(address, count=before + 1)
    if code != json.loads(load("recovery/confirm")["body"])["ConfirmationCode"]:
        assert send("recovery/confirm").error == (400, "CodeMismatchException")
    event = with_body(load("recovery/confirm"), ConfirmationCode=code)
    assert send("recovery/confirm", event).status == 200
    assert sign_in(cognito, "events-frank", NEW_PASSWORD)["AccessToken"]


@covers("admin-users/disable", "admin-sessions/basic")
def test_signing_a_user_out_and_keeping_the_user_out(cognito):
    existing(cognito, "events-heidi")
    tokens = sign_in(cognito, "events-heidi")
    assert send("admin-sessions/basic").status == 200
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="revoked"):
        cognito.get_user(AccessToken=tokens["AccessToken"])
    assert sign_in(cognito, "events-heidi")["AccessToken"]
    assert send("admin-users/disable").status == 200
    with pytest.raises(cognito.exceptions.NotAuthorizedException, match="disabled"):
        sign_in(cognito, "events-heidi")


@covers("groups/basic", "groups/add-user")
def test_a_group_is_created_and_gets_its_first_member(cognito):
    answer = send("groups/basic")
    if answer.status == 200:
        assert answer.body["Group"]["GroupName"] == "events-staff"
        assert answer.body["Group"]["Precedence"] == 10
    assert send("groups/basic").error == (400, "GroupExistsException")
    assert send("groups/add-user").status == 200
    member = json.loads(load("groups/add-user")["body"])["Username"]
    listed = cognito.list_users_in_group(UserPoolId=POOL, GroupName="events-staff")["Users"]
    assert member in [user["Username"] for user in listed]


@covers("identity-providers/basic", "linked-providers/basic", "linked-providers/disable")
def test_a_provider_is_created_and_an_identity_linked_and_taken_away(cognito):
    existing(cognito, "events-ivan")
    answer = send("identity-providers/basic")
    if answer.status == 200:
        assert answer.body["IdentityProvider"]["ProviderName"] == "EventsOidc"
    assert send("identity-providers/basic").error == (400, "DuplicateProviderException")
    assert send("linked-providers/basic").status == 200
    user = cognito.admin_get_user(UserPoolId=POOL, Username="events-ivan")
    (identity,) = json.loads(attributes(user)["identities"])
    assert (identity["providerName"], identity["userId"]) == ("EventsOidc", "ivan-at-the-provider")
    assert send("linked-providers/disable").status == 200
    user = cognito.admin_get_user(UserPoolId=POOL, Username="events-ivan")
    assert "identities" not in attributes(user)


@covers("tags/basic")
def test_list_tags_for_resource_shows_the_demo_pool_s_tags(cognito):
    pool = cognito.describe_user_pool(UserPoolId=POOL)["UserPool"]
    answer = send("tags/basic")
    assert answer.status == 200
    assert answer.body["Tags"] == pool.get("UserPoolTags", {})


@covers("resource-servers/basic")
def test_a_resource_server_is_created_once(cognito):
    answer = send("resource-servers/basic")
    if answer.status == 200:
        assert answer.body["ResourceServer"]["Scopes"][0]["ScopeName"] == "read"
    assert send("resource-servers/basic").error == (400, "InvalidParameterException")
    listed = cognito.list_resource_servers(UserPoolId=POOL, MaxResults=50)["ResourceServers"]
    assert "https://events.example.com" in [server["Identifier"] for server in listed]
