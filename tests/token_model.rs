//! T24: a model of the token cache, driven by random sequences of what can happen to it, under paused time.
//!
//! The model keeps the rules of T1–T20 in the plainest form that fits a page, with no tasks and no sharing, and says for
//! each step what the real cache must answer and how many requests it may have sent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::cast_possible_wrap, clippy::match_same_arms, reason = "small figures, and one line a rule")]

#[path = "support/token.rs"]
mod support;

use std::time::Duration;

use jiff::SignedDuration;
use proptest::prelude::*;
use quantaprice_explorer::token::{FetchError, State, TokenError, TokenSource};
use support::*;

#[derive(Debug, Clone)]
enum Step {
    /// This many callers at once; the endpoint answers so, if it is asked.
    Get {
        callers: usize,
        answer: Answer,
    },
    /// The caller leaves before the answer.
    GetAndDrop {
        answer: Answer,
    },
    /// A 401 for the current token, or for one that is this many generations old.
    Unauthorized {
        age: u64,
    },
    Asked {
        answer: Answer,
    },
    Wait(Duration),
    WallJump(i64),
    Forget,
    ChangeKey,
    ForgetProfile,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    Lives(u64),
    Breaks,
    Refuses,
    SlowDown(u64),
}

impl Answer {
    fn script(self) -> Script {
        match self {
            Self::Lives(secs) => token(secs),
            Self::Breaks => fail(server_error()),
            Self::Refuses => fail(refusal()),
            Self::SlowDown(secs) => {
                fail(FetchError::RateLimited { status: 429, retry_after: Some(Duration::from_secs(secs)) })
            }
        }
    }
}

fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => prop_oneof![Just(3600), Just(300), Just(90), Just(86_400), 1_u64..5000].prop_map(Answer::Lives),
        2 => Just(Answer::Breaks),
        1 => Just(Answer::Refuses),
        1 => (0_u64..40).prop_map(Answer::SlowDown),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_usize..6, answers()).prop_map(|(callers, answer)| Step::Get { callers, answer }),
        1 => answers().prop_map(|answer| Step::GetAndDrop { answer }),
        3 => (0_u64..3).prop_map(|age| Step::Unauthorized { age }),
        1 => answers().prop_map(|answer| Step::Asked { answer }),
        5 => prop_oneof![0_u64..15, 50_u64..400, 3000_u64..3700].prop_map(|secs| Step::Wait(Duration::from_secs(secs))),
        1 => (-7200_i64..7200).prop_map(Step::WallJump),
        1 => Just(Step::Forget),
        1 => Just(Step::ChangeKey),
        1 => Just(Step::ForgetProfile),
    ]
}

/// Milliseconds, counted from the start of the run.
type Millis = i64;

#[derive(Default)]
struct Model {
    now: Millis,
    wall_offset: Millis,
    requests: usize,
    generations: u64,
    token: Option<ModelToken>,
    refused: bool,
    /// Until when nothing is sent, and until when the server asked for that.
    back_off: Option<(Millis, Millis)>,
    rejected: bool,
    failures: u32,
    last_forced: Option<Millis>,
}

#[derive(Clone, Copy)]
struct ModelToken {
    generation: u64,
    sent: Millis,
    sent_wall: Millis,
    life: Millis,
}

/// How long every scripted answer takes.
const TRIP: Millis = 100;

#[derive(Debug, PartialEq)]
enum Expected {
    Token(u64),
    Refused,
    Waiting,
    Failed,
    Rejected,
}

impl Model {
    fn wall(&self) -> Millis {
        self.now + self.wall_offset
    }

    fn left(&self, token: ModelToken) -> Millis {
        let aged_by_wall = (self.wall() - token.sent_wall).max(0);
        (token.life - (self.now - token.sent)).min(token.life - aged_by_wall).max(0)
    }

    fn waiting(&self) -> bool {
        self.back_off.is_some_and(|(until, _)| until > self.now)
    }

    /// One request from now to its end; returns what its waiters get.
    fn request(&mut self, answer: Answer, forced: bool) -> Expected {
        self.requests += 1;
        if forced {
            self.last_forced = Some(self.now);
        }
        let (sent, sent_wall) = (self.now, self.wall());
        self.now += TRIP;
        match answer {
            Answer::Lives(secs) => {
                self.generations += 1;
                let life = secs as Millis * 1000;
                self.token = Some(ModelToken { generation: self.generations, sent, sent_wall, life });
                (self.refused, self.back_off, self.rejected, self.failures) = (false, None, false, 0);
                Expected::Token(self.generations)
            }
            Answer::Refuses => {
                (self.token, self.refused, self.back_off) = (None, true, None);
                Expected::Refused
            }
            Answer::Breaks | Answer::SlowDown(_) => {
                self.failures += 1;
                // The jitter of the rig is one half.
                let bound = (1000_i64 << self.failures.min(16)).min(60_000);
                let usual = i64::midpoint(1000, bound);
                let asked = match answer {
                    Answer::SlowDown(secs) => secs as Millis * 1000,
                    _ => 0,
                };
                // The server can ask for a longer wait than the usual one, not for a shorter one.
                self.back_off = Some((self.now + usual.max(asked), self.now + asked));
                Expected::Failed
            }
        }
    }

    fn get(&mut self, answer: Answer) -> Expected {
        if let Some(token) = self.token {
            let left = self.left(token);
            let fifth = token.life / 5;
            let stale = fifth.min(60_000);
            let widest = fifth.min(300_000);
            let soft = widest - (widest - stale) / 4;
            if left > stale {
                if left <= soft && !self.waiting() {
                    self.request(answer, false);
                }
                return Expected::Token(token.generation);
            }
            if left > 0 {
                if self.waiting() {
                    return Expected::Token(token.generation);
                }
                return match self.request(answer, false) {
                    Expected::Failed if self.left(token) > 0 => Expected::Token(token.generation),
                    other => other,
                };
            }
        }
        if self.refused {
            return Expected::Refused;
        }
        if self.waiting() {
            return Expected::Waiting;
        }
        if self.rejected {
            if self.last_forced.is_some_and(|at| at + 10_000 > self.now) {
                return Expected::Rejected;
            }
            return self.request(answer, true);
        }
        self.request(answer, false)
    }

    fn asked(&mut self, answer: Answer) -> Expected {
        if self.back_off.is_some_and(|(_, asked_until)| asked_until > self.now) {
            return Expected::Waiting;
        }
        self.refused = false;
        self.request(answer, false)
    }

    fn new_key(&mut self) {
        *self = Self {
            now: self.now,
            wall_offset: self.wall_offset,
            requests: self.requests,
            generations: self.generations,
            ..Self::default()
        };
    }
}

fn matches(
    expected: &Expected,
    actual: &Result<std::sync::Arc<quantaprice_explorer::token::AccessToken>, TokenError>,
) -> bool {
    match (expected, actual) {
        (Expected::Token(generation), Ok(token)) => token.generation() == *generation,
        (Expected::Refused, Err(TokenError::Refused { .. })) => true,
        (Expected::Refused, Err(TokenError::Fetch { cause, .. })) => cause.is_refusal(),
        (Expected::Waiting, Err(TokenError::BackingOff { .. })) => true,
        (Expected::Failed, Err(TokenError::Fetch { cause, .. })) => !cause.is_refusal(),
        (Expected::Rejected, Err(TokenError::Rejected { .. })) => true,
        _ => false,
    }
}

async fn settle(rig: &Rig) {
    while rig.endpoint.open() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::task::yield_now().await;
}

async fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let rig = rig();
    let start = tokio::time::Instant::now();
    let mut model = Model::default();
    let mut revision = 1;
    let mut source: TokenSource = rig.cache.source(credentials(revision));
    for step in steps {
        rig.endpoint.script.lock().unwrap().clear();
        match step.clone() {
            Step::Get { callers, answer } => {
                rig.endpoint.then([answer.script()]);
                let expected = model.get(answer);
                let calls: Vec<_> = (0..callers)
                    .map(|_| {
                        tokio::spawn({
                            let source = source.clone();
                            async move { source.get().await }
                        })
                    })
                    .collect();
                for call in calls {
                    let actual = call.await.unwrap();
                    prop_assert!(matches(&expected, &actual), "{step:?}: expected {expected:?}, got {actual:?}");
                }
            }
            Step::GetAndDrop { answer } => {
                rig.endpoint.then([answer.script()]);
                model.get(answer);
                let call = tokio::spawn({
                    let source = source.clone();
                    async move { source.get().await }
                });
                tokio::time::sleep(Duration::from_millis(1)).await;
                call.abort();
            }
            Step::Unauthorized { age } => {
                if let Some(token) = model.token {
                    source.invalidate(token.generation.saturating_sub(age));
                    if age == 0 {
                        model.token = None;
                        model.rejected = true;
                    }
                }
            }
            Step::Asked { answer } => {
                rig.endpoint.then([answer.script()]);
                let expected = model.asked(answer);
                let actual = source.refresh().await;
                prop_assert!(matches(&expected, &actual), "{step:?}: expected {expected:?}, got {actual:?}");
            }
            Step::Wait(duration) => {
                tokio::time::sleep(duration).await;
                model.now += duration.as_millis() as Millis;
            }
            Step::WallJump(secs) => {
                rig.clock.set_wall_by(SignedDuration::from_secs(secs));
                model.wall_offset += secs * 1000;
            }
            Step::Forget => {
                source.forget();
                model.token = None;
                model.rejected = false;
            }
            Step::ChangeKey => {
                revision += 1;
                source = rig.cache.source(credentials(revision));
                model.new_key();
            }
            Step::ForgetProfile => {
                rig.cache.forget_profile("retail");
                prop_assert!(matches!(source.get().await, Err(TokenError::Forgotten)));
                source = rig.cache.source(credentials(revision));
                model.new_key();
            }
        }
        settle(&rig).await;
        // Requests behind a caller's back take their time; both clocks go on from the later of the two.
        let real = start.elapsed().as_millis() as Millis;
        if real < model.now {
            tokio::time::sleep(Duration::from_millis((model.now - real) as u64)).await;
        }
        model.now = start.elapsed().as_millis() as Millis;
        prop_assert_eq!(rig.endpoint.requests(), model.requests, "after {:?}", step);
        let status = source.status();
        prop_assert_eq!(
            status.token.as_ref().map(|token| token.generation()),
            model.token.map(|token| token.generation)
        );
        prop_assert_eq!(status.state == State::KeyRefused, model.refused);
        prop_assert!(rig.endpoint.most_open.load(std::sync::atomic::Ordering::SeqCst) <= 1, "two requests at once");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]
    #[test]
    fn t24_the_cache_behaves_as_its_model(steps in proptest::collection::vec(steps(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run(steps))?;
    }
}
