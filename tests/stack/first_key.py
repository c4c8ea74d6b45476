"""The first access key of a deployed stack: made once, printed once."""

import json
import os

import boto3

from .config import StackError


def first_key(options):
    """Creates a key that may do everything, unless the stack has keys already."""
    # boto3 reads the second variable only; everything else, sam among it, prefers the first.
    session = boto3.session.Session(region_name=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))
    stacks = session.client("cloudformation").describe_stacks(StackName=options.stack_name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
    function = outputs["AccessKeysFunction"]
    print(f"endpoint       {outputs['Endpoint']}")
    print(f"issuer         {outputs['IssuerBase']}/<user pool id>")
    if _invoke(session, function, {"action": "list"})["accessKeys"]:
        print(f"Access keys exist already; {function} makes more.")
        return
    key = _invoke(session, function, {"action": "create", "description": "made by make deploy"})
    print("The first access key may do everything. Keep it now: its secret cannot be shown again.")
    print(f"access key id  {key['accessKeyId']}")
    print(f"secret         {key['secretAccessKey']}")


def _invoke(session, function, request):
    answer = session.client("lambda").invoke(FunctionName=function, Payload=json.dumps(request))
    payload = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise StackError(f"{function} failed: {payload.get('errorMessage', payload)}")
    return payload
