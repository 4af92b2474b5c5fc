//! `lookup`: streams SKUs from arguments, a file or a pipe through the price client, and writes answers in input order.

use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;

use super::args::{Lookup as Arguments, LookupFormat, Shared};
use super::{FAILED, Failure, INTERRUPTED, OK, credentials};
use crate::explorer::Explorer;
use crate::prices::query::QueryError;
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
    let given = futures_util::stream::iter(arguments.skus.into_iter().map(|sku| Ok(Line::Sku(sku))));
    let skus = given.chain(futures_util::stream::iter(read.map(lines_of)).flatten());

    let stop = stop_signal();
    let mut stopped = stop.clone();
    let bar = progress_bar();
    let answers = skus
        // Also ends a wait for the next line of input.
        .take_until(async move {
            if stopped.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .map(|line| {
            let (explorer, session, parameters) = (explorer.clone(), opened.session.clone(), parameters.clone());
            // In a task of its own, so that a full pipe on our side does not use up the time limits of the exchanges.
            let lookup = tokio::spawn(async move {
                let now = jiff::Timestamp::now();
                let sku = match line? {
                    Line::Sku(sku) => sku,
                    Line::NotUtf8 { shown } => return Ok(Lookup::invalid(shown, &QueryError::NotUtf8, now)),
                };
                Ok::<Lookup, std::io::Error>(match PriceQuery::new(sku.clone(), parameters) {
                    Ok(query) => client::look_up(&explorer, &session, &query, |_| {}).await,
                    Err(error) => Lookup::invalid(sku, &error, now),
                })
            });
            async { lookup.await.map_err(|_panicked| Failure::Broken)?.map_err(Failure::Input) }
        })
        .buffered(usize::from(arguments.concurrency));
    tokio::pin!(answers);

    let mut out = Output::default();
    let format = arguments.format;
    if format == LookupFormat::Csv {
        out.passing(report::write_csv_header)?;
    }
    let mut any_failed = false;
    while !out.reader_is_gone
        && let Some(lookup) = answers.next().await
    {
        let lookup = lookup?;
        any_failed |= lookup.outcome == Outcome::Failed;
        bar.suspend(|| out.passing(|out| write(format, out, &lookup)))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(match (*stop.borrow(), any_failed) {
        (true, _) => INTERRUPTED,
        (false, true) => FAILED,
        (false, false) => OK,
    })
}

/// Standard output, and whether its reader has gone, as `head` does when it has seen enough. That is no error; it is noted here
/// because a format may wrap what the system said into an error of its own.
struct Output {
    // Not `lock()`: a lock may not be held across an await.
    stdout: std::io::Stdout,
    reader_is_gone: bool,
}

impl Default for Output {
    fn default() -> Self {
        Self { stdout: std::io::stdout(), reader_is_gone: false }
    }
}

impl Output {
    /// Writes, and takes a reader that is gone for a wish to stop.
    fn passing(&mut self, write: impl FnOnce(&mut Self) -> std::io::Result<()>) -> std::io::Result<()> {
        let written = write(self);
        if self.reader_is_gone { Ok(()) } else { written }
    }

    fn noting<T>(&mut self, done: std::io::Result<T>) -> std::io::Result<T> {
        self.reader_is_gone |= done.as_ref().is_err_and(super::is_closed_pipe);
        done
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let done = self.stdout.write(bytes);
        self.noting(done)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let done = self.stdout.flush();
        self.noting(done)
    }
}

/// Reads on a thread of its own: a read can wait for ever, and neither the answers nor SIGINT may wait with it.
fn lines_of(
    lines: impl Iterator<Item = std::io::Result<Line>> + Send + 'static,
) -> impl Stream<Item = std::io::Result<Line>> {
    let (sender, mut receiver) = mpsc::channel(1);
    // Never joined: at the end of the program it may still wait for a line.
    std::thread::spawn(move || {
        for line in lines {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    futures_util::stream::poll_fn(move |cx| receiver.poll_recv(cx))
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

/// One line of the input.
enum Line {
    Sku(String),
    /// Bytes that are no text, as far as they can be shown. One such line is no reason to give up the others.
    NotUtf8 {
        shown: String,
    },
}

impl Line {
    /// Nothing where the line is empty.
    fn read(bytes: Vec<u8>) -> Option<Self> {
        match String::from_utf8(bytes) {
            Ok(line) if line.trim().is_empty() => None,
            Ok(line) => Some(Self::Sku(line)),
            Err(error) => Some(Self::NotUtf8 { shown: String::from_utf8_lossy(error.as_bytes()).into_owned() }),
        }
    }
}

/// The SKUs of a file, one a line; empty lines are left out, and nothing else is changed.
fn open_input(path: &Path) -> Result<impl Iterator<Item = std::io::Result<Line>> + use<>, Failure> {
    let reader: Box<dyn BufRead + Send> = if path == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        let file = std::fs::File::open(path)
            .map_err(|error| Failure::Usage(format!("The file {} could not be opened: {error}", path.display())))?;
        Box::new(BufReader::new(file))
    };
    let mut first = true;
    Ok(reader.split(b'\n').filter_map(move |line| {
        let mut line = match line {
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        if std::mem::take(&mut first) {
            // No line of such a file is UTF-8, so it is the file that is wrong and not its lines.
            if line.starts_with(&[0xff, 0xfe]) || line.starts_with(&[0xfe, 0xff]) {
                return Some(Err(std::io::Error::other("it is UTF-16; save it as UTF-8")));
            }
            if line.starts_with("\u{feff}".as_bytes()) {
                line.drain(.."\u{feff}".len());
            }
        }
        while line.pop_if(|last| *last == b'\r').is_some() {}
        Line::read(line).map(Ok)
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
