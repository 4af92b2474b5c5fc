//! The connection check: what stands between this PC and a price, step by step, with the first fault named.
//!
//! ```text
//! each host:   proxy ──> DNS ──> TCP (and the proxy's tunnel) ──> TLS ──> token or price
//! ```
//!
//! Owns a connection of its own, made of the same rules, crates, trust and limits that [`crate::http`] connects with, but one
//! step at a time and with a witness of the certificates. [`run`] takes the steps, [`report`] holds what came of them, [`fault`]
//! is the one place where an error becomes words. Refuses to send anything but a `CONNECT` on that connection: the
//! token and the price go the usual way, through the shared cache and the price client.

pub mod report;
pub mod run;
pub mod certificate;
pub mod fault;
mod tls;
mod wire;

pub use fault::{Broken, Fault};
pub use report::{Check, End, Fact, Leg, Role, Step, StepKind, StepState};
pub use run::{PriceWish, run};
