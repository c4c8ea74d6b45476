use gatehouse::ambient::random_bytes;
use gatehouse::app::OpenPool;
use gatehouse::crypto::seal::Purpose;
use gatehouse::domain::saml_key::SamlKey;
use gatehouse::{App, Fault, Timestamp};
use rcgen::{
    CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize, SerialNumber,
};
use zeroize::Zeroizing;

/// Days that a certificate is valid: ten years, as Cognito's.
const VALID_DAYS: i64 = 3652;
/// Seconds that a provider's clock may be behind ours.
const CLOCK_SKEW: i64 = 300;

/// A new RSA-2048 key for a pool, sealed, and its certificate: self-signed (SHA-256), for signatures only.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub(crate) async fn issue(app: &App, open: &OpenPool, now: Timestamp) -> Result<SamlKey, Fault> {
    let pool = open.pool.id();
    let data_key = app.data_key(open).await?;
    let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(Fault::internal)?;
    let mut wanted = CertificateParams::default();
    wanted.distinguished_name.push(DnType::CommonName, pool.as_str());
    wanted
        .distinguished_name
        .push(DnType::OrganizationName, "Gatehouse");
    wanted.not_before = now.plus_seconds(-CLOCK_SKEW).to_utc();
    wanted.not_after = now.plus_seconds(VALID_DAYS * 24 * 60 * 60).to_utc();
    wanted.is_ca = IsCa::ExplicitNoCa;
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let mut serial = random_bytes::<16>(&*app.entropy);
    // RFC 5280, section 4.1.2.2: positive, and not all zeros.
    serial[0] = (serial[0] & 0x7f) | 0x40;
    wanted.serial_number = Some(SerialNumber::from_slice(&serial));
    let certificate = wanted.self_signed(&pair).map_err(Fault::internal)?;
    let private = Zeroizing::new(pair.serialize_der());
    Ok(SamlKey {
        certificate: certificate.der().to_vec(),
        sealed_key: data_key.seal(Purpose::SamlKey, pool.as_str(), &private, &*app.entropy)?,
        created_at: now,
    })
}
