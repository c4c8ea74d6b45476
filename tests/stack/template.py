"""Parts of template.yaml as they are once deployed: roles, with their values filled in."""

import json
import re
from functools import cache

import yaml

from .config import ACCOUNT, REGION, ROOT

ROLES = ("IdentityUserRole", "IdentityGuestRole")
# CloudFormation's pseudo parameters.
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": "gatehouse",
}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags in their long form."""


def construct_tag(loader, suffix, node):
    construct = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda node: loader.construct_sequence(node, deep=True),
        yaml.MappingNode: lambda node: loader.construct_mapping(node, deep=True),
    }
    value = construct[type(node)](node)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", construct_tag)


@cache
def read():
    """The template, its intrinsic functions in their long form."""
    return yaml.load((ROOT / "template.yaml").read_text(), Loader)


@cache
def statements():
    """Function → the statements of its role, as they are written."""
    resources = read()["Resources"]
    found = {}
    for resource in resources.values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            (policy,) = resources[properties["Role"]["Fn::GetAtt"][0]]["Properties"]["Policies"]
            found[properties["CodeUri"].split("/")[2]] = policy["PolicyDocument"]["Statement"]
    return found


def as_list(value):
    """What may be written as a list or as its one element."""
    return value if isinstance(value, list) else [value]


def filled(part, values):
    """A part of the template with its intrinsic functions evaluated; `values` are those of Ref and GetAtt."""
    if isinstance(part, list):
        return [filled(item, values) for item in part]
    if not isinstance(part, dict):
        return part
    if len(part) != 1 or not next(iter(part)).startswith(("Fn::", "Ref")):
        return {key: filled(value, values) for key, value in part.items()}
    ((function, argument),) = part.items()
    if function == "Ref":
        return values[argument]
    if function == "Fn::GetAtt":
        return values[".".join(argument)]
    if function == "Fn::If":
        return filled(argument[1 if values[argument[0]] else 2], values)
    if function == "Fn::Sub":
        text, more = (argument, {}) if isinstance(argument, str) else argument
        more = values | {name: filled(value, values) for name, value in more.items()}
        return re.sub(r"\$\{(?!!)([^}]+)\}", lambda match: more[match.group(1)], text).replace("${!", "${")
    argument = filled(argument, values)
    if function == "Fn::Join":
        return argument[0].join(argument[1])
    if function == "Fn::Split":
        return argument[1].split(argument[0])
    if function == "Fn::Select":
        return argument[1][int(argument[0])]
    raise ValueError(f"{function} is not evaluated here")


def identity_roles(issuer, identity_pool, bucket):
    """Name → properties of the roles for users and guests of an identity pool."""
    resources = read()["Resources"]
    values = PSEUDO | {
        "HasIdentityPoolId": True,
        "IdentityPoolId": identity_pool,
        "IdentityIssuer": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer.split('://', 1)[1]}",
        "PhotoBucket.Arn": f"arn:aws:s3:::{bucket}",
    }
    return {name: filled(resources[name]["Properties"], values) for name in ROLES}


def bucket_cors(name):
    """The CORS configuration of a bucket as S3's API takes it, which calls one member otherwise."""
    rules = read()["Resources"][name]["Properties"]["CorsConfiguration"]["CorsRules"]
    names = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
    return {"CORSRules": [{names.get(key, key): value for key, value in rule.items()} for rule in rules]}


def make_role(iam, name, role):
    """Creates a role of these properties, or brings one of this name up to date; returns its ARN."""
    trust = role["AssumeRolePolicyDocument"]
    trust = trust if isinstance(trust, str) else json.dumps(trust)
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    for policy in role["Policies"]:
        iam.put_role_policy(
            RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=json.dumps(policy["PolicyDocument"])
        )
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"
