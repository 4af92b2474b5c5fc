//! The names of a sheet's columns, each of them once.

use std::collections::HashSet;

use compact_str::{CompactString, format_compact};

use crate::sheet::Sheet;

/// The names in their order. A field that a body calls like a column of ours gets a number, so that an object of NDJSON has no name
/// twice.
pub fn names(sheet: &dyn Sheet) -> Vec<CompactString> {
    let mut taken = HashSet::new();
    let name = |head: &crate::sheet::Head| {
        let mut name = head.name.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format_compact!("{}_{number}", head.name);
            number += 1;
        }
        name
    };
    sheet.heads().iter().map(name).collect()
}
