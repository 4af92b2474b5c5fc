//! Drills: faults that people rehearse on the embedded sandbox, to know them when they come for real.
//!
//! Owns which drill runs, and its beginning and end. Refuses every profile but that of the sandbox in this window.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::activity::EventReason;
use crate::batch::Standing;
use crate::sandbox::{Fault, ReplyFault};

/// A fault to rehearse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Drill {
    RevokedKey,
    ExpireNow,
    UnauthorizedStorm,
    SlowToken,
    SkewedClock,
    RateLimit,
    Garbage,
}

impl Drill {
    pub const ALL: [Self; 7] = [
        Self::RevokedKey,
        Self::ExpireNow,
        Self::UnauthorizedStorm,
        Self::SlowToken,
        Self::SkewedClock,
        Self::RateLimit,
        Self::Garbage,
    ];

    /// The words in the menu.
    pub const fn label(self) -> &'static str {
        match self {
            Self::RevokedKey => "Revoke key",
            Self::ExpireNow => "Expire now",
            Self::UnauthorizedStorm => "401 storm",
            Self::SlowToken => "Slow token endpoint",
            Self::SkewedClock => "Skewed clock",
            Self::RateLimit => "Rate limit",
            Self::Garbage => "Garbage",
        }
    }

    /// The words on the badge while it runs.
    pub const fn badge(self) -> &'static str {
        match self {
            Self::RevokedKey => "Drill: revoked key",
            Self::ExpireNow => "Drill: token expired early",
            Self::UnauthorizedStorm => "Drill: 401 storm",
            Self::SlowToken => "Drill: slow token endpoint",
            Self::SkewedClock => "Drill: skewed clock",
            Self::RateLimit => "Drill: rate limit",
            Self::Garbage => "Drill: garbage",
        }
    }

    /// What the sandbox does meanwhile.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::RevokedKey => "The sandbox refuses its key, and every token issued from it.",
            Self::ExpireNow => "The sandbox ends the token early, once.",
            Self::UnauthorizedStorm => "The sandbox answers 401 to every price request.",
            Self::SlowToken => "The sandbox takes 6 s to hand out a token.",
            Self::SkewedClock => "The sandbox's clock is 6 min slow, so this PC's seems fast.",
            Self::RateLimit => "The sandbox answers 429 to every price request.",
            Self::Garbage => "The sandbox answers with JSON that is none.",
        }
    }
}

impl App {
    /// The drill that runs, if the sandbox is the chosen key.
    pub fn drill(&self) -> Option<Drill> {
        self.drill.filter(|_| self.is_on_sandbox())
    }

    /// Whether the chosen key is that of the sandbox in this window: the only place for drills.
    pub fn is_on_sandbox(&self) -> bool {
        let sandbox = self.sandbox_profile().map(|profile| &profile.id);
        sandbox.is_some() && sandbox == self.active.as_ref()
    }

    /// Begins a drill, and looks a price up to show it, unless a run does.
    pub(super) fn begin_drill(&mut self, drill: Drill) {
        if !self.is_on_sandbox() {
            return;
        }
        if self.drill.is_some() {
            self.end_drill();
        }
        let Some(sandbox) = &self.sandbox else { return };
        let source = self.sandbox_profile().and_then(|profile| self.explorer.source(profile));
        let has_token = source.as_ref().is_some_and(|source| !source.status().left.is_zero());
        match drill {
            Drill::RevokedKey => sandbox.revoke_key(),
            Drill::ExpireNow if has_token => sandbox.expire_tokens(),
            Drill::ExpireNow => sandbox.set_fault(Fault::prices(ReplyFault::UnauthorizedOnce)),
            Drill::UnauthorizedStorm => sandbox.set_fault(Fault::prices(ReplyFault::UnauthorizedStorm)),
            Drill::SlowToken => sandbox.set_fault(Fault::token(ReplyFault::Slow(Duration::from_secs(6)))),
            Drill::SkewedClock => sandbox.set_fault(Fault::SkewedClock(SignedDuration::from_mins(-6))),
            Drill::RateLimit => sandbox.set_fault(Fault::prices(ReplyFault::RateLimit(Duration::from_secs(2)))),
            Drill::Garbage => sandbox.set_fault(Fault::prices(ReplyFault::Garbage)),
        }
        if let (Drill::SlowToken | Drill::SkewedClock, Some(source)) = (drill, source) {
            // So that a token request meets the fault.
            source.forget();
        }
        self.drill = Some(drill);
        self.note_drill(&format!("{} begins. {}", drill.badge(), drill.summary()));
        let is_running = self.batch.progress().is_some_and(|progress| progress.standing == Standing::Running);
        if is_running || self.compare.is_asking() {
            self.done = Some("The run under way meets the fault from now on.");
            return;
        }
        if self.search.sku.trim().is_empty() {
            self.search.sku = "PRODUCT-001".into();
        }
        self.look_up();
    }

    /// Ends the drill: the sandbox is well again, and nothing that was rehearsed stays on screen.
    pub(super) fn end_drill(&mut self) {
        if let Some(drill) = self.drill.take() {
            self.note_drill(&format!("{} ends.", drill.badge()));
        }
        if let Some(sandbox) = &self.sandbox {
            sandbox.clear_faults();
        }
        let Some(profile) = self.sandbox_profile().cloned() else { return };
        // With the key's entry goes its refusal; with the clock's readings the rehearsed skew.
        self.explorer.forget(&profile);
        self.explorer.http.forget_clock_of(&profile.token_url);
        self.explorer.know(&profile);
        self.desks.remove(&profile.id);
        self.connection.forget(&profile.id);
        self.withdraw_test();
        self.token_problem = None;
        self.done = Some("Back to normal: the sandbox answers rightly again.");
    }

    /// What a copied text has to begin with while a drill runs, so that nobody takes it for a real fault; nothing otherwise.
    pub fn drill_mark(&self) -> String {
        self.drill().map(|drill| format!("{}. {}\n", drill.badge(), drill.summary())).unwrap_or_default()
    }

    /// Marks the drill in the activity log, so that nobody takes what follows there for a real fault.
    fn note_drill(&self, sentence: &str) {
        if let Some(profile) = self.sandbox_profile() {
            self.explorer.activity.note(EventReason::Drill, Timestamp::now(), profile, sentence);
        }
    }
}
