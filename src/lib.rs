//! Quantaprice Explorer: keys in the keychain, tokens with a countdown, prices by SKU.
//!
//! The data goes one way, and the modules stand in that order:
//!
//! ```text
//! OS keychain ──> keys ──> token (one shared cache) ──> prices ──> task (promise) ──> ui
//!                              │                           │
//!                              └────────── http ───────────┘
//! ```
//!
//! What is sent on that way, why, and what came of it, is told to [`activity`], which holds no secret and no token.
//!
//! - [`hardening`]: no core dumps, no debugger, no panic that prints a secret.
//! - [`http`]: one client per trust store, limits, transport faults in words, how far each server's clock is.
//! - [`keys`]: profiles, settings, the keychain's own thread, checks of typed values, import.
//! - [`token`]: the cache that decides when a token request is sent, and what is known of a token.
//! - [`activity`]: the log of every exchange with its reason; a ring with a limit, never waited for.
//! - [`explorer`]: the core that window and command line share; from a profile to a session.
//! - [`lists`]: lists of SKUs out of pastes and files, and what is damaged in them.
//! - [`prices`]: query, client, reading of any JSON by its names or by a key's field map, outcomes, output.
//! - [`batch`]: many SKUs in one run. [`sheet`]: rows and columns, as tables, exports and copies share them.
//! - [`compare`]: two runs side by side, and what differs. [`export`]: a sheet as a file. [`whole_file`]: written whole or not at all.
//! - [`results`]: the rows of a run as a sheet: columns found, filtered, sorted.
//! - [`history`]: what was looked up before, in one `SQLite` database; one thread writes it, another looks through it; no secret in it.
//! - [`inspect`]: what any token says of itself, checked offline; its signature, given a key.
//! - [`connection`]: the way to the server, step by step. [`bundle`]: what a colleague gets to see, searched for secrets.
//! - [`verdict`]: why something failed, what to do, and the act that does it; judged from all the evidence, one row a cause.
//! - [`sandbox`]: the vendor's API embedded, with faults to rehearse. [`origin`]: keys of one run only.
//! - [`clipboard`]: a copied token, and its end there after 45 s; a thread of its own.
//! - [`cli`]: the command line. [`task`]: promises. [`invisible`]: characters that nobody sees. [`app`]: the window's state and actions. [`ui`]: views and widgets.
//!
//! Invariants:
//! 1. Only `ui`, `app` and `task` know a window; everything below them serves the command line as well.
//! 2. Only the keychain module names keyring, only `task` names `poll_promise`, only `http` names reqwest, only `clipboard` arboard.
//!    Only `connection` opens sockets of its own, to see the steps that reqwest takes; it sends nothing but a `CONNECT` on them.
//! 3. Nothing that a frame calls can block: no lock is held across I/O; keychain, files and network are reached in tasks.
//! 4. A secret leaves its `SecretString` where a request or a keychain call is built, where a token is read for display or put
//!    on the clipboard at the user's wish, and where a support bundle is searched for it; nowhere else.
//! 5. Pure code never reads a clock: `now` is a parameter.
//!
//! Deliberately absent: a plain-text fallback for secrets, timers that renew tokens, redirects, floats for amounts.

pub mod hardening;
pub mod invisible;
pub mod http;
pub mod keys;
pub mod token;
pub mod activity;
pub mod explorer;
pub mod prices;
pub mod whole_file;
pub mod sheet;
pub mod lists;
pub mod batch;
pub mod compare;
pub mod export;
pub mod results;
pub mod history;
pub mod inspect;
pub mod connection;
pub mod bundle;
pub mod verdict;
pub mod sandbox;
pub mod origin;
pub mod clipboard;
pub mod cli;
pub mod task;
pub mod app;
pub mod ui;
