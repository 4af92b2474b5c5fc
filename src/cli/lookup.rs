//! `lookup`: from the arguments to a run, and from its end to the exit status.
//!
//! Owns which files are opened and what is said on stderr. How the questions flow is `stream`'s, what they are is `input`'s.

use std::io::{self, Write};

use tokio::sync::oneshot;

use super::args::{Lookup as Arguments, LookupFormat, Shared};
use super::asked::Asked;
use super::bar::{Answers, Bar};
use super::early::{Cause, Early};
use super::input::{self, Input, Wish};
use super::resume::{Earlier, Nothing};
use super::stream::{self, End, OnFailure, Promise, Questions, Stop, StreamError, Tally, Work};
use super::{FAILED, Failure, INTERRUPTED, OK, credentials};
use crate::batch::gate::{Gate, Limits};
use crate::explorer::Explorer;
use crate::lists::Delimiter;
use crate::prices::shown::one_line;
use crate::prices::{Lookup, query, report};

pub async fn run(explorer: &Explorer, shared: &Shared, arguments: Arguments) -> Result<u8, Failure> {
    let usage = |error: &dyn std::error::Error| Failure::Usage(error.to_string());
    let parameters = arguments.parameters.iter().map(|text| query::parse_parameter(text));
    let parameters: Vec<_> = parameters.collect::<Result<_, _>>().map_err(|error| usage(&error))?;
    if arguments.skus.is_empty() && arguments.input.is_none() {
        return Err(Failure::Usage("Name at least one SKU, or give --input FILE (- is standard input).".into()));
    }
    let format = match (arguments.format, &arguments.resume) {
        (format, None) => format.unwrap_or(LookupFormat::Table),
        (None | Some(LookupFormat::Ndjson), Some(_)) => LookupFormat::Ndjson,
        (Some(_), Some(_)) => {
            return Err(Failure::Usage(
                "--resume writes one JSON object a line: leave --format out, or give ndjson.".into(),
            ));
        }
    };
    if shared.profile.is_some() {
        // Reading the trust store takes as long as some requests do, so it begins beside the keychain.
        let http = explorer.http.clone();
        tokio::spawn(async move { http.client(None).await });
    }
    let gate = Gate::new(Limits { at_once: arguments.concurrency, a_second: arguments.rate });
    let bar = Bar::new(&gate, if arguments.resume.is_some() { Answers::ToFile } else { Answers::ToStdout });
    let stop = Stop::default();
    let signal = Signal::watch(&stop, &bar);
    if arguments.column.is_none() && arguments.separator.is_some_and(|separator| separator != Delimiter::None) {
        return Err(Failure::Usage(
            "--separator parts the columns of a table: name the one with the SKUs, with --column.".into(),
        ));
    }
    let wish = Wish { column: arguments.column, encoding: arguments.encoding, separator: arguments.separator };
    let input = match &arguments.input {
        Some(path) => tokio::select! {
            input = open(path, wish) => Some(input?),
            // A pipe can keep its first line back for ever.
            () = stop.stopped() => return Ok(INTERRUPTED),
        },
        None => None,
    };
    let earlier = arguments.resume.as_deref().map(Earlier::open).transpose().map_err(|error| usage(&error))?;
    let opened = credentials::open(explorer, shared).await?;
    if let Some(earlier) = &earlier {
        let asked = Asked::of(shared, &opened.profile, &parameters);
        let told = if earlier.is_empty() { asked.tell(earlier.path()) } else { asked.compare(earlier.path()) };
        told.map_err(|error| usage(&error))?;
    }
    for note in input.iter().flat_map(|input| &input.notes) {
        bar.say(note);
    }
    let given = arguments.skus.len() as u64;
    let (compared, answered) = oneshot::channel();
    let compared = move |skipped| _ = compared.send(skipped);
    let questions = match &earlier {
        Some(earlier) => {
            input::feed(arguments.skus, input, earlier.answers().map_err(|error| usage(&error))?, compared)
        }
        None => input::feed(arguments.skus, input, Nothing, compared),
    };
    // Where the answers belong to another list, the run below is told so instead of its first question.
    let answered = tokio::select! {
        answered = answered => answered.ok(),
        () = stop.stopped() => None,
    };
    bar.begin(&gate, answered.unwrap_or(0), given, arguments.input.as_deref());

    let work = Work {
        explorer: explorer.clone(),
        session: opened.session.clone(),
        parameters,
        gate,
        retries: arguments.retries,
        on_failure: if arguments.fail_fast { OnFailure::Stop } else { OnFailure::GoOn },
        promise: if earlier.is_some() { Promise::Resumable } else { Promise::Fast },
        write: writer(format),
    };
    let failed_before = earlier.as_ref().map_or(0, Earlier::failed);
    let path = earlier.as_ref().map(|earlier| earlier.path().to_path_buf());
    if let (Some(path), Some(answered @ 1..)) = (&path, answered) {
        bar.say(&format!("{} holds {} already; going on after them.", path.display(), answers(answered)));
    }
    let run = Run { work, questions, stop, bar: bar.clone(), answered: answered.unwrap_or(0), format };
    let ended = match (earlier, answered) {
        (Some(earlier), Some(_)) => run.to(earlier.go_on()?).await,
        // Nothing is asked for, and the file stays as it is.
        (Some(_), None) => run.to(io::sink()).await,
        (None, _) => run.to(Stdout(bar.clone())).await,
    };
    bar.clear();
    let End { tally, input, early } = match ended {
        Ok(end) => end,
        Err(StreamError::Broken) => return Err(Failure::Broken),
        Err(StreamError::Output(error)) => return Err(Failure::Output(error)),
    };
    if signal.came() {
        if let (Some(path), Some(answered)) = (&path, answered) {
            let count = answers(answered + tally.written);
            bar.say(&format!("{} holds {count}. Give the same command again to go on after them.", path.display()));
        }
        return Ok(INTERRUPTED);
    }
    if let Some(early) = early {
        let held = path.as_deref().map(|path| (path, answers(answered.unwrap_or(0) + tally.written)));
        bar.say(&ended_early(&early, held.as_ref().map(|(path, count)| (*path, count.as_str()))));
        return Ok(FAILED);
    }
    if let Some(error) = input {
        return Err(Failure::Input(error));
    }
    let (failed, all) = (failed_before + tally.failed, answered.unwrap_or(0) + tally.written);
    if failed > 0 && all > 1 {
        // The exit status alone leaves the user looking for it.
        bar.say(&format!("{failed} of {all} SKUs failed; their rows say why."));
    }
    Ok(if failed > 0 { FAILED } else { OK })
}

/// Off the async threads, since it waits for the first bytes.
async fn open(path: &std::path::Path, wish: Wish) -> Result<Input, Failure> {
    let path = path.to_path_buf();
    let opened = tokio::task::spawn_blocking(move || Input::open(&path, &wish)).await;
    opened.map_err(|_panicked| Failure::Broken)?.map_err(Failure::Input)
}

/// Why a run ended by itself, and how it goes on: `held` is the file of its answers, and how many these are.
fn ended_early(early: &Early, held: Option<(&std::path::Path, &str)>) -> String {
    let Early { cause, sku, why, advice } = early;
    let first = match cause {
        Cause::Key => "Nothing more is asked for, since every further SKU would fail the same way.".into(),
        Cause::Connection => {
            "Nothing more is asked for, since the last lookups did not reach the API, or were turned away before \
                              their SKU was looked at."
                .into()
        }
        Cause::FailFast => format!("Stopped by --fail-fast at “{}”.", one_line(sku)),
    };
    let then = match (held, cause) {
        (None, _) => String::new(),
        (Some((path, count)), Cause::FailFast) => format!(
            " {} holds {count}, without this one. Give the same command again to ask for it anew; without --fail-fast, what fails is \
             written down and the others are asked for.",
            path.display()
        ),
        (Some((path, count)), Cause::Key | Cause::Connection) => {
            format!(" {} holds {count}. Then give the same command again to go on after them.", path.display())
        }
    };
    format!("{first} {why} {advice}{then}")
}

fn answers(count: u64) -> String {
    if count == 1 { "1 answer".into() } else { format!("{count} answers") }
}

fn writer(format: LookupFormat) -> fn(&mut Vec<u8>, &Lookup) -> io::Result<()> {
    match format {
        LookupFormat::Table => |out, lookup| report::write_table(out, lookup),
        LookupFormat::Ndjson => |out, lookup| report::write_ndjson(out, lookup),
        LookupFormat::Csv => |out, lookup| report::write_csv(out, lookup),
    }
}

/// A run that is ready but for the place where its answers go.
struct Run {
    work: Work,
    questions: Questions,
    stop: Stop,
    bar: Bar,
    /// By an earlier run.
    answered: u64,
    format: LookupFormat,
}

impl Run {
    async fn to(self, mut sink: impl Write + Send + 'static) -> Result<End, StreamError> {
        if self.format == LookupFormat::Csv {
            report::write_csv_header(&mut sink)?;
        }
        let (bar, answered) = (self.bar, self.answered);
        let told = move |tally: Tally| bar.set(answered, tally);
        stream::run(self.work, self.questions, sink, self.stop, told).await
    }
}

/// Standard output, which may be the screen that the bar stands on.
struct Stdout(Bar);

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.beside(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes)?;
            stdout.flush()
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The first SIGINT: what is in flight is finished and written, what only waits is given up, then the program ends. A second one
/// ends it at once. They are waited for on a thread of their own: that of the lookups can be held up by a screen that stands still.
struct Signal(Stop);

impl Signal {
    fn watch(stop: &Stop, bar: &Bar) -> Self {
        let came = Stop::default();
        let (told, stop, bar) = (came.clone(), stop.clone(), bar.clone());
        let wait = async move || {
            if tokio::signal::ctrl_c().await.is_ok() {
                told.stop();
                stop.stop();
                // On a further thread, since a second one may come while the screen stands still.
                let said = "Stopping: finishing what is in flight. Press Ctrl+C again to stop at once.";
                tokio::task::spawn_blocking(move || bar.say(said));
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(i32::from(INTERRUPTED));
                }
            }
        };
        std::thread::spawn(move || {
            // Without a runtime, SIGINT ends the program as it ends others.
            if let Ok(runtime) = super::runtime() {
                runtime.block_on(wait());
            }
        });
        Self(came)
    }

    fn came(&self) -> bool {
        self.0.is_stopped()
    }
}
