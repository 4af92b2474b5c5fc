//! The arguments, as `design.md`'s users know them. Owns names and help texts only.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use crate::batch::gate;
use crate::lists::Delimiter;
use crate::sandbox::Fault;

/// See what a Quantaprice API key can do: its token, its prices, its faults.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None, args_conflicts_with_subcommands = false)]
pub struct Args {
    #[command(flatten)]
    pub shared: Shared,
    /// Which library draws the window.
    #[arg(long, value_enum, default_value_t)]
    pub renderer: RendererChoice,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Which key to use. Without either, the environment variables `QUANTAPRICE_CLIENT_ID` and `QUANTAPRICE_CLIENT_SECRET`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Shared {
    /// Use the embedded sandbox API: no account, no network.
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Use the saved key of this name.
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "sandbox")]
    pub profile: Option<String>,
}

/// Which library draws the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum RendererChoice {
    /// OpenGL on Linux, Direct3D on Windows, Metal on macOS.
    #[default]
    Auto,
    /// OpenGL 2 or later.
    Glow,
    /// Direct3D, Metal or Vulkan, where this build has it.
    Wgpu,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look prices up by SKU.
    #[command(after_help = LOOKUP_HELP, after_long_help = LOOKUP_HELP)]
    Lookup(Lookup),
    /// Fetch a token and show its state and claims; never the token itself.
    #[command(after_help = KEY_HELP)]
    Token(Token),
    /// Check the connection step by step: proxy, DNS, TCP, TLS, token, price.
    ///
    /// Both hosts are looked at, that of the Token URL and that of the API URL. The check stops at the first fault and says what to
    /// do about it. Exit status: 0 when all is well, 1 at a fault, 2 for wrong usage or when there is no key to use.
    #[command(after_help = KEY_HELP)]
    Check(Check),
    /// Run the embedded API alone and print its URLs and demo key.
    #[command(after_help = faults())]
    Sandbox(Sandbox),
}

/// Where the key comes from.
const KEY_HELP: &str = "\
Key: --sandbox, else --profile, else these variables:
  QUANTAPRICE_CLIENT_ID, QUANTAPRICE_CLIENT_SECRET   an API key for this run, written nowhere
  QUANTAPRICE_TOKEN_URL, QUANTAPRICE_API_URL         other addresses than the vendor's";

const LOOKUP_HELP: &str = "\
Examples:
  quantaprice-explorer lookup --sandbox PRODUCT-001 00012345
  quantaprice-explorer lookup --profile Retail --param currency=SEK --format csv PRODUCT-001 > prices.csv
  quantaprice-explorer lookup --profile Retail --input list.csv --column \"Article no.\" --resume answers.ndjson

Key: --sandbox, else --profile, else these variables:
  QUANTAPRICE_CLIENT_ID, QUANTAPRICE_CLIENT_SECRET   an API key for this run, written nowhere
  QUANTAPRICE_TOKEN_URL, QUANTAPRICE_API_URL         other addresses than the vendor's

Exit status:
  0    every SKU was answered; unknown, unpriced and forbidden SKUs are answers
  1    a SKU failed, or the key was refused: nothing more is asked for then
  2    wrong usage, an input that cannot be read, or no key
  130  stopped by Ctrl+C

With --resume, a SKU that was asked for too fast (429) is asked for again, --retries or not. A refused key, a lost connection and a server
that finds every pace too fast end the run, and what failed for them is asked for again by the same command.";

/// The faults that the sandbox can rehearse, one a line.
fn faults() -> String {
    let widest = Fault::NAMES.iter().map(|name| name.len()).max().unwrap_or(0);
    let mut text = "Faults (NAME=SECONDS sets the number of those that have one):".to_owned();
    for name in Fault::NAMES {
        let fault = name.parse::<Fault>().ok();
        let summary = fault.as_ref().and_then(Fault::summary).unwrap_or_default();
        let seconds = fault.and_then(|fault| fault.seconds()).map(|secs| format!(" ({secs} s)")).unwrap_or_default();
        // Writing to a String cannot fail.
        _ = write!(text, "\n  {name:widest$}  {summary}{seconds}");
    }
    text
}

#[derive(Debug, clap::Args)]
pub struct Lookup {
    /// The SKUs, each taken as it is, leading zeros and all.
    #[arg(value_name = "SKU")]
    pub skus: Vec<String>,
    /// A further query parameter; can be given several times.
    #[arg(long = "param", value_name = "k=v")]
    pub parameters: Vec<String>,
    /// Read SKUs from a file, one a line; `-` is standard input.
    #[arg(long, value_name = "FILE|-")]
    pub input: Option<PathBuf>,
    /// The input is a table (CSV); its SKUs stand in the column of this name, or of this number from 1.
    #[arg(long, value_name = "NAME", requires = "input")]
    pub column: Option<String>,
    /// What stands between the columns: comma, semicolon, tab, pipe; none means that each whole line is a SKU. Found by itself
    /// where it is not given.
    #[arg(long, value_name = "NAME", requires = "input", value_parser = separator)]
    pub separator: Option<Delimiter>,
    /// The encoding of the input, such as `latin1` or `utf-16le`; without it, what was assumed is said on stderr.
    #[arg(long, value_name = "NAME", requires = "input")]
    pub encoding: Option<String>,
    /// Add the answers to this file, as ndjson, and go on where an earlier run with the same list was cut off.
    #[arg(long, value_name = "FILE")]
    pub resume: Option<PathBuf>,
    /// How many requests run at once.
    #[arg(long, value_name = "N", default_value_t = gate::USUAL_AT_ONCE, value_parser = clap::value_parser!(u16).range(1..=i64::from(gate::MOST_AT_ONCE)))]
    pub concurrency: u16,
    /// Start no more requests a second than this; decimals are allowed.
    #[arg(long, value_name = "N", value_parser = a_second)]
    pub rate: Option<f64>,
    /// Ask so often again after a failure that may pass: network, time limit, 429, 5xx, no token for now.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retries: u32,
    /// Ask for nothing more after the first SKU that failed; with --resume its row is left to the next run.
    #[arg(long)]
    pub fail_fast: bool,
    /// How results are written; aligned text unless said otherwise.
    #[arg(long, value_enum)]
    pub format: Option<LookupFormat>,
}

/// A separator by its name, or as it is.
fn separator(text: &str) -> Result<Delimiter, String> {
    match text {
        "comma" | "," => Ok(Delimiter::Comma),
        "semicolon" | ";" => Ok(Delimiter::Semicolon),
        "tab" | "\t" | "\\t" => Ok(Delimiter::Tab),
        "pipe" | "|" => Ok(Delimiter::Pipe),
        "none" => Ok(Delimiter::None),
        _ => Err("give comma, semicolon, tab, pipe or none".into()),
    }
}

/// A number of requests a second.
fn a_second(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("give a number above 0, such as 20 or 0.5".into()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LookupFormat {
    /// Aligned text for people.
    Table,
    /// One JSON object a SKU, in input order.
    Ndjson,
    /// One row a price, for spreadsheets.
    Csv,
}

#[derive(Debug, clap::Args)]
pub struct Token {
    /// How the state is written.
    #[arg(long, value_enum, default_value_t = TokenFormat::Text)]
    pub format: TokenFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TokenFormat {
    Text,
    Json,
}

#[derive(Debug, clap::Args)]
pub struct Check {
    /// The SKU whose price is asked for at the end; without one the check ends with the token. The sandbox has one of its own.
    #[arg(value_name = "SKU")]
    pub sku: Option<String>,
    /// How the findings are written.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// A line a step, as soon as it is done.
    Text,
    /// One JSON object at the end.
    Json,
}

#[derive(Debug, clap::Args)]
pub struct Sandbox {
    /// The port on 127.0.0.1; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// The lifetime of its tokens in seconds.
    #[arg(long, value_name = "SECS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
    pub expires_in: u64,
    /// A fault to rehearse; can be given several times.
    #[arg(long = "fault", value_name = "NAME")]
    pub faults: Vec<Fault>,
}

impl Sandbox {
    pub fn options(self) -> crate::sandbox::Options {
        crate::sandbox::Options {
            port: self.port,
            expires_in: Duration::from_secs(self.expires_in),
            faults: self.faults,
        }
    }
}
