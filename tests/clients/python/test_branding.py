"""How owners have the sign-in pages look, and what they cannot make the pages do."""

import http.client
import re
import struct
import zlib
from urllib.parse import urlsplit

from browser import OAUTH, Browser, Relying
from support import at_once, make_app, refused

ACCENT = {"components": {"primaryButton": {"lightMode": {"defaults": {"backgroundColor": "aa0000ff"}}}}}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>'


def png(shade):
    """A picture of one pixel."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = zlib.compress(bytes([0, shade]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def asset(category="FORM_LOGO", mode="LIGHT", extension="PNG", data=None):
    data = png(1) if data is None else data
    return {"Category": category, "ColorMode": mode, "Extension": extension, "Bytes": data}


def create(app, settings=ACCENT, assets=(), **more):
    more = {"Settings": settings, "Assets": list(assets)} | more
    answer = app.cognito.create_managed_login_branding(
        UserPoolId=app.pool_id, ClientId=app.client_id, **{k: v for k, v in more.items() if v is not None}
    )
    return answer["ManagedLoginBranding"]


def describe(app, branding, **more):
    answer = app.cognito.describe_managed_login_branding(
        UserPoolId=app.pool_id, ManagedLoginBrandingId=branding["ManagedLoginBrandingId"], **more
    )
    return answer["ManagedLoginBranding"]


def sign_in_page(app, endpoint):
    relying = Relying(app, Browser(endpoint))
    return relying.browser.get("/login", **relying.request())


def fetch(endpoint, path):
    host = urlsplit(endpoint)
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=60)
    connection.request("GET", path, headers={"Host": host.netloc})
    response = connection.getresponse()
    return response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read()


def test_create_managed_login_branding(make_app, endpoint):
    app = make_app(**OAUTH)
    assets = [
        asset(),
        asset(mode="DARK", data=png(2)),
        asset("FAVICON_SVG", "DYNAMIC", "SVG", SVG),
        asset("PAGE_BACKGROUND", "DYNAMIC", data=png(3)),
    ]
    branding = create(app, ACCENT, assets)
    assert branding["Settings"] == ACCENT and branding["UseCognitoProvidedValues"] is False
    assert [given["Bytes"] for given in branding["Assets"]] == [given["Bytes"] for given in assets]
    page = sign_in_page(app, endpoint)
    assert "--accent:#aa0000ff;" in page.body
    assert "--page-image:url(/managed-login/images/" in page.body
    logos = re.search(r'<source srcset="([^"]+)" media="\(prefers-color-scheme: dark\)"><img[^>]* src="([^"]+)"', page.body)
    for path, shade in ((logos[1], 2), (logos[2], 1)):
        status, headers, body = fetch(endpoint, path)
        assert (status, headers["content-type"], body) == (200, "image/png", png(shade))
        assert "immutable" in headers["cache-control"] and headers["x-content-type-options"] == "nosniff"
    icon = re.search(r'<link rel="icon" href="([^"]+)"', page.body)[1]
    status, headers, body = fetch(endpoint, icon)
    assert (status, headers["content-type"], body) == (200, "image/svg+xml", SVG)
    # Whoever opens the picture by itself runs nothing that is in it.
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "sandbox" in headers["content-security-policy"]
    # The policy of the page still allows nothing but the style that it carries.
    assert "unsafe" not in page.headers["content-security-policy"]
    with refused("ManagedLoginBrandingExistsException"):
        create(app)
    plain = create(make_app(**OAUTH), None, (), Assets=None, UseCognitoProvidedValues=True)
    assert plain["UseCognitoProvidedValues"] is True


def test_what_the_pages_would_not_obey_is_refused_by_name(make_app):
    app = make_app(**OAUTH)
    for settings, name in (
        ({"components": {"carousel": {"speed": 1}}}, "components.carousel.speed"),
        ({"categories": {"global": {"pageHeader": {"enabled": True}}}}, "categories.global.pageHeader.enabled"),
        (
            {"components": {"form": {"lightMode": {"backgroundColor": "red}</style><script>alert(1)</script>"}}}},
            "components.form.lightMode.backgroundColor",
        ),
    ):
        with refused("InvalidParameterException") as caught:
            create(app, settings)
        assert name in str(caught.value)
    for wrong in (
        asset("EMAIL_GRAPHIC"),
        asset(data=b"<html><script>alert(1)</script></html>"),
        asset(extension="SVG"),
        asset(data=png(1) + bytes(300_000)),
    ):
        with refused("InvalidParameterException"):
            create(app, ACCENT, [wrong])
    with refused("InvalidParameterException"):
        create(app, ACCENT, UseCognitoProvidedValues=True)
    with refused("ResourceNotFoundException"):
        app.cognito.describe_managed_login_branding_by_client(UserPoolId=app.pool_id, ClientId=app.client_id)


def test_of_brandings_made_at_once_there_is_one(make_app):
    app = make_app(**OAUTH)
    tries = at_once(*[lambda: create(app)] * 4)
    assert tries.count(None) == 1, tries


def test_describe_managed_login_branding(make_app):
    app = make_app(**OAUTH)
    branding = create(app, ACCENT, [asset()])
    assert describe(app, branding) == branding
    merged = describe(app, branding, ReturnMergedResources=True)["Settings"]
    button = merged["components"]["primaryButton"]
    assert button["lightMode"]["defaults"]["backgroundColor"] == "aa0000ff"
    assert re.fullmatch("[0-9a-f]{8}", button["darkMode"]["defaults"]["backgroundColor"])
    assert merged["categories"]["global"]["colorSchemeMode"] == "DYNAMIC"
    # What holds where nothing is set can be set.
    create(make_app(**OAUTH), merged)
    with refused("ResourceNotFoundException"):
        describe(make_app(**OAUTH), branding)


def test_describe_managed_login_branding_by_client(make_app):
    app = make_app(**OAUTH)
    describe_by_client = app.cognito.describe_managed_login_branding_by_client
    with refused("ResourceNotFoundException"):
        describe_by_client(UserPoolId=app.pool_id, ClientId=app.client_id)
    branding = create(app, ACCENT, [asset()])
    shown = describe_by_client(UserPoolId=app.pool_id, ClientId=app.client_id)
    assert shown["ManagedLoginBranding"] == branding


def test_update_managed_login_branding(make_app, endpoint):
    app = make_app(**OAUTH)
    branding = create(app, ACCENT, [asset()])

    def update(**more):
        return app.cognito.update_managed_login_branding(
            UserPoolId=app.pool_id, ManagedLoginBrandingId=branding["ManagedLoginBrandingId"], **more
        )["ManagedLoginBranding"]

    dark = {"categories": {"global": {"colorSchemeMode": "DARK"}}}
    changed = update(Settings=dark, Assets=[asset(mode="DARK", data=png(9))])
    assert changed["Settings"] == ACCENT | dark
    assert {given["ColorMode"]: given["Bytes"] for given in changed["Assets"]} == {"LIGHT": png(1), "DARK": png(9)}
    page = sign_in_page(app, endpoint)
    assert '<meta name="color-scheme" content="only dark">' in page.body
    with refused("InvalidParameterException"):
        update(Settings={"nothing": 1})
    assert update(UseCognitoProvidedValues=True)["Assets"] == []


def test_delete_managed_login_branding(make_app, endpoint):
    app, other = make_app(**OAUTH), make_app(**OAUTH)
    branding = create(app)
    create(other)
    delete = app.cognito.delete_managed_login_branding
    delete(UserPoolId=app.pool_id, ManagedLoginBrandingId=branding["ManagedLoginBrandingId"])
    with refused("ResourceNotFoundException"):
        delete(UserPoolId=app.pool_id, ManagedLoginBrandingId=branding["ManagedLoginBrandingId"])
    assert "#aa0000ff" not in sign_in_page(app, endpoint).body
    assert "#aa0000ff" in sign_in_page(other, endpoint).body


def test_set_ui_customization(make_app, endpoint):
    app = make_app(**OAUTH)
    get, put = app.cognito.get_ui_customization, app.cognito.set_ui_customization
    assert get(UserPoolId=app.pool_id)["UICustomization"] == {}
    css = ".label-customizable { font-weight: 400; }"
    general = put(UserPoolId=app.pool_id, CSS=css, ImageFile=png(7))["UICustomization"]
    assert (general["ClientId"], general["CSS"]) == ("ALL", css)
    assert fetch(endpoint, urlsplit(general["ImageUrl"]).path)[2] == png(7)
    assert get(UserPoolId=app.pool_id, ClientId=app.client_id)["UICustomization"] == general
    page = sign_in_page(app, endpoint)
    assert "body .label-customizable{font-weight:400;}" in page.body
    assert f'src="{urlsplit(general["ImageUrl"]).path}"' in page.body
    own = put(UserPoolId=app.pool_id, ClientId=app.client_id, CSS="")["UICustomization"]
    assert own["ClientId"] == app.client_id
    assert get(UserPoolId=app.pool_id, ClientId=app.client_id)["UICustomization"] == own
    for evil in (
        "</style><script>alert(1)</script>",
        "@import 'https://evil.example/x.css';",
        "body { display: none }",
        ".logo-customizable { background: url(https://evil.example/x) }",
        ".logo-customizable { position: fixed }",
    ):
        with refused("InvalidParameterException"):
            put(UserPoolId=app.pool_id, CSS=evil)
    with refused("InvalidParameterException"):
        put(UserPoolId=app.pool_id, ImageFile=b"<script>alert(1)</script>")
    assert get(UserPoolId=app.pool_id)["UICustomization"] == general


def test_get_ui_customization(make_app):
    app = make_app(**OAUTH)
    get = app.cognito.get_ui_customization
    assert get(UserPoolId=app.pool_id)["UICustomization"] == {}
    css = ".label-customizable { font-weight: 400; }"
    general = app.cognito.set_ui_customization(UserPoolId=app.pool_id, CSS=css)["UICustomization"]
    assert get(UserPoolId=app.pool_id, ClientId=app.client_id)["UICustomization"] == general
    with refused("ResourceNotFoundException"):
        get(UserPoolId=app.pool_id, ClientId="nosuchclient")
