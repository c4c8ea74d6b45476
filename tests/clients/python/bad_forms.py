"""Requests of endpoints that are no operations, broken: each parameter, cookie and header in turn, and all of it."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl, quote_plus

from bad_requests import LONG, ODD_WAYS

# What is longer than all that is read.
HUGE = "a" * 70_000
CONTROLS = "%00%01%0A%0D%1F%7F"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


def values(value):
    """What a parameter is broken into, as it stands in a query or a form."""
    given = quote_plus(value)
    return {
        "empty": "",
        "a word": "x",
        "a number": "7",
        "JSON": quote_plus('{"a": ["b"]}'),
        "cut off": given[: len(given) // 2],
        "goes on": f"{given}x",
        "NUL at its end": f"{given}%00",
        "control characters": CONTROLS,
        "no UTF-8": "%FF%FE%C3%28",
        "a lone surrogate": "%ED%A0%80",
        "no escapes": "%zz%",
        "unescaped": '<">`{|}\\^[]',
        "other letters": "日本語",
        "10 KB": LONG,
        "huge": HUGE,
    }


def texts(text):
    """(parameter, way, text) of a query or a form."""
    pairs = [(name, quote_plus(value)) for name, value in parse_qsl(text)]

    def joined(changed):
        return "&".join(f"{name}={value}" for name, value in changed)

    for index, (name, value) in enumerate(pairs):
        before, after = pairs[:index], pairs[index + 1 :]
        yield name, "missing", joined(before + after)
        yield name, "twice", joined([*pairs, (name, value)])
        yield name, "twice, otherwise", joined([(name, "x"), *pairs])
        yield name, "a list", joined([*before, (f"{name}[]", value), *after])
        yield name, "in capitals", joined([*before, (name.upper(), value), *after])
        for way, bad in values(dict(parse_qsl(text))[name]).items():
            if bad != value:
                yield name, way, joined([*before, (name, bad), *after])


def cookies(given):
    for index, cookie in enumerate(given):
        name, _, value = cookie.partition("=")
        others = given[:index] + given[index + 1 :]
        broken = {
            "missing": (),
            "empty": (f"{name}=",),
            "no value": (name,),
            "twice, otherwise": (f"{name}=x", cookie),
            "cut off": (cookie[: -len(value) // 2],),
            "goes on": (f"{cookie}A",),
            "another": (f"{name}={'A' * len(value)}",),
            "no base64": (f"{name}={'!' * len(value)}",),
            "control characters": (f"{name}=\x01\x1f",),
            "line feeds": (f"{name}=\r\nx-evil: 1",),
            "other letters": (f"{name}={'é' * len(value)}",),
            "10 KB": (f"{name}={LONG}",),
        }
        for way, bad in broken.items():
            # The name holds the pool's, which is another in every run.
            yield "csrf" if "csrf" in name else "session", way, (*others, *bad)


def headers(given):
    for name in ("authorization", "dpop", "content-type"):
        if name not in given:
            continue
        value = given[name]
        scheme = value.split(" ")[0]
        broken = {
            "missing": None,
            "empty": "",
            "a word": "x",
            "another scheme": f"Digest {value}",
            "scheme alone": scheme,
            "no base64": f"{scheme} !!!",
            "twice": f"{value}, {value}",
            "cut off": value[: len(value) // 2],
            "tabs": f"\t{value}\t",
            "control characters": f"{value}\x01",
            "line feeds": f"{value}\r\nx-evil: 1",
            "other letters": "日本語é",
            "10 KB": f"{scheme} {LONG}",
            "100 KB": f"{scheme} {LONG * 10}",
        }
        for way, bad in broken.items():
            rest = {other: kept for other, kept in given.items() if other != name}
            if bad != value:
                yield name, way, rest | ({} if bad is None else {name: bad})


def whole(sent):
    """What is wrong with the request as a whole, besides its method."""
    odd = ODD_WAYS | {
        "host with a port": {"host": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com:99999"},
        "host of 10 KB": {"host": LONG},
        "proto empty": {"x-forwarded-proto": ""},
        "languages": {"accept-language": ",;q=x," * 500},
        "agent": {"user-agent": "é\x01" * 500},
        "trace": {"x-amzn-trace-id": "é;;="},
    }
    for way, more in odd.items():
        yield way, replace(sent, headers=sent.headers | more)
    yield "unknown parameters", replace(sent, query=f"{sent.query}&{'&'.join(f'x{n}=1' for n in range(2000))}")
    yield "unescaped query", replace(sent, query=f'{sent.query}&x=<">`\\^ #日本語\x01')
    yield "huge query", replace(sent, query=f"{sent.query}&x={HUGE}")
    yield "query without names", replace(sent, query=f"{sent.query}&=1&&=&=")
    if sent.body is not None:
        for way, body in {
            "no body": b"",
            "JSON body": b'{"grant_type": "authorization_code"}',
            "deep body": b"[" * 5000,
            "body without UTF-8": sent.body + b"&\xff\xfe\x00=\xc3\x28",
            "large body": sent.body + b"&x=" + b"a" * (5 << 20),
        }.items():
            yield way, replace(sent, body=body)


def paths(path):
    for way, bad in {
        "slash": f"{path}/",
        "dots": f"/../..{path}",
        "NUL": f"{path}%00",
        "control characters": f"{path}\x01\n",
        "no escapes": f"{path}%zz",
        "other letters": f"{path}日本語",
        "unescaped": f'{path}<">`\\^ #?',
        "capitals": path.upper(),
        "empty": "",
        "no slash": path[1:],
        "10 KB": f"{path}/{LONG}",
    }.items():
        yield way, bad


def members(body):
    """JSON members, broken."""
    request = json.loads(body)
    for name, value in request.items():
        yield name, "missing", {other: kept for other, kept in request.items() if other != name}
        for bad in (None, 7, 1e400, True, "", "x", [], {}, [None], [[]], {"a": 1}, "\ud800", "a\0b", LONG, [LONG] * 50):
            if bad != value:
                yield name, json.dumps(bad)[:20], request | {name: bad}
    for bad in (None, [], "x", 7, {}):
        yield "all", json.dumps(bad), bad


def broken(sent):
    """(part of the request, way in which it is wrong, request). Parameters of the query have a question mark first."""
    for name, way, query in texts(sent.query):
        yield f"?{name}", way, replace(sent, query=query)
    if sent.body is not None and sent.body[:1] == b"{":
        for name, way, body in members(sent.body):
            yield name, way, replace(sent, body=json.dumps(body).encode())
    elif sent.body is not None:
        for name, way, body in texts(sent.body.decode()):
            yield name, way, replace(sent, body=body.encode())
    for name, way, bad in cookies(sent.cookies):
        yield name, way, replace(sent, cookies=bad)
    for name, way, bad in headers(sent.headers):
        yield name, way, replace(sent, headers=bad)
    for method in METHODS:
        if method != sent.method:
            yield "method", method, replace(sent, method=method)
    for way, bad in whole(sent):
        yield "all", way, bad
    yield "site", "another", replace(sent, headers=sent.headers | {"sec-fetch-site": "cross-site"})
    for way, path in paths(sent.path):
        yield "path", way, replace(sent, path=path)
