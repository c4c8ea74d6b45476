"""template.yaml agrees with what it deploys: the binaries, their routes, what they read and what they may do.

Nothing runs here: the files are read. That the policies suffice is shown elsewhere, by running under them.
"""

import json
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from identity_support import template as stack_template

as_list, identity_roles, template = stack_template.as_list, stack_template.identity_roles, stack_template.read
ROOT = Path(__file__).resolve().parents[3]

# Actions that AWS lets nobody limit to a resource, each with the condition or denial that stands in for one.
UNLIMITABLE = {
    # A new key has no ARN yet; its kind and its tag are prescribed.
    "kms:CreateKey": "Condition",
    # A telephone number has no ARN; all that has one, every topic, is denied.
    "sns:Publish": "Deny",
}
# What the code's calls of the SDK need, by client and method. A transaction is no action of its own: its steps are.
CALLS = {
    "dynamo.get_item": "dynamodb:GetItem",
    "dynamo.batch_get_item": "dynamodb:BatchGetItem",
    "dynamo.query": "dynamodb:Query",
    "dynamo.update_item": "dynamodb:UpdateItem",
    "dynamo.batch_write_item": "dynamodb:BatchWriteItem",
    "dynamo.transact_write_items": None,
    "TransactWriteItem.put": "dynamodb:PutItem",
    "TransactWriteItem.update": "dynamodb:UpdateItem",
    "TransactWriteItem.delete": "dynamodb:DeleteItem",
    "TransactWriteItem.condition_check": "dynamodb:ConditionCheckItem",
    "kms.sign": "kms:Sign",
    "kms.encrypt": "kms:Encrypt",
    "kms.decrypt": "kms:Decrypt",
    "kms.create_key": "kms:CreateKey",
    "kms.create_alias": "kms:CreateAlias",
    "kms.delete_alias": "kms:DeleteAlias",
    "kms.get_public_key": "kms:GetPublicKey",
    "kms.schedule_key_deletion": "kms:ScheduleKeyDeletion",
    "kms.generate_data_key": "kms:GenerateDataKey",
    "kms.generate_data_key_pair_without_plaintext": "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms.generate_data_key_without_plaintext": "kms:GenerateDataKeyWithoutPlaintext",
    # Authorized by the token that is its argument.
    "sts.assume_role_with_web_identity": None,
    "iam.get_open_id_connect_provider": "iam:GetOpenIDConnectProvider",
    "iam.get_saml_provider": "iam:GetSAMLProvider",
    "iam.add_client_id_to_open_id_connect_provider": "iam:AddClientIDToOpenIDConnectProvider",
    "iam.remove_client_id_from_open_id_connect_provider": "iam:RemoveClientIDFromOpenIDConnectProvider",
    "ses.send_email": "ses:SendEmail",
    "events.put_events": "events:PutEvents",
    "cognito.admin_initiate_auth": "cognito-idp:AdminInitiateAuth",
    "cognito.admin_get_user": "cognito-idp:AdminGetUser",
    "cognito.admin_list_groups_for_user": "cognito-idp:AdminListGroupsForUser",
    "sns.publish": "sns:Publish",
    "lambda.invoke": "lambda:InvokeFunction",
}
# What is no function's: the roles of users and guests of an identity pool.
IDENTITY_ROLES = {"IdentityUserRole", "IdentityGuestRole"}
# Granted without a call of that name: CreateKey with tags needs the first, the runtime writes the logs.
UNCALLED = {"kms:TagResource", "logs:CreateLogStream", "logs:PutLogEvents"}
# Where a pool's function may know a user whom the pool does not.
MIGRATING = {"initiate-auth", "admin-auth", "recovery", "login", "forgot-password"}
WRITES = {f"dynamodb:{verb}Item" for verb in ("Put", "Update", "Delete", "BatchWrite")}
# CloudFormation gives a stack 500 resources. What is added still has to leave room for what comes.
MOST_RESOURCES = 400


def resources(kind):
    return {
        name: resource["Properties"]
        for name, resource in template()["Resources"].items()
        if resource["Type"] == kind
    }


def functions():
    """Binary → the logical id of its function and the function's properties."""
    found = {}
    for name, properties in resources("AWS::Serverless::Function").items():
        binary = re.fullmatch(r"target/lambda/([a-z0-9-]+)/", properties["CodeUri"]).group(1)
        assert binary not in found, f"two functions run {binary}"
        found[binary] = (name, properties)
    return found


def binaries():
    manifest = tomllib.loads((ROOT / "functions/Cargo.toml").read_text())
    return {target["name"] for target in manifest["bin"]}


def statements(binary):
    return stack_template.statements()[binary]


def allowed(binary):
    return {
        action
        for statement in statements(binary)
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
    }


def invoked(target):
    """The function that is invoked: by itself, or by its alias where instances of it are kept ready."""
    if "Fn::If" not in target:
        return target["Fn::GetAtt"][0]
    condition, alias, plain = target["Fn::If"]
    name = plain["Fn::GetAtt"][0]
    assert (condition, alias) == ("IsProvisioned", {"Ref": name.removesuffix("Function") + "Alias"})
    return name


@cache
def routes():
    """(route key, binary, whether IAM authorizes it) of every route."""
    by_function = {name: binary for binary, (name, _) in functions().items()}
    integrations = {
        name: by_function[invoked(properties["IntegrationUri"])]
        for name, properties in resources("AWS::ApiGatewayV2::Integration").items()
    }
    found = []
    for properties in resources("AWS::ApiGatewayV2::Route").values():
        integration = re.fullmatch(r"integrations/\$\{(\w+)\}", properties["Target"]["Fn::Sub"]).group(1)
        found.append((properties["RouteKey"], integrations[integration], "AuthorizationType" in properties))
    return found


def chosen(method, path):
    """The binary to which API Gateway takes a request: the most literal route, a method before ANY."""

    def rank(key):
        if key == "$default":
            return (-1, 0)
        route_method, route_path = key.split(" ", 1)
        pattern = "".join(
            "[^/]+" if part.startswith("{") else re.escape(part)
            for part in re.split(r"(\{[^}]+\})", route_path)
        )
        if route_method not in (method, "ANY") or not re.fullmatch(pattern, path):
            return None
        return (-route_path.count("{") + 100, route_method != "ANY")

    ranked = [(rank(key), binary) for key, binary, _ in routes() if rank(key) is not None]
    return max(ranked)[1]


def router():
    """(method or None, path, binary) of every route of the development router."""
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    found = []
    for path, targets in manifest["workspace"]["metadata"]["lambda"]["watch"]["router"].items():
        for target in as_list(targets):
            if isinstance(target, str):
                target = {"function": target}
            found.append((target.get("method"), path, target["function"]))
    return found


def example(path):
    """A path that a pattern of either router matches."""
    return re.sub(r"\{\*[^}]+\}", "some/where/else", re.sub(r"\{([^*}]+)\}", r"some-\1", path))


# The roles that are no function's.
OTHER_ROLES = {"ApiRole", *IDENTITY_ROLES}


def log_group(binary):
    """The log group that a binary shares with those of its folder."""
    manifest = tomllib.loads((ROOT / "functions/Cargo.toml").read_text())
    (path,) = [target["path"] for target in manifest["bin"] if target["name"] == binary]
    folder = path.split("/")[0] if "/" in path else "entrances"
    return "".join(word.capitalize() for word in folder.split("_")) + "Logs"


def test_every_binary_has_its_function_and_role_and_nothing_else_has():
    assert set(functions()) == binaries()
    own = {name.removesuffix("Function") + "Role" for name, _ in functions().values()}
    assert set(resources("AWS::IAM::Role")) - OTHER_ROLES == own
    for binary, (name, properties) in functions().items():
        stem = name.removesuffix("Function")
        assert stem.lower() == binary.replace("-", "")
        assert properties["FunctionName"] == {"Fn::Sub": f"${{AWS::StackName}}-{binary}"}
        assert properties["Role"] == {"Fn::GetAtt": [f"{stem}Role", "Arn"]}
        assert template()["Resources"][name]["Metadata"]["SkipBuild"] is True


def test_functions_of_a_folder_share_a_log_group_and_each_role_writes_only_its_own_streams():
    for properties in resources("AWS::Logs::LogGroup").values():
        assert properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    groups = {binary: log_group(binary) for binary in functions()}
    assert set(resources("AWS::Logs::LogGroup")) - {"ApiLogs"} == set(groups.values())
    for binary, (_, properties) in functions().items():
        assert properties["LoggingConfig"]["LogGroup"] == {"Ref": groups[binary]}
        writes = [s for s in statements(binary) if "logs:PutLogEvents" in as_list(s["Action"])]
        # Lambda names streams of a group that is not the function's own <date>/<function>[<version>]<instance>.
        streams = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${%s}:log-stream:*/${AWS::StackName}-%s[*"
        assert [s["Resource"] for s in writes] == [{"Fn::Sub": streams % (groups[binary], binary)}]


def test_the_api_invokes_as_a_role_that_may_invoke_the_functions_of_its_routes_and_nothing_else():
    role = resources("AWS::IAM::Role")["ApiRole"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Principal"], trust["Action"]) == ({"Service": "apigateway.amazonaws.com"}, "sts:AssumeRole")
    (policy,) = role["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "lambda:InvokeFunction"
    integrations = resources("AWS::ApiGatewayV2::Integration").values()
    assert all(integration["CredentialsArn"] == {"Fn::GetAtt": ["ApiRole", "Arn"]} for integration in integrations)
    named = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-%s"
    aliases = [arn["Fn::If"][1] for arn in statement["Resource"] if "Fn::If" in arn]
    plain = [arn["Fn::If"][2] if "Fn::If" in arn else arn for arn in statement["Resource"]]
    served = sorted({binary for _, binary, _ in routes()})
    assert sorted(arn["Fn::Sub"] for arn in plain) == [named % binary for binary in served]
    assert {alias["Fn::Sub"] for alias in aliases} == {named % f"{binary}:live" for binary in provisioned()}
    # IAM takes 10,240 characters of a role's policies; the name of a function has 64 at most.
    longest = "arn:aws-us-gov:lambda:ap-southeast-2:123456789012:function:" + 64 * "x" + '",'
    assert len(longest) * len(statement["Resource"]) + 200 < 10_240


def provisioned():
    """The binaries of which instances can be kept ready."""
    by_function = {name: binary for binary, (name, _) in functions().items()}
    return {by_function[alias["FunctionName"]["Ref"]] for alias in resources("AWS::Lambda::Alias").values()}


def test_what_is_kept_ready_is_what_everybody_invokes():
    assert provisioned() >= {"front-door", "initiate-auth", "oauth-token", "login"}
    versions = resources("AWS::Lambda::Version")
    for name, alias in resources("AWS::Lambda::Alias").items():
        stem = name.removesuffix("Alias")
        assert alias["Name"] == "live" and alias["FunctionVersion"] == {"Fn::GetAtt": [f"{stem}Version", "Version"]}
        assert alias["FunctionName"] == versions[f"{stem}Version"]["FunctionName"] == {"Ref": f"{stem}Function"}
        assert {template()["Resources"][f"{stem}{kind}"]["Condition"] for kind in ("Alias", "Version")} == {"IsProvisioned"}
        assert "IsProvisioned" in str(resources("AWS::ApiGatewayV2::Integration")[f"{stem}Integration"])
        # A version is new only where the function is.
        assert "DeployedAt" in str(resources("AWS::Serverless::Function")[f"{stem}Function"]["Description"])
    # The front door knows which of those that it invokes have the alias.
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    condition, listed, without = variables["GATEHOUSE_PROVISIONED"]["Fn::If"]
    operations = tomllib.loads((ROOT / "operations.toml").read_text())
    served = {e["function"] for service in operations.values() for e in service.values() if e.get("served")}
    assert (condition, without) == ("IsProvisioned", "")
    assert set(listed.split(",")) == provisioned() & served


def test_what_other_services_invoke_is_allowed_to_them_for_this_account_alone():
    for properties in resources("AWS::Lambda::Permission").values():
        assert properties["SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_what_the_development_router_serves_is_served_alike_when_deployed():
    served = router()
    assert served
    for method, path, binary in served:
        # A route without a method there has the one method here that its function answers: it is for documents.
        assert chosen(method or "GET", example(path)) == binary, f"{method} {path}"


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_what_nothing_serves_comes_to_the_front_door(method):
    for path in ("/no/such/path", "/user-pool/no-such-function/SignUp", "/iam/sign-up/SignUp"):
        assert chosen(method, path) == "front-door"


def test_what_is_deployed_is_served_alike_by_the_development_router():
    patterns = {(method, re.sub(r"\{[^}]+\}", "{}", path)): binary for method, path, binary in router()}
    for key, binary, iam in routes():
        if iam or key == "$default":
            continue
        method, path = key.split(" ", 1)
        path = re.sub(r"\{[^}]+\}", "{}", path)
        served = {m: b for (m, p), b in patterns.items() if p == path}
        # A route of every operation here may be one route for each operation there.
        served = served or {
            m: b for (m, p), b in patterns.items() if p.rsplit("/", 1)[0] == path.rsplit("/", 1)[0]
        }
        assert served and set(served.values()) == {binary}, key
        assert method == "ANY" or method in served or None in served, key


def test_routes_that_iam_authorizes_are_those_of_signed_operations():
    operations = tomllib.loads((ROOT / "operations.toml").read_text())
    signed = {
        entry["function"]
        for service in operations.values()
        for entry in service.values()
        if entry.get("served") and entry["access"] != "public"
    }
    assert {(key, binary) for key, binary, iam in routes() if iam} == {
        (f"POST /iam/{binary}/{{operation}}", binary) for binary in signed
    }


def test_no_route_leads_to_the_function_that_makes_access_keys():
    assert "access-keys" not in {binary for _, binary, _ in routes()}
    (name, _) = functions()["access-keys"]
    for properties in resources("AWS::Lambda::Permission").values():
        assert properties["FunctionName"] != {"Ref": name}
    invoking = [s for s in statements("front-door") if "lambda:InvokeFunction" in as_list(s["Action"])]
    assert name not in [invoked(arn) for s in invoking for arn in as_list(s["Resource"])]


def test_the_front_door_may_invoke_exactly_the_functions_of_operations():
    operations = tomllib.loads((ROOT / "operations.toml").read_text())
    served = {e["function"] for service in operations.values() for e in service.values() if e.get("served")}
    (invoke,) = [s for s in statements("front-door") if "lambda:InvokeFunction" in as_list(s["Action"])]
    may = [invoked(arn) for arn in invoke["Resource"]]
    assert len(may) == len(set(may))
    assert set(may) == {functions()[name][0] for name in served}
    for binary in binaries() - {"front-door"}:
        for statement in statements(binary):
            if "lambda:InvokeFunction" in as_list(statement["Action"]):
                # The functions that pools name as triggers, and no function of an operation.
                assert statement["Sid"] == "InvokeTriggers", binary


def test_triggers_may_be_the_stacks_own_and_those_that_the_parameter_names():
    own = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-triggers-*"
    named = {"Fn::If": ["HasTriggerFunctions", {"Fn::Sub": own + ",${TriggerFunctions}"}, {"Fn::Sub": own}]}
    invoking = [s for binary in functions() for s in statements(binary) if s["Sid"] == "InvokeTriggers"]
    assert len(invoking) >= 5
    assert all(statement["Resource"] == {"Fn::Split": [",", named]} for statement in invoking)


@pytest.mark.parametrize("binary", sorted(functions()))
def test_a_policy_names_its_actions_and_limits_them(binary):
    for statement in statements(binary):
        actions = as_list(statement["Action"])
        assert not [action for action in actions if "*" in action], statement
        assert not {"NotAction", "NotResource"} & set(statement), statement
        if statement["Effect"] != "Allow":
            continue
        for resource in as_list(statement["Resource"]):
            text = resource if isinstance(resource, str) else str(resource)
            if text == "*":
                for action in actions:
                    guard = UNLIMITABLE[action]
                    if guard == "Condition":
                        assert statement["Condition"], statement
                    else:
                        assert any(s["Effect"] == "Deny" and s["Action"] == action for s in statements(binary))
            elif "*" in text:
                if actions in (["iam:GetOpenIDConnectProvider"], ["iam:GetSAMLProvider"]):
                    continue  # Which providers pools may name is not known here; reading one changes nothing.
                # Every key, alias or identity of the account needs something that tells Gatehouse's own apart.
                known = (":alias/gatehouse/", "${AWS::StackName}-triggers-*", ":log-stream:*/${AWS::StackName}-")
                assert "Condition" in statement or any(name in text for name in known), statement


def partitions(binary, *, writes):
    """Patterns of the partition keys on which a function may act, of the table and of its index."""
    found = set()
    for statement in statements(binary):
        actions = {action for action in as_list(statement["Action"]) if action.startswith("dynamodb:")}
        assert not actions or statement["Condition"].keys() == {"ForAllValues:StringLike"}, statement
        if actions and (not writes or actions & WRITES):
            found |= set(statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
    return found


def test_every_statement_on_the_table_names_partitions_that_exist():
    keys = (ROOT / "shared/src/store/keys.rs").read_text()
    families = {f"{family}#*" for family in re.findall(r'format!\("([A-Z]+)#', keys)}
    lists = set(re.findall(r'pub const ALL_\w+: &str = "([A-Z]+)";', keys))
    named = set().union(*(partitions(binary, writes=False) for binary in functions()))
    assert {"USER#*", "POOL#*"} <= families and "POOLS" in lists
    assert named <= families | lists


def test_public_functions_change_users_only_and_see_no_access_key():
    operations = tomllib.loads((ROOT / "operations.toml").read_text())
    served = [e for service in operations.values() for e in service.values() if e.get("served")]
    public = {e["function"] for e in served if e["access"] == "public"} | {
        "front-door",
        "oidc-discovery",
        "confirm-user",
        "recovery-codes",
    }
    of_identity_pools = {e["function"] for e in operations["identity-pool"].values()}
    assert len(public) > 5
    for binary in public:
        # A user who leaves is also struck off the lists of members, and one who comes from elsewhere is put on them.
        listed = {"user-profile": "dynamodb:DeleteItem"} | dict.fromkeys(MIGRATING, "dynamodb:PutItem")
        mine = {"USER#*", "ALIAS#*", "SEARCH#*", "LIMIT#*"} | ({"GROUP#*"} if binary in listed else set())
        mine |= {"IDENTITY#*", "LOGIN#*"} if binary in of_identity_pools else set()
        assert partitions(binary, writes=True) <= mine, binary
        for statement in statements(binary):
            if "GROUP#*" in str(statement):
                assert as_list(statement["Action"]) == [listed[binary]], statement
        assert not [p for p in partitions(binary, writes=False) if p.startswith("ACCESSKEY")], binary
        contexts = [
            set(s["Condition"]["ForAllValues:StringEquals"]["kms:EncryptionContextKeys"])
            for s in statements(binary)
            if "kms:Decrypt" in as_list(s["Action"])
        ]
        assert contexts in ([], [{"gatehouse:pool"}]), binary


def test_what_serves_operations_may_count_them_and_nothing_else_of_limits():
    operations = tomllib.loads((ROOT / "operations.toml").read_text())
    served = {e["function"] for e in operations["user-pool"].values() if e.get("served")} - {"limits"}
    counts = {
        binary
        for binary in functions()
        for statement in statements(binary)
        if "LIMIT#*" in str(statement) and as_list(statement["Action"]) == ["dynamodb:UpdateItem"]
    }
    assert counts >= served
    for binary in functions():
        assert str(statements(binary)).count("LIMIT#") == (binary in counts), binary


def test_functions_that_may_be_signed_for_change_nothing_but_the_use_of_a_key():
    operations = tomllib.loads((ROOT / "operations.toml").read_text())
    served = [e for service in operations.values() for e in service.values() if e.get("served")]
    either = {e["function"] for e in served if e["access"] == "either"}
    assert either
    for binary in either:
        assert partitions(binary, writes=True) == {"ACCESSKEY#*", "LIMIT#*"}, binary


def test_of_access_keys_signed_functions_may_only_note_the_use():
    """The one that makes and deletes keys is another, which no path leads to."""
    operations = tomllib.loads((ROOT / "operations.toml").read_text())
    served = [e for service in operations.values() for e in service.values() if e.get("served")]
    for binary in {e["function"] for e in served if e["access"] != "public"}:
        found = set()
        for statement in statements(binary):
            if "ACCESSKEY" in str(statement):
                assert statement["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}
                found |= set(as_list(statement["Action"]))
        assert found == {"dynamodb:GetItem", "dynamodb:UpdateItem"}, binary


def calls():
    """Every call of an AWS client in the code, as `client.method`."""
    found = set()
    for source in [*ROOT.glob("shared/src/**/*.rs"), *ROOT.glob("functions/**/*.rs")]:
        code = re.sub(r"\s*\n\s*\.", ".", source.read_text())
        clients = re.findall(r"(?<!authorizer\.)\b(cognito|dynamo|events|kms|ses|sns|sts|iam|lambda)\.(\w+)\(\)", code)
        found |= {f"{client}.{method}" for client, method in clients}
        found |= {
            f"TransactWriteItem.{step}" for step in re.findall(r"TransactWriteItem::builder\(\)\.(\w+)\(", code)
        }
    return found


def test_what_is_allowed_to_any_function_is_what_the_code_calls():
    assert calls() == set(CALLS)
    granted = set().union(*(allowed(binary) for binary in functions()))
    assert granted == {action for action in CALLS.values() if action} | UNCALLED


def test_only_functions_that_make_tokens_sign_with_the_key_of_identity_pools():
    key = {"Fn::GetAtt": ["IdentityKey", "Arn"]}
    signing = {
        binary
        for binary in functions()
        for statement in statements(binary)
        if statement["Resource"] == key and "kms:Sign" in as_list(statement["Action"])
    }
    assert signing == {"credentials", "open-id-token", "developer-identities"}


def test_roles_of_identities_trust_one_pool_and_one_way_of_proof():
    for name, amr in (("IdentityUserRole", "authenticated"), ("IdentityGuestRole", "unauthenticated")):
        role = identity_roles("https://auth.example.com/identity-pools", "us-east-1:one", "bucket")[name]
        (trust,) = json.loads(role["AssumeRolePolicyDocument"])["Statement"]
        issuer = "auth.example.com/identity-pools"
        assert trust["Principal"]["Federated"].endswith(f":oidc-provider/{issuer}")
        assert trust["Condition"] == {
            "StringEquals": {f"{issuer}:aud": "us-east-1:one"},
            "ForAnyValue:StringEquals": {f"{issuer}:amr": amr},
        }


@pytest.mark.parametrize("binary", sorted(functions()))
def test_a_role_is_for_lambda_alone(binary):
    role = resources("AWS::IAM::Role")[functions()[binary][1]["Role"]["Fn::GetAtt"][0]]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert "ManagedPolicyArns" not in role


def test_functions_are_given_exactly_the_settings_that_the_code_reads():
    given = set(template()["Globals"]["Function"]["Environment"]["Variables"])
    read = set()
    for source in [*ROOT.glob("shared/src/app.rs"), *ROOT.glob("shared/src/observe.rs"), *ROOT.glob("shared/src/app/**/*.rs")]:
        read |= set(re.findall(r'"(GATEHOUSE_[A-Z_]+)"', source.read_text()))
    assert given == read
    for binary, (_, properties) in functions().items():
        own = set(properties.get("Environment", {}).get("Variables", {}))
        assert own == own_settings(binary), binary


def own_settings(binary):
    """The variables that a trigger's function reads beside those of all."""
    if not binary.startswith("triggers-"):
        return set()
    source = (ROOT / "functions/triggers" / f"{binary.removeprefix('triggers-').replace('-', '_')}.rs").read_text()
    beside = re.findall(r"^mod (\w+);", source, re.M)
    sources = [source, *((ROOT / f"functions/triggers/{name}.rs").read_text() for name in beside)]
    shared = [ROOT / f"shared/src/triggers/{name}.rs" for name in set(re.findall(r"triggers::(\w+)::", "".join(sources)))]
    sources += [path.read_text() for path in shared if path.stem != "serve" and path.exists()]
    code = [text.split("#[cfg(test)]")[0] for text in sources]
    return {name for text in code for name in re.findall(r'variables\s*\.\w+(?:::<\w+>)?\(\s*"([A-Z_]+)"', text)}


def test_no_route_leads_to_a_function_for_triggers_and_each_is_two_resources():
    assert not [binary for _, binary, _ in routes() if binary.startswith("triggers-")]
    for binary, (name, _) in functions().items():
        if binary.startswith("triggers-"):
            stem = name.removesuffix("Function")
            assert {n for n in template()["Resources"] if n.startswith(stem)} == {
                f"{stem}{kind}" for kind in ("Function", "Role")
            }


def test_the_table_is_what_the_store_expects():
    (table,) = resources("AWS::DynamoDB::Table").values()
    keys = (ROOT / "shared/src/store/keys.rs").read_text()
    constant = {name: value for name, value in re.findall(r'pub const (\w+): &str = "([^"]+)";', keys)}

    def schema(part):
        return {key["KeyType"]: key["AttributeName"] for key in part["KeySchema"]}

    assert schema(table) == {"HASH": constant["PK"], "RANGE": constant["SK"]}
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == constant["INDEX"]
    assert schema(index) == {"HASH": constant["INDEX_PK"], "RANGE": constant["INDEX_SK"]}
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert {a["AttributeName"] for a in table["AttributeDefinitions"]} == {
        constant[name] for name in ("PK", "SK", "INDEX_PK", "INDEX_SK")
    }
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}


def test_the_sealing_key_rotates_and_outlives_a_table_that_is_protected():
    assert resources("AWS::KMS::Key")["SealingKey"]["EnableKeyRotation"] is True
    assert template()["Resources"]["Table"]["DependsOn"] == "SealingKey"


def test_the_stack_leaves_room_for_functions_to_come():
    # SAM adds nothing to a function that has its role.
    assert len(template()["Resources"]) < MOST_RESOURCES
