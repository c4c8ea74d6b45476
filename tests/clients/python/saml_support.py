"""A SAML identity provider for tests: documents as AWS describes them, signed by signxml."""

import base64
import datetime
from copy import deepcopy

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import XMLSigner
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod

NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
}
ENTITY = "https://idp.example.com/saml"
AWS = "urn:amazon:webservices"
RECIPIENT = "https://signin.aws.amazon.com/saml"
ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"


def instant(seconds=0):
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def key_pair():
    """A key, and a certificate that names it, as PEM."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(serialization.Encoding.PEM).decode()


class Provider:
    """An identity provider with a key of its own."""

    def __init__(self, entity=ENTITY):
        self.entity = entity
        self.key, self.certificate = key_pair()

    def metadata(self, *others):
        """Its metadata, with the certificates of `others` beside its own."""
        keys = "".join(
            "<md:KeyDescriptor use='signing'><ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
            + "".join(provider.certificate.splitlines()[1:-1])
            + "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            for provider in (self, *others)
        )
        return (
            f"<md:EntityDescriptor xmlns:md='{NS['md']}' xmlns:ds='{NS['ds']}' entityID='{self.entity}'>"
            f"<md:IDPSSODescriptor protocolSupportEnumeration='{NS['samlp']}'>{keys}"
            "<md:SingleSignOnService Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' "
            "Location='https://idp.example.com/sso'/></md:IDPSSODescriptor></md:EntityDescriptor>"
        )

    def response(self, subject="ann@example.com", attributes=None, *, audience=AWS, recipient=RECIPIENT, issuer=None,
                 begins=-30, ends=300, method=BEARER, asked="", status="Success"):  # fmt: skip
        """An unsigned response with one assertion."""
        issuer = issuer or self.entity
        answers = f" InResponseTo='{asked}'" if asked else ""
        said = "".join(
            f"<saml:Attribute Name='{name}'>"
            + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
            + "</saml:Attribute>"
            for name, values in (attributes or {}).items()
        )
        said = f"<saml:AttributeStatement>{said}</saml:AttributeStatement>" if said else ""
        meant = (
            f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>"
            if audience
            else ""
        )
        return etree.fromstring(
            f"<samlp:Response xmlns:samlp='{NS['samlp']}' xmlns:saml='{NS['saml']}' ID='_response' Version='2.0' "
            f"IssueInstant='{instant()}' Destination='{recipient}'{answers}><saml:Issuer>{issuer}</saml:Issuer>"
            f"<samlp:Status><samlp:StatusCode Value='urn:oasis:names:tc:SAML:2.0:status:{status}'/></samlp:Status>"
            f"<saml:Assertion ID='_assertion' Version='2.0' IssueInstant='{instant()}'><saml:Issuer>{issuer}</saml:Issuer>"
            f"<saml:Subject><saml:NameID Format='urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'>{subject}</saml:NameID>"
            f"<saml:SubjectConfirmation Method='{method}'><saml:SubjectConfirmationData NotOnOrAfter='{instant(ends)}' "
            f"Recipient='{recipient}'{answers}/></saml:SubjectConfirmation></saml:Subject>"
            f"<saml:Conditions NotBefore='{instant(begins)}' NotOnOrAfter='{instant(ends)}'>{meant}</saml:Conditions>"
            f"<saml:AuthnStatement AuthnInstant='{instant()}'><saml:AuthnContext><saml:AuthnContextClassRef>"
            "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>"
            f"</saml:AuthnContext></saml:AuthnStatement>{said}</saml:Assertion></samlp:Response>"
        )

    def signed(self, response, part="assertion", algorithm="rsa-sha256", digest="sha256"):
        """The response with its assertion, or itself, signed; a new document."""
        response = deepcopy(response)
        signer = XMLSigner(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=algorithm,
            digest_algorithm=digest,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        element = response if part == "response" else response.find("saml:Assertion", NS)
        # Where the schema has the signature: after the issuer.
        place = etree.SubElement(element, f"{{{NS['ds']}}}Signature", Id="placeholder", nsmap={"ds": NS["ds"]})
        element.insert(1, place)
        signed = signer.sign(element, key=self.key, cert=self.certificate, reference_uri=element.get("ID"))
        if part == "response":
            return signed
        response.replace(element, signed)
        return response

    def token(self, *arguments, part="assertion", **more):
        """What an application shows: base64 of a signed response."""
        return encoded(self.signed(self.response(*arguments, **more), part))


def encoded(document):
    text = document if isinstance(document, bytes) else etree.tostring(document)
    return base64.b64encode(text).decode()
