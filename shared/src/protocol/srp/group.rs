//! The group of Cognito's SRP: RFC 3526's 3072-bit prime with g = 2, and its way of hashing numbers.

use aws_lc_rs::digest::{Context, SHA256};
use crypto_bigint::ctutils::CtAssign as _;
use crypto_bigint::modular::{ConstMontyForm, ConstMontyParams};
use crypto_bigint::{Choice, U256, U3072, const_monty_params};

/// Bytes of an element of the group.
pub(super) const SIZE: usize = 384;

const_monty_params!(
    Prime,
    U3072,
    concat!(
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD",
        "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
        "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F",
        "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B",
        "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510",
        "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7",
        "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C",
        "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    )
);

/// A number modulo the prime.
pub(super) type Element = ConstMontyForm<Prime, { U3072::LIMBS }>;

const GENERATOR: Element = Element::new(&U3072::from_u8(2));

/// SHA-256 of pad(N) and pad(g).
const MULTIPLIER: Element = Element::new(
    &U256::from_be_hex("538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6").resize(),
);

/// The element that 384 bytes in network order say; `None` for zero and for what is not below the prime.
pub(super) fn element(bytes: &[u8]) -> Option<Element> {
    if bytes.len() != SIZE {
        return None;
    }
    let number = U3072::from_be_slice(bytes);
    let in_range = number < *Prime::PARAMS.modulus().as_ref() && number != U3072::ZERO;
    in_range.then(|| Element::new(&number))
}

/// The element congruent to 384 bytes in network order.
pub(super) fn reduced(bytes: &[u8; SIZE]) -> Element {
    Element::new(&U3072::from_be_slice(bytes))
}

/// 384 bytes in network order.
pub(super) fn to_bytes(element: &Element) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    bytes.copy_from_slice(element.retrieve().to_be_bytes().as_ref());
    bytes
}

/// `base` to the power of a 256-bit number in network order, in time that tells nothing of either.
pub(super) fn power(base: &Element, exponent: &[u8; 32]) -> Element {
    base.pow(&U256::from_be_slice(exponent))
}

/// g to the power of `exponent`.
pub(super) fn generator_to(exponent: &[u8; 32]) -> Element {
    power(&GENERATOR, exponent)
}

/// k times `verifier`, which hides the verifier in the server's public value.
pub(super) fn masked(verifier: &Element) -> Element {
    MULTIPLIER * verifier
}

/// `element`, or its negative when the lowest bit of `bit` is set, in the same time.
pub(super) fn negated_if(element: &Element, bit: u8) -> Element {
    let mut chosen = *element;
    chosen.ct_assign(&-element, Choice::from_u8_lsb(bit));
    chosen
}

/// A number as Cognito hashes it: no leading zero bytes, but one where the top bit is set, so that it reads as
/// positive in two's complement (what Java's `BigInteger.toByteArray` gives).
pub(super) fn pad(number: &[u8]) -> impl Iterator<Item = &[u8]> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let significant = &number[start..];
    let sign: &[u8] = if significant.first().is_none_or(|byte| byte & 0x80 != 0) {
        &[0]
    } else {
        &[]
    };
    [sign, significant].into_iter()
}

/// SHA-256 over all `parts`, one after the other.
pub(super) fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(number: &[u8]) -> Vec<u8> {
        pad(number).flatten().copied().collect()
    }

    #[test]
    fn the_multiplier_is_the_hash_of_the_padded_prime_and_generator() {
        let prime = Prime::PARAMS.modulus().to_be_bytes();
        let k = hash([&[0], prime.as_ref(), &[2]]);
        assert_eq!(MULTIPLIER.retrieve(), U256::from_be_slice(&k).resize());
    }

    #[test]
    fn numbers_are_hashed_as_java_writes_big_integers() {
        assert_eq!(padded(&[0, 0, 0x7f, 1]), [0x7f, 1]);
        assert_eq!(padded(&[0, 0x80, 0]), [0, 0x80, 0]);
        assert_eq!(padded(&[1]), [1]);
        assert_eq!(padded(&[0, 0]), [0]);
        assert_eq!(padded(&[]), [0]);
    }

    #[test]
    fn only_numbers_from_one_to_below_the_prime_are_elements() {
        let prime = Prime::PARAMS.modulus().to_be_bytes();
        assert!(element(prime.as_ref()).is_none());
        assert!(element(&[0; SIZE]).is_none());
        assert!(element(&[0xff; SIZE]).is_none());
        assert!(element(&[1; SIZE - 1]).is_none());
        assert!(element(&[1; SIZE + 1]).is_none());
        assert!(element(&[1; SIZE]).is_some());
    }

    #[test]
    fn a_negated_element_and_the_element_add_up_to_zero() {
        let two = generator_to(&U256::ONE.to_be_bytes().as_ref().try_into().unwrap());
        assert_eq!(negated_if(&two, 0), two);
        assert_eq!(negated_if(&two, 0b10), two);
        assert_eq!(negated_if(&two, 1) + two, Element::ZERO);
    }
}
