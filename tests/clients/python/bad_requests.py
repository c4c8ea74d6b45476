"""Requests that break the models: each member of a right one in turn is made wrong in every way that its shape knows."""

import json
from pathlib import Path

MODELS = {
    service: json.loads((Path(__file__).resolve().parents[3] / "shared/model/data" / name).read_text())
    for service, name in {"user-pool": "cognito-idp.json", "identity-pool": "cognito-identity.json"}.items()
}
# What every operation may answer to a body that is no request.
COMMON = {"SerializationException", "InvalidParameterException", "ValidationException"}
OF_OTHER_TYPES = {
    "string": [7, [], {}, True],
    "blob": [7, {}, "no base64!"],
    "boolean": ["perhaps", [], {}],
    "integer": ["many", [], {}, 1e400, 1.5],
    "long": ["many", [], {}, 2**70],
    "double": ["much", []],
    "timestamp": [[], {}],
    "list": ["x", 1, {}],
    "map": ["x", 1, []],
    "structure": ["x", 1, []],
}
DEEP = 40


def errors_of(service, operation):
    return set(MODELS[service]["operations"][operation]["errors"]) | COMMON


def broken(service, operation, request):
    """(what is wrong, request)."""
    shapes = MODELS[service]["shapes"]
    shape = shapes[MODELS[service]["operations"][operation]["input"]]
    for what, value in wrong(shapes, shape, request, DEEP, operation):
        if isinstance(value, dict):
            yield what, value


def wrong(shapes, shape, value, depth, path):
    """Wrong values in the place of a right one; `None` for a value that is not there."""
    kind = shape["type"]
    for other in OF_OTHER_TYPES[kind]:
        yield f"{path} is {json.dumps(other)[:20]}", other
    if kind in ("string", "blob"):
        if kind == "string" and shape.get("max", 10**6) < 10**6:
            yield f"{path} is too long", "a" * (shape["max"] + 1)
        if kind == "string" and shape.get("min", 0) > 0:
            yield f"{path} is empty", ""
        if "pattern" in shape and shape["pattern"].startswith(("[\\S", "[\\w", "[\\p{L")):
            yield f"{path} breaks its pattern", "a b\u0000\n"
        if "enum" in shape:
            yield f"{path} is none of its values", "NO_SUCH_VALUE"
    if kind in ("integer", "long"):
        if "min" in shape:
            yield f"{path} is too small", shape["min"] - 1
        if "max" in shape:
            yield f"{path} is too large", shape["max"] + 1
    if kind == "structure":
        value = value if isinstance(value, dict) else {}
        for name in shape.get("required", []):
            yield f"{path} without {name}", {k: v for k, v in value.items() if k != name}
            yield f"{path}.{name} is null", value | {name: None}
        for name, member in shape["members"].items():
            # What is not in the request is broken too, but no deeper than itself.
            deeper = depth if name in value else 0
            if depth == 0:
                continue
            for what, bad in wrong(shapes, shapes[member], value.get(name), deeper and deeper - 1, f"{path}.{name}"):
                yield what, value | {name: bad}
    if kind == "list" and value:
        member = shapes[shape["member"]]
        if shape.get("max", 10**4) < 10**4:
            yield f"{path} has too many", list(value) * (shape["max"] + 1)
        for what, bad in wrong(shapes, member, value[0], depth - 1, f"{path}[0]"):
            yield what, [bad, *value[1:]]
    if kind == "map" and value:
        name, first = next(iter(value.items()))
        for what, bad in wrong(shapes, shapes[shape["value"]], first, depth - 1, f"{path}[{name}]"):
            yield what, value | {name: bad}


# Bodies that are no requests.
BODIES = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"x"',
    "cut off": b'{"UserPoolId": "us-east-1_',
    "two": b"{}{}",
    "no UTF-8": b'{"UserPoolId": "\xff\xfe", "ClientId": "\xc3("}',
    "a lone surrogate": b'{"ClientId": "\\ud800", "UserPoolId": "\\ud800"}',
    "deep": b'{"ClientMetadata": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "deep objects": b'{"x":' * 3000 + b"1" + b"}" * 3000,
    "too large": b'{"x": "' + b"a" * (4 << 20) + b'"}',
}


def padded(service, operation, request):
    """A right request's JSON with members that nobody knows and members that come twice, the wrong one first."""
    shapes = MODELS[service]["shapes"]
    return _padded(shapes, shapes[MODELS[service]["operations"][operation]["input"]], request)


def _padded(shapes, shape, value):
    # A document, which may have any, has no members in the model.
    if shape["type"] == "structure" and isinstance(value, dict) and shape["members"]:
        members = ['"FromTheFuture": {"a": [1]}', '"": null', '"__type": 7', '"userPoolId": "x"']
        for name, inner in value.items():
            members += [f"{json.dumps(name)}: {wrong}" for wrong in ('[{"x": 1}]', "null")]
            members.append(f"{json.dumps(name)}: {_padded(shapes, shapes[shape['members'][name]], inner)}")
        return "{" + ", ".join(members) + "}"
    if shape["type"] == "list":
        return "[" + ", ".join(_padded(shapes, shapes[shape["member"]], inner) for inner in value) + "]"
    return json.dumps(value)


PREFIX = {"user-pool": "AWSCognitoIdentityProviderService", "identity-pool": "AWSCognitoIdentityService"}
ANOTHER = {"user-pool": "identity-pool", "identity-pool": "user-pool"}


def misnamed(service, operation):
    """(what is wrong, headers, method): requests that name no operation, or not the one that their path names."""
    prefix = PREFIX[service]
    for what, target in {
        "unknown": f"{prefix}.NoSuchOperation",
        "the other service's": f"{PREFIX[ANOTHER[service]]}.{operation}",
        "no service's": f"DynamoDB_20120810.{operation}",
        "without a dot": f"{prefix}{operation}",
        "without a service": operation,
        "two dots": f"{prefix}..{operation}",
        "lower case": f"{prefix}.{operation}".lower(),
        "with spaces": f" {prefix}.{operation} ",
        "twice": f"{prefix}.{operation},{prefix}.{operation}",
        "long": f"{prefix}.{operation * 1000}",
        "other letters": f"{prefix}.{operation}é日本語",
        "control characters": f"{prefix}.{operation}\x01",
        "empty": "",
    }.items():
        yield f"target {what}", {"x-amz-target": target}, "POST"
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"):
        yield f"method {method}", {}, method


LONG = "a" * 10_240
# Hosts, schemes and ways through proxies that are none.
ODD_WAYS = {
    "host with spaces": {"host": "a b"},
    "host of other letters": {"host": "日本.example"},
    "host that is none": {"host": "[::"},
    "host with a path": {"host": "a.example/../..?x#y"},
    "host empty": {"host": ""},
    "proto": {"x-forwarded-proto": "java script"},
    "forwarded": {"forwarded": "for=[::1;host=<>", "x-forwarded-for": "x, ,9.9.9.999", "x-forwarded-host": "é"},
    "1000 headers": {f"x-header-{number}": "1" for number in range(1000)},
    "100 KB header": {"x-header": LONG * 10},
}
# Headers that mean nothing, or do not mean what they say.
ODD_HEADERS = ODD_WAYS | {
    "no content type": {"content-type": None},
    "another content type": {"content-type": "multipart/form-data; boundary=x"},
    "a content type that is none": {"content-type": "é;;=/\x01"},
    "a content type of 10 KB": {"content-type": LONG},
    "control characters": {"x-header": "\x01\x1f", "user-agent": "\x7f"},
    "a NUL": {"x-header": "a\0b"},
    "line feeds": {"x-header": "a\r\nx-evil: 1"},
    "a name that is none": {"x header é": "1"},
    "other letters": {"x-header": "日本語é", "user-agent": "é", "amz-sdk-invocation-id": "é", "x-gatehouse-id": "é"},
    "two authorizations": {"authorization": "AWS4-HMAC-SHA256 Credential=a, AWS4-HMAC-SHA256 Credential=b"},
    "an authorization that is none": {"authorization": "\x01"},
    "a length that is not the body's": {"content-length": "-1"},
    "an edge that is none": {"x-gatehouse-edge": "x", "x-gatehouse-viewer-host": "a b", "x-gatehouse-viewer-address": "é"},
}
