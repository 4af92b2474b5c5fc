//! The verdict on the active key's token, and the action that each remedy is in this window.

use std::time::Duration;

use super::action::{Action, Tab};
use super::{App, KeyForm};
use crate::explorer::{Explorer, Session};
use crate::keys::{Field, Profile, ProfileId};
use crate::token::{State, Status, TokenError};
use crate::verdict::{Cause, Evidence, Remedy, Step, Trouble, Verdict, judge};

/// A wait that is shorter than this is nothing to speak of.
const SLOW_FROM: Duration = Duration::from_secs(2);

/// What the last use of the token buttons came to, where it failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenProblem {
    pub profile: ProfileId,
    pub why: String,
    pub advice: String,
    /// Where it was the server or the way to it.
    pub verdict: Option<Box<Verdict>>,
}

/// The verdict on a token that was not to be had.
pub(super) fn on_token(explorer: &Explorer, session: &Session, error: &TokenError) -> Verdict {
    let around = explorer.around(&session.source, &session.api_url, Step::Token);
    judge(&Evidence::from(error).with(around))
}

impl App {
    /// What is to be said of the active key's token now; nothing while all is well.
    pub fn token_verdict(&self) -> Option<Verdict> {
        let profile = self.active_profile()?;
        let status = self.explorer.status(profile);
        let status = status.as_ref();
        let evidence = status.and_then(|status| self.token_evidence(profile, status));
        let evidence = evidence.or_else(|| {
            let problem = self.problem_of(profile);
            // What the buttons failed with stays until they are used again; a keychain's fault is no verdict.
            problem.is_none().then(|| Evidence::default().with(self.explorer.around_profile(profile)))
        });
        match evidence {
            Some(evidence) => Some(judge(&evidence)).filter(|verdict| verdict.cause != Cause::Unexplained),
            None => self.problem_of(profile).and_then(|problem| problem.verdict.as_deref().cloned()),
        }
    }

    /// What the token buttons failed with for this profile.
    pub fn problem_of(&self, profile: &Profile) -> Option<&TokenProblem> {
        self.token_problem.as_ref().filter(|problem| problem.profile == profile.id)
    }

    fn token_evidence<'a>(&self, profile: &Profile, status: &'a Status) -> Option<Evidence<'a>> {
        let around = || self.explorer.around_profile(profile);
        let waiting = status.fetching.map(|(_, time)| time).filter(|time| *time >= SLOW_FROM);
        if let (Some(time), true) = (waiting, status.left.is_zero()) {
            return Some(Evidence::of_trouble(Trouble::Waiting(time), around()));
        }
        if let (Some((error, _)), State::KeyRefused | State::Unreachable) = (&status.failure, status.state) {
            // The error holds the wait as it began; advice to wait counts down.
            let retry_after = Some(status.next_try);
            return Some(Evidence { retry_after, ..Evidence::from(&**error).with(around()) });
        }
        let early = status.ended_early?;
        let next = status.token.as_ref().map(|token| token.generation());
        (next.is_some() || status.state == State::Rejected).then(|| {
            let trouble = Trouble::EndedEarly { generation: early.generation, left: early.left, next };
            Evidence::of_trouble(trouble, around())
        })
    }

    /// The button for a verdict's remedy, as far as this window can carry it out: its word and its action. `sku` is what
    /// was looked up, where it was a lookup that failed.
    pub fn offer(&self, verdict: &Verdict, sku: Option<&str>) -> Option<(&'static str, Action)> {
        let remedy = verdict.remedy?;
        let is_saved = self.active_profile().is_some_and(|profile| !self.is_for_this_run(profile));
        Some(match (remedy, sku) {
            (Remedy::ReplaceSecret, _) if is_saved => (remedy.label(), Action::ReplaceSecret),
            // A key of this run has no saved secret to replace; it may have been made good again.
            (Remedy::ReplaceSecret, _) => ("Ask again", Action::GetToken),
            (Remedy::TryAgain, Some(sku)) => ("Look up again", Action::LookUpAgain(sku.to_owned())),
            (Remedy::TryAgain, None) => (remedy.label(), Action::GetToken),
            (Remedy::RefreshToken, _) => (remedy.label(), Action::RefreshToken),
            (Remedy::ShowToken, _) => (remedy.label(), Action::Show(Tab::Token)),
            (Remedy::OpenPortal, _) => (remedy.label(), Action::OpenPortal),
            (Remedy::EditUrls, _) => (remedy.label(), Action::GoToField(url_field(verdict.step))),
            // The body is in the card of the answer itself.
            (Remedy::ShowBody, _) => return None,
            (Remedy::ChooseCaFile, _) => (remedy.label(), Action::GoToField(Field::CaFile)),
        })
    }

    /// The same for a key that was tried in the form.
    pub fn offer_in_form(&self, form: &KeyForm, verdict: &Verdict) -> Option<(&'static str, Action)> {
        let remedy = verdict.remedy?;
        match remedy {
            Remedy::ReplaceSecret => {
                let saved = form.editing.as_ref().filter(|id| !form.replacing && !self.memory.contains_key(*id));
                saved.map(|_| (remedy.label(), Action::ReplaceSecret))
            }
            Remedy::TryAgain | Remedy::RefreshToken => Some(("Test again", Action::TestKey)),
            Remedy::ShowToken | Remedy::ShowBody => None,
            Remedy::OpenPortal | Remedy::EditUrls | Remedy::ChooseCaFile => self.offer(verdict, None),
        }
    }
}

fn url_field(step: Step) -> Field {
    match step {
        Step::Token => Field::TokenUrl,
        Step::Price => Field::ApiUrl,
    }
}
