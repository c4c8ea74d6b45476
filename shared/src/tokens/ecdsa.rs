//! ECDSA on P-256 as JOSE wants it: KMS speaks ASN.1 (RFC 3279, RFC 5480), JWTs carry r‖s (RFC 7518 section 3.4).

use simple_asn1::{ASN1Block, BigInt, OID, from_der, oid};

use crate::Fault;

/// Bytes of a coordinate and of each half of a signature.
const LENGTH: usize = 32;

/// The coordinates of a public key (DER `SubjectPublicKeyInfo`).
///
/// # Errors
/// `InternalErrorException` when that is no uncompressed point on P-256.
pub(super) fn coordinates(public_key: &[u8]) -> Result<([u8; LENGTH], [u8; LENGTH]), Fault> {
    let no_key = || Fault::internal("the public key is not one on P-256");
    let blocks = from_der(public_key).map_err(Fault::internal)?;
    let [ASN1Block::Sequence(_, parts)] = &blocks[..] else {
        return Err(no_key());
    };
    let [
        ASN1Block::Sequence(_, algorithm),
        ASN1Block::BitString(_, bits, point),
    ] = &parts[..]
    else {
        return Err(no_key());
    };
    let [
        ASN1Block::ObjectIdentifier(_, kind),
        ASN1Block::ObjectIdentifier(_, curve),
    ] = &algorithm[..]
    else {
        return Err(no_key());
    };
    let (ec_public_key, prime256v1): (OID, OID) =
        (oid!(1, 2, 840, 10045, 2, 1), oid!(1, 2, 840, 10045, 3, 1, 7));
    if *kind != ec_public_key || *curve != prime256v1 || *bits != point.len() * 8 {
        return Err(no_key());
    }
    let [4, coordinates @ ..] = &point[..] else {
        return Err(no_key());
    };
    let (x, y) = coordinates.split_at_checked(LENGTH).ok_or_else(no_key)?;
    Ok((
        x.try_into().map_err(|_| no_key())?,
        y.try_into().map_err(|_| no_key())?,
    ))
}

/// A signature as a JWT carries it, from its DER (`ECDSA-Sig-Value`).
///
/// # Errors
/// `InternalErrorException` when that is no signature.
pub(super) fn joined(signature: &[u8]) -> Result<[u8; 2 * LENGTH], Fault> {
    let no_signature = || Fault::internal("KMS answered with a malformed signature");
    let blocks = from_der(signature).map_err(Fault::internal)?;
    let [ASN1Block::Sequence(_, halves)] = &blocks[..] else {
        return Err(no_signature());
    };
    let [ASN1Block::Integer(_, r), ASN1Block::Integer(_, s)] = &halves[..] else {
        return Err(no_signature());
    };
    let mut joined = [0; 2 * LENGTH];
    for (half, number) in joined.chunks_exact_mut(LENGTH).zip([r, s]) {
        let bytes = unsigned(number).ok_or_else(no_signature)?;
        let start = LENGTH.checked_sub(bytes.len()).ok_or_else(no_signature)?;
        half[start..].copy_from_slice(&bytes);
    }
    Ok(joined)
}

/// The big-endian bytes of a positive number, without leading zeros.
fn unsigned(number: &BigInt) -> Option<Vec<u8>> {
    let mut bytes = number.to_signed_bytes_be();
    match bytes.first() {
        Some(0) if bytes.len() > 1 => {
            bytes.remove(0);
            Some(bytes)
        }
        Some(1..=0x7f) => Some(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
    };
    use proptest::prelude::*;

    #[test]
    fn what_is_signed_in_asn1_verifies_as_r_and_s() {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
        // Among 600 signatures there are some whose halves begin with a zero byte, or need one in DER.
        for number in 0..600_u32 {
            let message = number.to_be_bytes();
            let der = pair.sign(&random, &message).unwrap();
            let fixed = joined(der.as_ref()).unwrap();
            public.verify(&message, &fixed).unwrap();
        }
    }

    #[test]
    fn a_public_key_gives_its_point() {
        use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let (x, y) = coordinates(der.as_ref()).unwrap();
        assert_eq!([&[4][..], &x, &y].concat(), pair.public_key().as_ref());
    }

    #[test]
    fn other_keys_and_signatures_are_refused() {
        for text in [
            &b""[..],
            b"0",
            &[0x30, 0],
            &[0x30, 3, 2, 1, 1],
            &[0x30, 6, 2, 1, 0xff, 2, 1, 1],
        ] {
            assert!(joined(text).is_err(), "{text:?}");
            assert!(coordinates(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_do_not_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = joined(&bytes);
            let _ = coordinates(&bytes);
        }
    }
}
