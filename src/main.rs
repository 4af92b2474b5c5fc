//! Starts the program: hardening, arguments, logging, runtime, then the window or one command.

use std::process::ExitCode;

use clap::Parser;
use quantaprice_explorer::cli::{self, Args};
use quantaprice_explorer::hardening;

/// What is logged where `QUANTAPRICE_LOG` says nothing: the verdict names a rejected certificate in plain words already.
const DEFAULT_LOG: &str = "error,rustls_platform_verifier=off";

fn main() -> ExitCode {
    // First, before there is anything to keep.
    hardening::protect();
    let args = Args::parse();
    let wanted = std::env::var("QUANTAPRICE_LOG").ok().filter(|wanted| !wanted.trim().is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(wanted.as_deref().unwrap_or(DEFAULT_LOG)))
        .with_writer(std::io::stderr)
        // It would be said on stderr, with a panic where nobody reads that any more.
        .log_internal_errors(false)
        .init();
    let built = match args.command {
        Some(_) => cli::runtime(),
        None => tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build(),
    };
    let runtime = match built {
        Ok(runtime) => runtime,
        Err(error) => return cli::fail(&format!("The program could not start its threads: {error}")),
    };
    let code = match args.command {
        Some(command) => runtime.block_on(cli::run(command, &args.shared)),
        None => quantaprice_explorer::ui::window::run(runtime.handle(), &args.shared, args.renderer),
    };
    // A keychain that hangs must not keep the program from ending.
    runtime.shutdown_background();
    code
}
