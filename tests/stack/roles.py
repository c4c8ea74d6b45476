"""The roles of template.yaml's functions: what each may do in a stack, and what they did and were refused."""

import json
import urllib.request

from . import local_aws, template
from .config import ACCOUNT, EMAIL_FROM, IDENTITY_KEY, REGION, SEALING_KEY, TABLE

# Decided by nobody in a stack: Lambda writes logs, and is a server of its own, which asks for no permission; the Cognito
# from which users migrate is another pool of the stack.
# tests/clients/python/test_template.py compares these with the code.
ELSEWHERE = ("logs:", "lambda:", "cognito-idp:")
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class _Values(dict):
    """What intrinsic functions refer to; a resource of which a stack has none is known by its logical id."""

    def __missing__(self, name):
        return f"arn:aws:none:{REGION}:{ACCOUNT}:{name}"

    def __or__(self, more):
        return _Values(super().__or__(more))


def access_key(function):
    """The access key id by which the local AWS knows a function."""
    return f"FN.{function}"


def statements(stack):
    """Function → the statements of its role, with this stack's values."""
    kms = local_aws.client(stack, "kms")
    parameters = template.read()["Parameters"]
    values = _Values(
        {name: parameter.get("Default", "") for name, parameter in parameters.items()}
        | template.PSEUDO
        | {
            "Table": TABLE,
            "Table.Arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}",
            "SealingKey.Arn": kms.describe_key(KeyId=SEALING_KEY)["KeyMetadata"]["Arn"],
            "IdentityIssuer": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{stack.endpoint.split('://', 1)[1]}/identity-pools",
            "IdentityKey.Arn": kms.describe_key(KeyId=IDENTITY_KEY)["KeyMetadata"]["Arn"],
            "EmailFrom": EMAIL_FROM,
            # What pools of the tests name in their EmailConfiguration.
            "HasEmailSenders": True,
            "EmailSenders": "*@example.com",
            "HasTriggerFunctions": True,
            "TriggerFunctions": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*",
            "HasIdentityPoolId": False,
            "IsProvisioned": False,
            # The tests' own buses.
            "EventBus": "bus-*",
        }
    )
    return {function: template.filled(written, values) for function, written in template.statements().items()}


def enforce(stack):
    """From here on the local AWS and IAM let each function do what its role allows, and nothing more."""
    policies = json.dumps(statements(stack)).encode()
    for url in (stack.aws_url, stack.iam_url):
        _OPENER.open(urllib.request.Request(f"{url}/_gatehouse/policies", policies)).close()


def report(*urls):
    """What was allowed, as (function, sid, action), and what was refused, as (function, action, resource, keys)."""
    used, refused = set(), []
    for url in urls:
        with _OPENER.open(f"{url}/_gatehouse/report") as response:
            report = json.load(response)
        used |= {tuple(use) for use in report["used"]}
        refused += [tuple(refusal) for refusal in report["refused"]]
    return used, refused
