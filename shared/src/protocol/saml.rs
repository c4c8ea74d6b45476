//! SAML 2.0 responses that a browser brought from an identity provider nobody had asked (Profiles 4.1.5, unsolicited).
//!
//! Parsing, canonical XML, signatures and what guards against their wrapping are saml-rs's; here is what is demanded of it:
//! RSA with SHA-2 and exclusive canonicalization, one assertion, a bearer's confirmation for one of our addresses, one of
//! our audiences, and times that are right now.

#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saml_rs::{
    AcsEndpoint, AudienceValidationPolicy, BrowserInput, ClockSkew, EntityId, FormField, IdpDescriptor,
    MetadataTrustPolicy, ReplayPolicy, Saml, SamlError, SamlValidationContext, Sp, SpConfig,
    SpValidationPolicy, SsoResponse, SsoSession, XmlSignatureProfile,
};

use crate::Timestamp;

/// How much clocks may differ.
const LEEWAY_MILLIS: i64 = 60_000;
/// What stands at the beginning of some servers' XML, and of no other's.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Why a response proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SamlRefusal {
    /// It is no SAML response, not one for us to read, or one that the profile does not allow.
    #[error("the SAML response is malformed")]
    Malformed,
    /// Nobody whom the metadata names signed it, or not all of what counts.
    #[error("the signature of the SAML response is invalid")]
    Signature,
    /// Another provider says so.
    #[error("the issuer of the SAML response is another")]
    Issuer,
    /// It is for somebody else, or for another address.
    #[error("the SAML response is for another audience or recipient")]
    Audience,
    /// It is not valid yet, or no longer.
    #[error("the SAML response is not valid now")]
    Time,
}

/// An identity provider as its metadata describe it (SAML metadata 2.4).
#[derive(Debug)]
pub struct SamlProvider(IdpDescriptor);

/// The metadata describe no identity provider that signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the SAML metadata are malformed")]
pub struct MalformedMetadata;

/// What a genuine response says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlStatement {
    /// The provider's entity id.
    pub issuer: String,
    /// The audience of ours that it is for.
    pub audience: String,
    /// `NameID`.
    pub subject: String,
    /// Names of attributes and their values, as they stand.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// Somewhere a response may be meant to go: an audience and the address that receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination<'a> {
    /// `Audience`.
    pub audience: &'a str,
    /// `Recipient`, and `Destination` where there is one.
    pub recipient: &'a str,
}

impl SamlProvider {
    /// Reads metadata whose source is trusted.
    ///
    /// # Errors
    /// [`MalformedMetadata`].
    pub fn parse(metadata: &str) -> Result<Self, MalformedMetadata> {
        let metadata = metadata.trim_start_matches(BYTE_ORDER_MARK);
        IdpDescriptor::from_metadata_xml(metadata, MetadataTrustPolicy::UnsignedForCompatibility)
            .map(Self)
            .map_err(|_| MalformedMetadata)
    }

    /// What `response`, base64 of XML, says at `now`, if it is genuine and for one of `destinations`.
    ///
    /// # Errors
    /// [`SamlRefusal`].
    pub fn accept(
        &self,
        response: &str,
        destinations: &[Destination<'_>],
        now: Timestamp,
    ) -> Result<SamlStatement, SamlRefusal> {
        let response = plain(response)?;
        let mut refusal = SamlRefusal::Audience;
        for destination in destinations {
            match self.accept_at(&response, *destination, now) {
                Ok(session) => return statement(&session, destination.audience),
                Err(error) => refusal = SamlRefusal::from(&error),
            }
            if refusal != SamlRefusal::Audience {
                break;
            }
        }
        Err(refusal)
    }

    fn accept_at(
        &self,
        response: &str,
        destination: Destination<'_>,
        now: Timestamp,
    ) -> Result<SsoSession, SamlError> {
        let now = SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(
                u64::try_from(now.seconds()).unwrap_or_default(),
            ))
            .ok_or_else(|| SamlError::Invalid("a time beyond all clocks".to_owned()))?;
        // Who comes twice with a response is the same user: like an ID token it is good for as long as it says.
        let context = SamlValidationContext::new(now, ReplayPolicy::DisabledForCompatibility)
            .with_clock_skew(ClockSkew::from_millis(-LEEWAY_MILLIS, 0));
        let input = BrowserInput::<SsoResponse>::post(vec![FormField::new("SAMLResponse", response)]);
        service_provider(destination)?.accept_unsolicited_sso(&self.0, input, context)
    }
}

fn service_provider(destination: Destination<'_>) -> Result<Saml<Sp>, SamlError> {
    let policy = SpValidationPolicy {
        xml_signatures: XmlSignatureProfile::StrictRsaSha2,
        audience: AudienceValidationPolicy::Validate,
        ..SpValidationPolicy::recommended()
    };
    let config = SpConfig::builder(EntityId::try_new(destination.audience)?)
        .acs_endpoint(AcsEndpoint::post(destination.recipient)?)
        .validation(policy)
        .build()?;
    Saml::sp(config)
}

/// The response in the one form that the library takes: no line breaks, and no mark before the XML.
fn plain(response: &str) -> Result<String, SamlRefusal> {
    let packed: String = response.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let xml = STANDARD.decode(packed).map_err(|_| SamlRefusal::Malformed)?;
    let xml = String::from_utf8(xml).map_err(|_| SamlRefusal::Malformed)?;
    Ok(STANDARD.encode(xml.trim_start_matches(BYTE_ORDER_MARK)))
}

fn statement(session: &SsoSession, audience: &str) -> Result<SamlStatement, SamlRefusal> {
    // The response's own id and that of each assertion.
    if session.replay_keys().len() != 2 {
        return Err(SamlRefusal::Malformed);
    }
    let subject = session.name_id().value();
    if subject.trim().is_empty() {
        return Err(SamlRefusal::Malformed);
    }
    let attributes = session.attributes().as_slice().iter().map(|attribute| {
        let values = attribute.values().iter().map(|value| value.as_str().to_owned());
        (attribute.name().to_owned(), values.collect())
    });
    Ok(SamlStatement {
        issuer: session.issuer().as_str().to_owned(),
        audience: audience.to_owned(),
        subject: subject.to_owned(),
        attributes: attributes.collect(),
    })
}

impl From<&SamlError> for SamlRefusal {
    fn from(error: &SamlError) -> Self {
        use saml_rs::error::SubjectConfirmationReason as Reason;
        match error {
            SamlError::AudienceMismatch { .. }
            | SamlError::DestinationMismatch { .. }
            | SamlError::UnmatchAudience
            | SamlError::UnmatchDestination
            | SamlError::SubjectConfirmationInvalid {
                reason: Reason::RecipientMismatch,
            } => Self::Audience,
            SamlError::IssuerMismatch { .. } | SamlError::UnmatchIssuer => Self::Issuer,
            SamlError::TimeWindowInvalid { .. }
            | SamlError::ExpiredSession
            | SamlError::SubjectConfirmationInvalid {
                reason: Reason::TimeWindowInvalid,
            } => Self::Time,
            SamlError::SignatureMissing
            | SamlError::SignatureVerification { .. }
            | SamlError::ReferenceResolution { .. }
            | SamlError::SignedReferenceMismatch
            | SamlError::AssertionSignatureRequired
            | SamlError::AlgorithmUnsupported
            | SamlError::NoTrustedCertificate
            | SamlError::CertificateMismatch
            | SamlError::UnmatchCertificate
            | SamlError::FailedToVerifySignature
            | SamlError::PotentialWrappingAttack => Self::Signature,
            _ => Self::Malformed,
        }
    }
}
