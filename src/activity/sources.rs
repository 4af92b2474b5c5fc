//! What other modules tell, as events: token requests, keychain calls, and what the user changed.

use jiff::{SignedDuration, Timestamp};

use super::event::{Event, EventOutcome, EventReason, Kind, Leads, Service};
use super::log::ActivityLog;
use crate::keys::Profile;
use crate::keys::keychain::{CallEnd, Called, STORE_NAME};
use crate::token::error::secs;
use crate::token::{Flown, Landing, Watch};

impl Watch for ActivityLog {
    fn flown(&self, flight: Flown<'_>) {
        let (subject, outcome, sentence) = match &flight.landing {
            Landing::Token { generation, .. } => (format!("Token #{generation}"), EventOutcome::Done, String::new()),
            Landing::Failed(error) => ("No token".into(), EventOutcome::Failed, error.to_string()),
            Landing::Dropped => {
                let sentence = "The token or its key was forgotten meanwhile, so the answer was not waited for.";
                ("No token".into(), EventOutcome::GivenUp, sentence.to_owned())
            }
        };
        let reason = EventReason::Token(flight.reason);
        let mut event = Event::new(Kind::Token, reason, flight.sent.wall, &subject).ended(outcome, &sentence);
        event.took = flight.took;
        event.profile = self.profile(&flight.key.profile);
        let uses = match flight.landing {
            Landing::Token { generation, uses, lifetime, soft_lead, stale_lead } => {
                event.generation = Some(generation);
                event.lifetime = Some(lifetime);
                event.leads = Some(Box::new(Leads { soft: soft_lead, stale: stale_lead }));
                Some(uses.clone())
            }
            _ => None,
        };
        event.service = Some(Service { uses, waited: flight.waited, longest_wait: flight.longest_wait });
        event.traffic = flight.traffic;
        self.record(event);
    }
}

impl ActivityLog {
    /// A call to the keychain that has ended, or that its caller gave up.
    pub fn keychain_called(&self, called: &Called<'_>) {
        let profile = called.profile.and_then(|id| self.profile(id.as_str()));
        let subject = profile.as_ref().map_or(STORE_NAME, |profile| &*profile.name);
        let took = SignedDuration::try_from(called.took).unwrap_or_default();
        let at = Timestamp::now().saturating_sub(took).unwrap_or(Timestamp::UNIX_EPOCH);
        let (outcome, sentence) = match called.end {
            CallEnd::Done => (EventOutcome::Done, String::new()),
            CallEnd::Failed(error) => (EventOutcome::Failed, error.to_string()),
            CallEnd::GivenUp => {
                let secs = secs(called.took);
                (
                    EventOutcome::GivenUp,
                    format!("It was cancelled after {secs} s; the call itself may still end later."),
                )
            }
        };
        let reason = EventReason::Keychain(called.call);
        let mut event = Event::new(Kind::Keychain, reason, at, subject).ended(outcome, &sentence);
        event.took = called.took;
        event.profile = profile;
        self.record(event);
    }

    /// A change by the user that explains what comes after it.
    pub fn note(&self, reason: EventReason, at: Timestamp, profile: &Profile, sentence: &str) {
        self.call(profile.id.as_str(), &profile.name);
        let mut event = Event::new(Kind::Note, reason, at, &profile.name).ended(EventOutcome::Done, sentence);
        event.profile = self.profile(profile.id.as_str());
        self.record(event);
    }
}
