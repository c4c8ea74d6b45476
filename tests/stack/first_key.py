"""The first access key of a deployed stack: made once, printed once."""

import json
import os

import boto3

from .config import StackError


def first_key(options):
    """Creates a key that may do everything, unless the stack has keys already."""
    session, outputs = deployed(options.stack_name)
    function = outputs["AccessKeysFunction"]
    print(f"endpoint       {outputs['Endpoint']}")
    print(f"issuer         {outputs['IssuerBase']}/<user pool id>")
    if invoke(session, function, {"action": "list"})["accessKeys"]:
        print(f"Access keys exist already; `make access-key`, which calls {function}, makes more.")
        return
    print("The first access key may do everything. Keep it now: its secret cannot be shown again.")
    print_key(invoke(session, function, {"action": "create", "description": "made by make deploy"}))


def deployed(stack_name):
    """A session in the stack's Region, and the stack's outputs."""
    # boto3 reads the second variable only; everything else, sam among it, prefers the first.
    session = boto3.session.Session(region_name=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"))
    stacks = session.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    return session, {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}


def invoke(session, function, request):
    """The function's answer to a request."""
    return call(session.client("lambda"), function, request)


def call(client, function, request):
    """The same by a client of Lambda's."""
    answer = client.invoke(FunctionName=function, Payload=json.dumps(request))
    payload = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise StackError(f"{function} failed: {payload.get('errorMessage', payload)}")
    return payload


def print_key(key):
    """For the one time that the secret is seen."""
    print(f"access key id  {key['accessKeyId']}")
    print(f"secret         {key['secretAccessKey']}")
