//! A passkey that nobody has.

use p256_point::{X, Y};
use webauthn_rs_core::proto::{
    AttestationFormat, AuthenticatorTransport, COSEAlgorithm, COSEEC2Key, COSEKey, COSEKeyType, Credential,
    ECDSACurve, ParsedAttestation, RegisteredExtensions, UserVerificationPolicy,
};

use super::PublicKey;
use crate::Fault;

/// The base point of P-256 (SEC 2 version 2.0, section 2.4.2): any point of the curve will do, since no signature by its
/// key is taken.
mod p256_point {
    pub(super) const X: [u8; 32] = [
        0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77,
        0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    ];
    pub(super) const Y: [u8; 32] = [
        0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b,
        0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    ];
}

impl PublicKey {
    /// The public half of a passkey with this credential id that nobody has: it is asked for as others are, and answers
    /// are checked as others are, to be refused whatever they hold.
    ///
    /// # Errors
    /// `InternalErrorException` when it cannot be written.
    pub fn pretended(id: &[u8], synchronized: bool) -> Result<Self, Fault> {
        let mut transports = vec![AuthenticatorTransport::Internal];
        if synchronized {
            transports.insert(0, AuthenticatorTransport::Hybrid);
        }
        let key = COSEEC2Key {
            curve: ECDSACurve::SECP256R1,
            x: X.to_vec(),
            y: Y.to_vec(),
        };
        let credential = Credential {
            cred_id: id.to_vec(),
            cred: COSEKey {
                type_: COSEAlgorithm::ES256,
                key: COSEKeyType::EC_EC2(key),
            },
            counter: 0,
            transports: Some(transports),
            user_verified: true,
            backup_eligible: synchronized,
            backup_state: synchronized,
            registration_policy: UserVerificationPolicy::Preferred,
            extensions: RegisteredExtensions::default(),
            attestation: ParsedAttestation::default(),
            attestation_format: AttestationFormat::None,
        };
        serde_json::to_string(&credential)
            .map(Self)
            .map_err(Fault::internal)
    }
}
