//! `sandbox`: the embedded API alone, until SIGINT.

use std::io::Write;

use super::args::Sandbox as Arguments;
use super::{Failure, OK};
use crate::sandbox::Sandbox;

pub async fn run(arguments: Arguments) -> Result<u8, Failure> {
    let sandbox = Sandbox::start(arguments.options()).await?;
    let mut out = std::io::stdout().lock();
    out.write_all(sandbox.introduction().as_bytes())?;
    out.flush()?;
    drop(out);
    let stopped = tokio::signal::ctrl_c().await;
    sandbox.stop().await;
    stopped.map_err(Failure::from).map(|()| OK)
}
