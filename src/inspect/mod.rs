//! The token inspector: what a token says of itself, whether that fits, and whether its signature holds. All offline.
//!
//! Owns the way from whatever was pasted to claims in words and verdicts: [`paste`] finds the token, [`jwt`] takes it apart,
//! [`claim`] explains what it says, [`check`] judges it, [`key_file`] and [`signature`] check who signed it. Refuses to fetch
//! anything (`jku` and `x5u` are shown, never followed), to take the kind of key from the token, and to decide whether a
//! token is used: the server does. Everything but [`key_file::from_file`] is pure, and reads no clock.
//!
//! A pasted token is a secret: it is held in a `SecretString`, nothing here prints it, and no error quotes more than one
//! character of it.

pub mod visible;
pub mod paste;
pub mod jwt;
pub mod numeric_date;
pub mod relative;
pub mod claim;
mod der;
pub mod key_file;
pub mod signature;
pub mod check;
pub mod summary;
mod inspection;

pub use check::{Check, Granted, Surroundings, Verdict};
pub use claim::ClaimRow;
pub use inspection::Inspection;
pub use jwt::{Jwt, NotAJwt, Part, PartFault};
pub use key_file::{KeyFile, KeyFileError};
pub use paste::{Found, PasteFault};
pub use signature::{SignatureFault, Verified};
