"""Holds every function to the policy of its own role; runs inside MiniStack, see ministack_server.py.

MiniStack without AUTH lets everybody do everything, and with it knows few of the condition keys that template.yaml uses.
So the policies are evaluated here, by MiniStack's evaluator, with the keys that AWS documents for the calls that
functions make. A function is known by its access key id, `FN.<function>`; what it may do is posted to /_gatehouse/policies,
and what it did is kept: each statement's action that allowed something, and each call that was refused.
This is our model of IAM, not IAM.
"""

import json
import re
import sys
import urllib.parse

from ministack.core import iam_evaluator
from ministack.services import kms

PREFIX = "FN."
_CREDENTIAL = re.compile(rb"Credential=FN\.([a-z0-9-]+)/\d+/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_PARTITION_KEY = re.compile(r"([#\w]+)\s*=\s*(:\w+)")
_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_ACCOUNT = "000000000000"


class Unmodelled(Exception):
    """A call of which this module does not know what it needs."""


def _table(region, name, index=None):
    return f"arn:aws:dynamodb:{region}:{_ACCOUNT}:table/{name}" + (f"/index/{index}" if index else "")


def _leading(keys):
    return {"dynamodb:LeadingKeys": [key["S"] for key in keys]}


def _queried(body):
    """The value of the partition key in a query's condition."""
    wanted = {"PK", f"{body.get('IndexName', '')}PK"}
    names = body.get("ExpressionAttributeNames", {})
    for name, value in _PARTITION_KEY.findall(body["KeyConditionExpression"]):
        if names.get(name, name) in wanted:
            return body["ExpressionAttributeValues"][value]
    raise Unmodelled("a query without a partition key")


def dynamodb(operation, region, body):
    """(action, resource, context) of everything that the call needs."""
    if operation in ("TransactWriteItems", "TransactGetItems"):
        for item in body["TransactItems"]:
            ((kind, detail),) = item.items()
            key = (detail.get("Item") or detail["Key"])["PK"]
            yield f"dynamodb:{_TRANSACTION[kind]}", _table(region, detail["TableName"]), _leading([key])
    elif operation == "BatchGetItem":
        for table, request in body["RequestItems"].items():
            yield "dynamodb:BatchGetItem", _table(region, table), _leading(key["PK"] for key in request["Keys"])
    elif operation == "BatchWriteItem":
        for table, requests in body["RequestItems"].items():
            items = [r["PutRequest"]["Item"] if "PutRequest" in r else r["DeleteRequest"]["Key"] for r in requests]
            yield "dynamodb:BatchWriteItem", _table(region, table), _leading(item["PK"] for item in items)
    elif operation == "Query":
        resource = _table(region, body["TableName"], body.get("IndexName"))
        yield "dynamodb:Query", resource, _leading([_queried(body)])
    elif operation in ("GetItem", "PutItem", "UpdateItem", "DeleteItem"):
        key = (body.get("Item") or body["Key"])["PK"]
        yield f"dynamodb:{operation}", _table(region, body["TableName"]), _leading([key])
    else:
        raise Unmodelled(f"dynamodb:{operation}")


def _key_context(record):
    tags = {tag["TagKey"]: tag["TagValue"] for tag in record.get("Tags", [])}
    return {
        "kms:KeySpec": record.get("KeySpec"),
        "kms:KeyUsage": record.get("KeyUsage"),
        **{f"aws:ResourceTag/{name}": value for name, value in tags.items()},
    }


def kms_calls(operation, region, body):
    """(action, resource, context) of everything that the call needs."""
    if operation == "CreateKey":
        tags = {tag["TagKey"]: tag["TagValue"] for tag in body.get("Tags", [])}
        context = {
            "kms:KeySpec": body.get("KeySpec", "SYMMETRIC_DEFAULT"),
            "kms:KeyUsage": body.get("KeyUsage", "ENCRYPT_DECRYPT"),
            "aws:TagKeys": list(tags),
            **{f"aws:RequestTag/{name}": value for name, value in tags.items()},
        }
        yield "kms:CreateKey", "*", context
        if tags:
            yield "kms:TagResource", f"arn:aws:kms:{region}:{_ACCOUNT}:key/that-is-made", context
        return
    context = {}
    if "EncryptionContext" in body:
        context["kms:EncryptionContextKeys"] = list(body["EncryptionContext"])
        context |= {f"kms:EncryptionContext:{name}": value for name, value in body["EncryptionContext"].items()}
    if "SigningAlgorithm" in body:
        context["kms:SigningAlgorithm"] = body["SigningAlgorithm"]
    if "KeyPairSpec" in body:
        context["kms:DataKeyPairSpec"] = body["KeyPairSpec"]
    key = body.get("TargetKeyId") or body.get("KeyId")
    if operation in ("CreateAlias", "DeleteAlias"):
        alias = f"arn:aws:kms:{region}:{_ACCOUNT}:{body['AliasName']}"
        yield f"kms:{operation}", alias, context
        key = key or alias
    if not key:
        # As AWS does where Decrypt names no key: the ciphertext tells.
        raise Unmodelled(f"kms:{operation} without KeyId")
    record = kms._resolve_key(key)
    if record:
        yield f"kms:{operation}", record["Arn"], context | _key_context(record)


def others(service, region, headers, path, body):
    """(action, resource, context) of a call to a service that has one call here."""
    text = body.decode()
    if service == "ses" and path == "/v2/email/outbound-emails":
        mail = json.loads(text)
        sender = mail["FromEmailAddress"]
        sender = sender.rsplit("<", 1)[-1].rstrip(">")
        yield "ses:SendEmail", f"arn:aws:ses:{region}:{_ACCOUNT}:identity/{sender}", {"ses:FromAddress": sender}
        if mail.get("ConfigurationSetName"):
            name = mail["ConfigurationSetName"]
            yield "ses:SendEmail", f"arn:aws:ses:{region}:{_ACCOUNT}:configuration-set/{name}", {"ses:FromAddress": sender}
    elif service == "sns":
        form = dict(urllib.parse.parse_qsl(text))
        yield f"sns:{form['Action']}", form.get("TopicArn") or form.get("TargetArn") or "*", {}
    elif service == "iam":
        form = dict(urllib.parse.parse_qsl(text))
        yield f"iam:{form['Action']}", form.get("OpenIDConnectProviderArn") or form["SAMLProviderArn"], {}
    elif service == "events":
        for entry in json.loads(text)["Entries"]:
            bus = entry.get("EventBusName", "default")
            resource = bus if bus.startswith("arn:") else f"arn:aws:events:{region}:{_ACCOUNT}:event-bus/{bus}"
            yield "events:PutEvents", resource, {"events:source": entry["Source"], "events:detail-type": entry["DetailType"]}
    else:
        raise Unmodelled(f"{service} {headers.get(b'x-amz-target', b'').decode()} {path}")


def needs(service, region, headers, path, body):
    """What a call needs, as (action, resource, context)."""
    operation = headers.get(b"x-amz-target", b"").decode().rpartition(".")[2]
    if service == "dynamodb":
        return list(dynamodb(operation, region, json.loads(body)))
    if service == "kms":
        return list(kms_calls(operation, region, json.loads(body)))
    return list(others(service, region, headers, path, body))


class Police:
    """The policies, and what they allowed and refused."""

    def __init__(self):
        self.statements = {}
        self.used = set()
        self.refused = set()

    def learn(self, policies):
        """Takes function → statements."""
        self.statements = {
            name: iam_evaluator.parse_policy_document({"Version": "2012-10-17", "Statement": statements})
            for name, statements in policies.items()
        }

    def refusal(self, function, region, action, resource, context):
        """The text of the refusal of one action, None where a statement allows it."""
        question = iam_evaluator.EvalContext(
            principal_arn=f"arn:aws:sts::{_ACCOUNT}:assumed-role/{function}/{function}",
            principal_type="AssumedRole",
            principal_account=_ACCOUNT,
            action=action,
            resource_arn=resource,
            region=region,
            service_context={name.lower(): value for name, value in context.items()},
        )
        answer = iam_evaluator.evaluate(question, [self.statements.get(function, [])])
        if answer.decision == "Allow":
            self.used.add((function, answer.matched_sid, action))
            return None
        keys = ", ".join(f"{name}={value}" for name, value in context.items() if name == "dynamodb:LeadingKeys")
        # Keys carry names of users; their kinds are enough.
        keys = re.sub(r"#[^,'\]]*", "#…", keys)
        self.refused.add((function, action, resource.split(":", 2)[-1], keys))
        return f"User: {question.principal_arn} is not authorized to perform: {action} on resource: {resource} {keys}"

    def judge(self, function, service, region, headers, path, body):
        """Why a call is refused; None where all that it needs is allowed."""
        try:
            wanted = needs(service, region, headers, path, body)
        except Unmodelled as error:
            self.refused.add((function, str(error), "not modelled", ""))
            return f"{error} is not modelled by the stack's policing"
        for action, resource, context in wanted:
            if refusal := self.refusal(function, region, action, resource, context):
                return refusal
        return None


def denial(service, text):
    """(status, headers, body) of AccessDenied in the service's own form."""
    if service in ("sns", "iam"):
        body = f"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{text}</Message></Error></ErrorResponse>"
        return 403, [(b"content-type", b"text/xml")], body.encode()
    body = json.dumps({"__type": "AccessDeniedException", "message": text, "Message": text}).encode()
    kind = [(b"content-type", b"application/json"), (b"x-amzn-errortype", b"AccessDeniedException")]
    return (403 if service == "ses" else 400), kind, body


async def answer(send, status, headers, body):
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


def policed(serve):
    """The application with the police before it."""
    police = Police()

    async def application(scope, receive, send):
        if scope["type"] != "http":
            return await serve(scope, receive, send)
        headers = dict(scope["headers"])
        found = _CREDENTIAL.search(headers.get(b"authorization", b""))
        ours = scope["path"].startswith("/_gatehouse/")
        if not (found or ours):
            return await serve(scope, receive, send)
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if ours:
            if scope["method"] == "POST":
                police.learn(json.loads(body))
            report = {"used": sorted(police.used), "refused": sorted(police.refused)}
            return await answer(send, 200, [(b"content-type", b"application/json")], json.dumps(report).encode())
        function, region, service = (part.decode() for part in found.groups())
        if refusal := police.judge(function, service, region, headers, scope["path"], body):
            print(f"refused: {refusal}", file=sys.stderr, flush=True)
            return await answer(send, *denial(service, refusal))
        given = False

        async def again():
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        return await serve(scope, again, send)

    return application
