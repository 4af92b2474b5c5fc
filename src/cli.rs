//! The command line: what it takes, what it prints, and the exit status. Data goes to stdout, all else to stderr.
//!
//! Owns arguments, input, the flow from one to the other end, and exit codes. What a lookup is belongs to `prices`, how it is written
//! to `prices::report`.

mod args;
mod asked;
mod credentials;
mod lookup;
pub mod input;
mod table;
pub mod stream;
mod again;
pub mod early;
mod resume;
mod bar;
mod token;
mod check;
mod sandbox;

pub use args::{Args, Command, RendererChoice, Shared};

use std::io::Write as _;
use std::process::ExitCode;

use tokio::runtime::{Builder, Runtime};

use crate::explorer::Explorer;

/// All was answered.
const OK: u8 = 0;
/// Something failed, or the server refused the key.
const FAILED: u8 = 1;
/// Wrong usage, or no key to use.
const NO_KEY: u8 = 2;
/// Stopped by SIGINT (128 + 2).
const INTERRUPTED: u8 = 130;

/// The runtime of a command: one thread for all that waits. Its lookups wake each other hundreds of thousands of times, and
/// from one thread to another that costs half as much again as they do. What takes long has threads of its own.
///
/// # Errors
/// What the system says.
pub fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Runs a command to its end.
pub async fn run(command: Command, shared: &args::Shared) -> ExitCode {
    let explorer = Explorer::without_log();
    let result = match command {
        Command::Lookup(arguments) => lookup::run(&explorer, shared, arguments).await,
        Command::Token(arguments) => token::run(&explorer, shared, &arguments).await,
        Command::Check(arguments) => check::run(&explorer, shared, arguments).await,
        Command::Sandbox(arguments) => sandbox::run(arguments).await,
    };
    match result {
        Ok(code) => ExitCode::from(code),
        // The reader has seen enough, as `head` does.
        Err(Failure::Output(error)) if is_closed_pipe(&error) => ExitCode::from(OK),
        Err(failure) => {
            complain(&format!("{failure}"));
            ExitCode::from(failure.code())
        }
    }
}

/// Why a command did not get to do its work.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Credentials(#[from] credentials::CredentialsError),
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Input(input::InputError),
    #[error("A lookup broke inside this program: report it with the program's version.")]
    Broken,
    #[error("The output could not be written: {0}")]
    Output(#[from] std::io::Error),
    #[error(transparent)]
    Sandbox(#[from] crate::sandbox::SandboxError),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Credentials(_) | Self::Usage(_) | Self::Input(_) => NO_KEY,
            Self::Output(_) | Self::Sandbox(_) | Self::Broken => FAILED,
        }
    }
}

/// Whether nobody reads any more what is written.
fn is_closed_pipe(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::BrokenPipe
}

/// Says why the program could not start, and gives the exit status for it.
pub fn fail(text: &str) -> ExitCode {
    complain(text);
    ExitCode::from(FAILED)
}

/// Says something on stderr. Where nobody reads that any more, there is nobody to tell so.
fn complain(text: &str) {
    _ = writeln!(std::io::stderr(), "{text}");
}
