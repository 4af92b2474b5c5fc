//! Verdicts: why something failed in one sentence, what to do in one sentence, and the one act that does it.
//!
//! Owns the judgement from all the evidence there is. [`table`] is the whole of it: one row a cause, tried from the top, and
//! the first that fits wins. Where the evidence fits several causes, the verdict says so and names them. Refuses to act, to
//! send, to read a clock, and to name secrets: evidence holds none.
//!
//! ```text
//! HttpError, FetchError, TokenError, a refusing reply, an unreadable body ──> Evidence ──> judge ──> Verdict
//!                 what is known around it: clocks, claims, hosts, proxy ──> Around ──┘
//! ```

mod cause;
mod connection;
mod credentials;
mod evidence;
mod places;
mod remedy;
mod replies;
mod ruled_out;
mod table;
mod wait;

pub use cause::Cause;
pub use evidence::{Around, Evidence, Step, TokenSeen, Trouble};
pub use places::{Place, Places};
pub use remedy::Remedy;
pub use ruled_out::RuledOut;
pub use table::judge;
pub use wait::wait_advice;

/// What is wrong, as far as the evidence goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub cause: Cause,
    /// Which request it was about.
    pub step: Step,
    /// Why it failed, in one sentence.
    pub why: String,
    /// What to do, in one sentence.
    pub advice: String,
    /// The one act that does it, where this program can.
    pub remedy: Option<Remedy>,
    pub certainty: Certainty,
    /// What the server said in its own words, cut and cleaned.
    pub said: Option<String>,
    /// What it is not, and how that is known.
    pub ruled_out: Vec<RuledOut>,
}

/// How sure a verdict is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certainty {
    Certain,
    /// These causes fit the evidence as well.
    Likely {
        others: Vec<Cause>,
    },
}

impl Verdict {
    /// Says that the evidence is ambiguous, and between which causes; nothing where it is not.
    pub fn doubt(&self) -> Option<String> {
        let Certainty::Likely { others } = &self.certainty else { return None };
        let (last, before) = others.split_last()?;
        let mut named = self.cause.label().to_owned();
        for other in before {
            named = format!("{named}, {}", other.label());
        }
        let who =
            if self.cause.is_told_by_server() { "The server does not say which" } else { "It cannot be told which" };
        Some(format!("{who}: {named} or {}.", last.label()))
    }

    /// Why, with the server's own words and what remains in doubt: for places that show one text.
    pub fn in_full(&self) -> String {
        let mut text = self.why.clone();
        if let Some(said) = self.said_sentence() {
            text = format!("{text} {said}");
        }
        if let Some(doubt) = self.doubt() {
            text = format!("{text} {doubt}");
        }
        text
    }

    /// The server's own words as a sentence.
    pub fn said_sentence(&self) -> Option<String> {
        self.said.as_ref().map(|said| format!("The server says: {}.", said.trim_end_matches('.')))
    }
}
