//! Just enough DER (X.690) to find the public key in a key file or a certificate.
//!
//! Owns walking over tag, length and value; every length is checked against what is there. Refuses to validate a certificate:
//! whether its owner is to be trusted is for the person who chose the file.

/// A value with its tag.
#[derive(Clone, Copy)]
struct Value<'a> {
    tag: u8,
    content: &'a [u8],
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// `[0]`, the version of a certificate.
const CONTEXT_0: u8 = 0xa0;

/// A public key as `SubjectPublicKeyInfo` names it (RFC 5280 s4.1.2.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PublicKey<'a> {
    /// The algorithm's object identifier, encoded.
    pub algorithm: &'a [u8],
    /// The identifier of the curve, where the algorithm has one.
    pub curve: Option<&'a [u8]>,
    pub key: &'a [u8],
}

/// Reads one value off the front.
fn take<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let length = match first {
        0..=0x7f => usize::from(first),
        // Key files are small: a length of more than four bytes, or of unknown size, is no key.
        0x81..=0x84 => {
            let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            rest = after;
            digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit))
        }
        _ => return None,
    };
    let (content, after) = rest.split_at_checked(length)?;
    *bytes = after;
    Some(Value { tag, content })
}

fn take_tagged<'a>(bytes: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    take(bytes).filter(|value| value.tag == tag).map(|value| value.content)
}

/// The key in a `SubjectPublicKeyInfo`.
pub(super) fn public_key(mut der: &[u8]) -> Option<PublicKey<'_>> {
    let mut info = take_tagged(&mut der, SEQUENCE)?;
    subject_key(&mut info)
}

fn subject_key<'a>(info: &mut &'a [u8]) -> Option<PublicKey<'a>> {
    let mut identifier = take_tagged(info, SEQUENCE)?;
    let algorithm = take_tagged(&mut identifier, OBJECT_ID)?;
    let curve = take_tagged(&mut identifier, OBJECT_ID);
    // The first byte counts unused bits, of which a key has none.
    let key = take_tagged(info, BIT_STRING)?.strip_prefix(&[0])?;
    Some(PublicKey { algorithm, curve, key })
}

/// The key in an X.509 certificate (RFC 5280 s4.1).
pub(super) fn certified_key(mut der: &[u8]) -> Option<PublicKey<'_>> {
    let mut certificate = take_tagged(&mut der, SEQUENCE)?;
    let mut signed = take_tagged(&mut certificate, SEQUENCE)?;
    let mut next = take(&mut signed)?;
    if next.tag == CONTEXT_0 {
        next = take(&mut signed)?;
    }
    // Serial number, then algorithm, issuer, validity and subject.
    if next.tag != INTEGER {
        return None;
    }
    for _ in 0..4 {
        take_tagged(&mut signed, SEQUENCE)?;
    }
    let mut info = take_tagged(&mut signed, SEQUENCE)?;
    subject_key(&mut info)
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017 A.1.1), without leading zeros.
pub(super) fn rsa_numbers(mut der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut numbers = take_tagged(&mut der, SEQUENCE)?;
    let modulus = positive(take_tagged(&mut numbers, INTEGER)?)?;
    let exponent = positive(take_tagged(&mut numbers, INTEGER)?)?;
    Some((modulus, exponent))
}

fn positive(number: &[u8]) -> Option<&[u8]> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = &number[zeros..];
    let is_negative = zeros == 0 && number.first().is_some_and(|byte| byte & 0x80 != 0);
    (!digits.is_empty() && !is_negative).then_some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_and_lengths_are_checked() {
        assert_eq!(rsa_numbers(&[0x30, 7, 2, 2, 0, 0xc3, 2, 1, 3]), Some((&[0xc3][..], &[3][..])));
        assert_eq!(rsa_numbers(&[0x30, 6, 2, 1, 0xc3, 2, 1, 3]), None, "a negative modulus");
        assert_eq!(rsa_numbers(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2]), None, "longer than the file");
        assert_eq!(rsa_numbers(&[0x30, 0x80, 2, 1, 1, 0, 0]), None, "BER's unknown length");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
            _ = (public_key(&bytes), certified_key(&bytes), rsa_numbers(&bytes));
        }
    }
}
