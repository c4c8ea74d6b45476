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
