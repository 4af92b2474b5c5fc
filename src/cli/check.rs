//! `check`: takes the connection apart, from the proxy to a price, and says what each step found.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use super::args::{Check as Arguments, CheckFormat, Shared};
use super::{FAILED, Failure, OK, credentials};
use crate::connection::{self, Check, End, PriceWish};
use crate::explorer::Explorer;
use crate::prices::PriceQuery;
use crate::sandbox::SAMPLE_SKU;

pub async fn run(explorer: &Explorer, shared: &Shared, arguments: Arguments) -> Result<u8, Failure> {
    let sku = arguments.sku.or_else(|| shared.sandbox.then(|| SAMPLE_SKU.to_owned()));
    let price = match sku {
        Some(sku) => {
            let query = PriceQuery::new(sku, Vec::new()).map_err(|error| Failure::Usage(error.to_string()))?;
            PriceWish::Ask(query)
        }
        None => PriceWish::Skip("No SKU was named, so no price was asked for: add one to the command.".into()),
    };
    let opened = credentials::open(explorer, shared).await?;
    let session = std::future::ready(Ok(opened.session.clone()));
    let said = Mutex::new(Said::default());
    let told = |check: &Check| {
        if arguments.format == CheckFormat::Text {
            said.lock().unwrap_or_else(PoisonError::into_inner).go_on(check);
        }
    };
    let check = connection::run(explorer, &opened.profile, session, price, told).await;
    said.into_inner().unwrap_or_else(PoisonError::into_inner).written?;
    let mut out = std::io::stdout().lock();
    match arguments.format {
        CheckFormat::Text => write!(out, "{}", check.foot())?,
        CheckFormat::Json => writeln!(out, "{}", check.to_json())?,
    }
    out.flush()?;
    Ok(if check.end == End::Well { OK } else { FAILED })
}

/// How much of a check was written: a step that takes long is waited for with what came before it in sight.
struct Said {
    steps: usize,
    written: std::io::Result<()>,
}

impl Default for Said {
    fn default() -> Self {
        Self { steps: 0, written: Ok(()) }
    }
}

impl Said {
    fn go_on(&mut self, check: &Check) {
        if self.written.is_ok() {
            self.written = self.write(check);
        }
    }

    fn write(&mut self, check: &Check) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let mut number = 0;
        for leg in &check.legs {
            for (index, step) in leg.steps.iter().enumerate() {
                number += 1;
                if number <= self.steps {
                    continue;
                }
                let is_over = step.state.is_over() || check.end != End::Running;
                if !is_over {
                    return out.flush();
                }
                if self.steps == 0 {
                    writeln!(out, "{}", check.heading())?;
                }
                if index == 0 {
                    write!(out, "{}", leg.heading())?;
                }
                write!(out, "{}", step.to_text())?;
                self.steps = number;
            }
        }
        out.flush()
    }
}
