"""Documents that users accept: their operations, and the links on the page that makes accounts."""

import uuid

from browser import OAUTH, Browser, Relying
from support import at_once, make_app, refused

LINKS = {"cognito:default": "https://example.com/terms", "cognito:german": "https://example.com/agb"}


def create(app, name="terms-of-use", links=LINKS):
    answer = app.cognito.create_terms(
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        TermsName=name,
        TermsSource="LINK",
        Enforcement="NONE",
        Links=links,
    )
    return answer["Terms"]


def test_create_terms(make_app):
    app = make_app()
    terms = create(app)
    assert terms["Links"] == LINKS and terms["TermsName"] == "terms-of-use"
    assert (terms["ClientId"], terms["UserPoolId"]) == (app.client_id, app.pool_id)
    with refused("TermsExistsException"):
        create(app)
    for link in ("javascript:alert(1)", "data:text/html,x", "/terms"):
        with refused("InvalidParameterException"):
            create(app, "privacy-policy", {"cognito:default": link})
    with refused("InvalidParameterException", "Links must contain cognito:default."):
        create(app, "privacy-policy", {"cognito:german": "https://example.com"})


def test_describe_terms(make_app):
    app, other = make_app(), make_app()
    terms = create(app)
    describe = app.cognito.describe_terms
    assert describe(UserPoolId=app.pool_id, TermsId=terms["TermsId"])["Terms"] == terms
    for pool, wanted in ((app.pool_id, str(uuid.uuid4())), (other.pool_id, terms["TermsId"])):
        with refused("ResourceNotFoundException"):
            describe(UserPoolId=pool, TermsId=wanted)


def test_describe_terms_by_client(make_app):
    app = make_app()
    terms = create(app)
    describe = app.cognito.describe_terms_by_client
    wanted = {"UserPoolId": app.pool_id, "ClientId": app.client_id}
    assert describe(**wanted, TermsName="terms-of-use")["Terms"] == terms
    with refused("ResourceNotFoundException"):
        describe(**wanted, TermsName="privacy-policy")


def test_of_documents_made_at_once_there_is_one(make_app):
    app = make_app()
    tries = at_once(*[lambda: create(app)] * 4)
    assert tries.count(None) == 1, tries
    assert len(app.cognito.list_terms(UserPoolId=app.pool_id, MaxResults=10)["Terms"]) == 1


def test_list_terms(make_app):
    app = make_app()
    made = {create(app, name)["TermsId"] for name in ("terms-of-use", "privacy-policy")}
    first = app.cognito.list_terms(UserPoolId=app.pool_id, MaxResults=1)
    second = app.cognito.list_terms(UserPoolId=app.pool_id, MaxResults=1, NextToken=first["NextToken"])
    assert {terms["TermsId"] for terms in first["Terms"] + second["Terms"]} == made
    assert set(first["Terms"][0]) == {
        "TermsId",
        "TermsName",
        "Enforcement",
        "CreationDate",
        "LastModifiedDate",
    }


def test_update_terms(make_app):
    app = make_app()
    terms = create(app)
    create(app, "privacy-policy")
    update = app.cognito.update_terms
    links = {"cognito:default": "https://example.com/new"}
    changed = update(UserPoolId=app.pool_id, TermsId=terms["TermsId"], Links=links)["Terms"]
    assert changed["Links"] == links and changed["TermsName"] == "terms-of-use"
    with refused("TermsExistsException"):
        update(UserPoolId=app.pool_id, TermsId=terms["TermsId"], TermsName="privacy-policy")
    with refused("InvalidParameterException"):
        update(UserPoolId=app.pool_id, TermsId=terms["TermsId"], Links={"cognito:default": "nowhere"})
    shown = app.cognito.describe_terms(UserPoolId=app.pool_id, TermsId=terms["TermsId"])["Terms"]
    assert shown == changed


def test_delete_terms(make_app):
    app = make_app()
    terms = create(app)
    app.cognito.delete_terms(UserPoolId=app.pool_id, TermsId=terms["TermsId"])
    with refused("ResourceNotFoundException"):
        app.cognito.delete_terms(UserPoolId=app.pool_id, TermsId=terms["TermsId"])
    create(app)
    app.cognito.delete_user_pool_client(UserPoolId=app.pool_id, ClientId=app.client_id)
    assert app.cognito.list_terms(UserPoolId=app.pool_id, MaxResults=10)["Terms"] == []


def test_both_documents_are_shown_where_accounts_are_made_in_the_users_language(make_app, endpoint):
    app, half = make_app(**OAUTH), make_app(**OAUTH)
    create(app)
    create(app, "privacy-policy", {"cognito:default": "https://example.com/privacy"})
    create(half)
    for lang, link in (("en", "https://example.com/terms"), ("de", "https://example.com/agb")):
        relying = Relying(app, Browser(endpoint))
        page = relying.browser.get("/signup", **relying.request(lang=lang))
        assert f'href="{link}"' in page.body and 'href="https://example.com/privacy"' in page.body
        assert 'rel="noopener noreferrer"' in page.body
    # One by itself is not shown, as Cognito does it.
    relying = Relying(half, Browser(endpoint))
    assert "example.com/terms" not in relying.browser.get("/signup", **relying.request()).body
