"""The certificate by which SAML providers know a pool's requests."""

import base64
import datetime
from concurrent.futures import ThreadPoolExecutor

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from event_support import covers, send
from support import make_app, refused, table


def certificate(app):
    answer = app.cognito.get_signing_certificate(UserPoolId=app.pool_id)
    return x509.load_der_x509_certificate(base64.b64decode(answer["Certificate"], validate=True))


def test_get_signing_certificate(make_app):
    app = make_app()
    found = certificate(app)
    found.verify_directly_issued_by(found)
    assert isinstance(found.public_key(), rsa.RSAPublicKey) and found.public_key().key_size == 2048
    assert found.signature_hash_algorithm.name == "sha256"
    assert app.pool_id in found.subject.rfc4514_string()
    now = datetime.datetime.now(datetime.UTC)
    assert found.not_valid_before_utc < now
    assert (found.not_valid_after_utc - now).days in range(3640, 3660)
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert found.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    assert certificate(app) == found


def test_each_pool_has_its_own_and_it_goes_with_the_pool(make_app, table):
    one, other = make_app(), make_app()
    first, second = certificate(one), certificate(other)
    assert first.public_key() != second.public_key()
    assert first.serial_number != second.serial_number
    place = {"PK": f"POOL#{one.pool_id}", "SK": "SAMLKEY"}
    item = table.get_item(Key=place)["Item"]
    # The private key is in the table only under the pool's data key, which KMS wraps.
    sealed = base64.b64decode(item["sealed_key"])
    assert sealed[0] == 1 and b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" not in sealed
    one.cognito.delete_user_pool(UserPoolId=one.pool_id)
    assert "Item" not in table.get_item(Key=place)
    with refused("ResourceNotFoundException"):
        certificate(one)


def test_requests_at_once_get_one_certificate(make_app):
    app = make_app()
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: certificate(app).serial_number, range(8)))
    assert len(set(found)) == 1


@covers("signing-certificate/basic")
def test_the_event_shows_the_demo_pool_s_certificate():
    answer = send("signing-certificate/basic")
    assert answer.status == 200
    assert base64.b64decode(answer.body["Certificate"])
