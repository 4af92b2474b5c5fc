//! Bytes made small: bodies and lists of SKUs.
//!
//! Owns the two forms in which they rest, stored or deflated (RFC 1951), whichever is smaller. Refuses to keep a compressor for each
//! text: one is used again and again, since making it costs more than a small body does.

use std::io::Read as _;
use std::ops::Range;

use compact_str::CompactString;
use flate2::read::DeflateDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};

use crate::lists::Origins;
use crate::prices::Body;

const STORED: u8 = 0;
const DEFLATED: u8 = 1;
/// In place of a length: what stands in the file is the SKU.
const AS_IT_IS: u32 = u32::MAX;

/// So many SKUs make one piece of a list.
pub(super) const PIECE: usize = 8192;

/// A piece has no more bytes than this when it is unpacked: one that was made elsewhere must not fill the memory.
const MOST_OF_PIECE: usize = 256 * 1024 * 1024;

/// Deflates one text after the other.
pub(super) struct Packer(Compress);

impl Packer {
    pub(super) fn new() -> Self {
        // Level 3: bodies are written at the pace of answers, and higher levels gain a few percent of a text that small.
        Self(Compress::new(Compression::new(3), false))
    }

    /// The bytes with their form in front.
    pub(super) fn pack(&mut self, bytes: &[u8]) -> Vec<u8> {
        // Room for the worst case (RFC 1951, section 3.2.4: five bytes for each stored block), so that it always ends in one go.
        let mut packed = Vec::with_capacity(bytes.len() + bytes.len() / 1000 * 5 + 64);
        packed.push(DEFLATED);
        self.0.reset();
        match self.0.compress_vec(bytes, &mut packed, FlushCompress::Finish) {
            Ok(Status::StreamEnd) if packed.len() <= bytes.len() => packed.shrink_to_fit(),
            ended => {
                if !matches!(ended, Ok(Status::StreamEnd)) {
                    // Resetting one that was left in the middle is not to be relied on.
                    *self = Self::new();
                }
                packed.clear();
                packed.push(STORED);
                packed.extend_from_slice(bytes);
            }
        }
        packed
    }

    /// A piece of a list.
    pub(super) fn pack_list(&mut self, skus: &[CompactString]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(skus.iter().map(|sku| sku.len() + 4).sum());
        for sku in skus {
            bytes.extend_from_slice(&(sku.len() as u32).to_le_bytes());
            bytes.extend_from_slice(sku.as_bytes());
        }
        self.pack(&bytes)
    }

    /// Where the SKUs of a piece stand in their file.
    pub(super) fn pack_origins(&mut self, origins: &Origins, places: Range<usize>) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(places.len() * 8);
        for place in places {
            let given = origins.given(place);
            bytes.extend_from_slice(&origins.line(place).unwrap_or_default().to_le_bytes());
            bytes.extend_from_slice(&given.map_or(AS_IT_IS, |given| given.len() as u32).to_le_bytes());
            bytes.extend_from_slice(given.unwrap_or_default().as_bytes());
        }
        self.pack(&bytes)
    }
}

/// The bytes as they were; nothing where they cannot have been packed here.
pub(super) fn unpack(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    match packed.split_first()? {
        (&STORED, bytes) => Some(bytes.to_vec()),
        (&DEFLATED, bytes) => {
            let mut unpacked = Vec::new();
            DeflateDecoder::new(bytes).take(most as u64).read_to_end(&mut unpacked).ok()?;
            Some(unpacked)
        }
        _ => None,
    }
}

/// The text of a body. Wrong bytes show as three for one, so that it can be larger than the largest reply.
pub(super) fn unpack_body(packed: &[u8]) -> Option<Vec<u8>> {
    unpack(packed, 3 * Body::MAX_BYTES)
}

/// Adds the SKUs of a piece to a list; nothing where it is broken.
pub(super) fn unpack_list(packed: &[u8], list: &mut Vec<CompactString>) -> Option<()> {
    let bytes = unpack(packed, MOST_OF_PIECE)?;
    let mut rest = &bytes[..];
    while let Some((len, after)) = rest.split_first_chunk::<4>() {
        let (sku, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        list.push(CompactString::from_utf8(sku).ok()?);
        rest = after;
    }
    rest.is_empty().then_some(())
}

/// Adds those of a piece to the others; nothing where it is broken.
pub(super) fn unpack_origins(packed: &[u8], origins: &mut Origins) -> Option<()> {
    let bytes = unpack(packed, MOST_OF_PIECE)?;
    let mut rest = &bytes[..];
    while let Some((line, after)) = rest.split_first_chunk::<4>() {
        let (len, after) = after.split_first_chunk::<4>()?;
        let (given, after) = match u32::from_le_bytes(*len) {
            AS_IT_IS => (None, after),
            len => {
                let (given, after) = after.split_at_checked(len as usize)?;
                (Some(str::from_utf8(given).ok()?), after)
            }
        };
        origins.push(u32::from_le_bytes(*line), given);
        rest = after;
    }
    rest.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_repeats_becomes_small_and_what_does_not_stays_as_it_is() {
        let mut packer = Packer::new();
        let body = r#"{"amount":"12.10","currency":"EUR"},"#.repeat(100);
        assert!(packer.pack(body.as_bytes()).len() < body.len() / 10);
        assert_eq!(packer.pack(b"{}"), b"\0{}");
        assert_eq!(unpack(b"", 9), None);
    }

    #[test]
    fn texts_of_all_sizes_come_back_one_after_the_other() {
        let mut packer = Packer::new();
        let mut random = fastrand::Rng::with_seed(7);
        for size in (0..300).chain([4096, 70_000, 300_000]) {
            for alphabet in [2, 64, 256] {
                let bytes: Vec<u8> = (0..size).map(|_| (random.usize(..alphabet)) as u8).collect();
                let small = packer.pack(&bytes);
                assert!(small.len() <= bytes.len() + 1);
                assert_eq!(unpack(&small, usize::MAX).unwrap(), bytes);
            }
        }
    }

    proptest! {
        #[test]
        fn p1_lists_and_bodies_come_back_byte_for_byte(skus in proptest::collection::vec("\\PC{0,40}", 0..50)) {
            let mut packer = Packer::new();
            let skus: Vec<CompactString> = skus.into_iter().map(CompactString::from).collect();
            let mut back = Vec::new();
            prop_assert_eq!(unpack_list(&packer.pack_list(&skus), &mut back), Some(()));
            prop_assert_eq!(&back, &skus);
            let mut origins = Origins::default();
            for (line, sku) in (7..).zip(&skus) {
                origins.push(line, (sku.len() % 2 == 0).then_some(sku));
            }
            let mut back = Origins::default();
            for piece in [0..skus.len() / 2, skus.len() / 2..skus.len()] {
                prop_assert_eq!(unpack_origins(&packer.pack_origins(&origins, piece), &mut back), Some(()));
            }
            prop_assert_eq!(back, origins);
            let text = skus.concat();
            prop_assert_eq!(unpack_body(&packer.pack(text.as_bytes())).unwrap(), text.as_bytes());
        }
    }
}
