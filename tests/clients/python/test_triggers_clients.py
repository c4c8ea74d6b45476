"""The tokens that clients get for themselves, and the function that is asked before they are signed."""

import json

import pytest
from browser import Browser, basic
from support import claims, make_app
from trigger_support import lambda_config, make_function


@pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
def test_the_tokens_of_a_client_are_asked_for_in_version_3(make_app, make_function, endpoint, version):
    def handler(event, _context):
        event["response"]["claimsAndScopeOverrideDetails"] = {
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"tier": 2, "client_id": "forged"},
                "scopesToAdd": ["shop/sell"],
            }
        }
        return event

    function = make_function(handler)
    app = make_app({"LambdaConfig": lambda_config(function, PreTokenGenerationConfig=version)})
    app.cognito.create_resource_server(
        UserPoolId=app.pool_id,
        Identifier="shop",
        Name="Shop",
        Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in ("buy", "sell")],
    )
    flows = {"AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["shop/buy"], "GenerateSecret": True}
    client = app.cognito.create_user_pool_client(
        UserPoolId=app.pool_id, ClientName="machine", AllowedOAuthFlowsUserPoolClient=True, **flows
    )["UserPoolClient"]
    browser = Browser(endpoint)
    form = {"grant_type": "client_credentials", "scope": "shop/buy"}
    page = browser.send("POST", "/oauth2/token", form, basic(client["ClientId"], client["ClientSecret"]))
    assert page.status == 200, page.body
    access = claims(json.loads(page.body)["access_token"])
    assert access["client_id"] == client["ClientId"]
    if version != "V3_0":
        assert (function.events, access["scope"], "tier" in access) == ([], "shop/buy", False)
        return
    event = function.event("TokenGeneration_ClientCredentials")
    assert (event["version"], event["callerContext"]["clientId"]) == ("3", client["ClientId"])
    assert (event["request"]["scopes"], event["request"]["userAttributes"]) == (["shop/buy"], {})
    assert (access["scope"], access["tier"]) == ("shop/buy shop/sell", 2)
