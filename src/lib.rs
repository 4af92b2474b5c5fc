//! Quantaprice Explorer: keys in the keychain, tokens with a countdown, prices by SKU.
//!
//! The data goes one way, and the modules stand in that order:
//!
//! ```text
//! OS keychain ──> keys ──> token (one shared cache) ──> prices ──> task (promise) ──> ui
//!                              │                           │
//!                              └────────── http ───────────┘
//! ```

pub mod http;
pub mod keys;
pub mod token;
pub mod explorer;
pub mod prices;
pub mod sandbox;
pub mod origin;
pub mod cli;
pub mod task;
pub mod app;
pub mod ui;
