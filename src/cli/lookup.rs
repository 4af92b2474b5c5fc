//! `lookup`: streams SKUs from arguments, a file or a pipe through the price client, and writes answers in input order.

use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};

use super::args::{Lookup as Arguments, LookupFormat, Shared};
use super::{FAILED, Failure, INTERRUPTED, OK, credentials};
use crate::explorer::Explorer;
use crate::prices::{Lookup, Outcome, PriceQuery, client, query, report};

pub async fn run(explorer: &Explorer, shared: &Shared, arguments: Arguments) -> Result<u8, Failure> {
    let parameters = arguments.parameters.iter().map(|text| query::parse_parameter(text));
    let parameters: Vec<_> = parameters.collect::<Result<_, _>>().map_err(|error| Failure::Usage(error.to_string()))?;
    if arguments.skus.is_empty() && arguments.input.is_none() {
        return Err(Failure::Usage("Name at least one SKU, or give --input FILE (- is standard input).".into()));
    }
    let read = match &arguments.input {
        Some(path) => Some(open_input(path)?),
        None => None,
    };
    let opened = credentials::open(explorer, shared).await?;
    let given = futures_util::stream::iter(arguments.skus.into_iter().map(Ok));
    let skus = given.chain(futures_util::stream::iter(read.into_iter().flatten()));

    let stop = stop_signal();
    let stopped = stop.clone();
    let bar = progress_bar();
    let answers = skus
        .take_while(move |_| std::future::ready(!*stopped.borrow()))
        .map(|sku| {
            let (session, parameters) = (&opened.session, parameters.clone());
            async move {
                let sku = sku?;
                Ok::<Lookup, std::io::Error>(match PriceQuery::new(sku.clone(), parameters) {
                    Ok(query) => client::look_up(explorer, session, &query, |_| {}).await,
                    Err(error) => Lookup::invalid(sku, &error, jiff::Timestamp::now()),
                })
            }
        })
        .buffered(usize::from(arguments.concurrency));
    tokio::pin!(answers);

    // Not `lock()`: a lock may not be held across an await.
    let mut out = std::io::stdout();
    let format = arguments.format;
    if format == LookupFormat::Csv {
        report::write_csv_header(&mut out)?;
    }
    let mut any_failed = false;
    while let Some(lookup) = answers.next().await {
        let lookup = lookup.map_err(|error| Failure::Usage(format!("The input could not be read: {error}")))?;
        any_failed |= lookup.outcome == Outcome::Failed;
        bar.suspend(|| write(format, &mut out, &lookup))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(match (*stop.borrow(), any_failed) {
        (true, _) => INTERRUPTED,
        (false, true) => FAILED,
        (false, false) => OK,
    })
}

/// Becomes true at the first SIGINT: what is in flight is finished and written, then the program ends. A second SIGINT ends
/// it at once.
fn stop_signal() -> tokio::sync::watch::Receiver<bool> {
    let (sender, receiver) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            sender.send_replace(true);
            super::complain("Stopping: finishing what is in flight. Press Ctrl+C again to stop at once.");
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(i32::from(INTERRUPTED));
            }
        }
    });
    receiver
}

/// The SKUs of a file, one a line; empty lines are left out, and nothing else is changed.
fn open_input(path: &Path) -> Result<impl Iterator<Item = std::io::Result<String>> + use<>, Failure> {
    let reader: Box<dyn BufRead + Send> = if path == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        let file = std::fs::File::open(path)
            .map_err(|error| Failure::Usage(format!("The file {} could not be opened: {error}", path.display())))?;
        Box::new(BufReader::new(file))
    };
    let mut first = true;
    Ok(reader.lines().filter_map(move |line| {
        let line = line.map(|line| {
            let line = if std::mem::take(&mut first) { line.trim_start_matches('\u{feff}') } else { &line };
            line.trim_end_matches('\r').to_owned()
        });
        match line {
            Ok(line) if line.trim().is_empty() => None,
            line => Some(line),
        }
    }))
}

/// A bar on stderr when that is a terminal and stdout is not the same screen; hidden otherwise.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} looked up, {per_sec}, {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// Writes one answer as soon as it is there.
fn write(format: LookupFormat, out: &mut impl Write, lookup: &Lookup) -> std::io::Result<()> {
    match format {
        LookupFormat::Table => report::write_table(out, lookup)?,
        LookupFormat::Ndjson => report::write_ndjson(out, lookup)?,
        LookupFormat::Csv => report::write_csv(out, lookup)?,
    }
    out.flush()
}
