//! What a connection check found: hosts, their steps, and what can be said of each. Pure data, with its plain text and its JSON.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::keys::Environment;
use crate::verdict::Verdict;

/// What is looked at, in the order of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    Proxy,
    Dns,
    Tcp,
    Tls,
    Token,
    Price,
}

impl StepKind {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Proxy => "Proxy",
            Self::Dns => "DNS",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Token => "Token",
            Self::Price => "Price",
        }
    }

    /// The word in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Token => "token",
            Self::Price => "price",
        }
    }
}

/// How far a step has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepState {
    Waiting,
    Running,
    Done,
    /// There is nothing to look at here; the finding says why.
    Skipped,
    Failed,
    /// Whoever wanted the check left while this step ran.
    GivenUp,
    /// An earlier step failed, or the check was cancelled.
    NotReached,
}

impl StepState {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::Done => "OK",
            Self::Skipped => "Skipped",
            Self::Failed => "Failed",
            Self::GivenUp => "Cancelled",
            Self::NotReached => "Not reached",
        }
    }

    /// The word in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "ok",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::GivenUp => "cancelled",
            Self::NotReached => "not_reached",
        }
    }

    /// Whether something was looked at and it came to an end.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Skipped | Self::Failed | Self::GivenUp)
    }
}

/// A detail of a finding, such as a certificate's issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub name: &'static str,
    pub value: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
    pub state: StepState,
    /// Nothing while the step waits or runs, and where nothing was looked at.
    pub took: Option<Duration>,
    /// What was found, in one sentence; empty before.
    pub finding: String,
    /// What to do about a fault.
    pub advice: Option<String>,
    pub facts: Vec<Fact>,
    /// The verdict on a fault, for the act that it offers.
    pub verdict: Option<Box<Verdict>>,
}

impl Step {
    fn new(kind: StepKind) -> Self {
        let (finding, facts) = (String::new(), Vec::new());
        Self { kind, state: StepState::Waiting, took: None, finding, advice: None, facts, verdict: None }
    }

    /// `12 ms`, or the state in a word where no time was taken.
    pub fn took(&self) -> String {
        match self.took {
            Some(took) if took < Duration::from_millis(1) => "< 1 ms".to_owned(),
            Some(took) => format!("{} ms", took.as_millis()),
            None => self.state.label().to_owned(),
        }
    }
}

/// What a host is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Token,
    Price,
    Both,
}

impl Role {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Token => "Token URL",
            Self::Price => "API URL",
            Self::Both => "Token URL and API URL",
        }
    }
}

/// One host, and the steps that lead to it and end there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// The host and, where it is not the scheme's own, the port.
    pub host: String,
    pub role: Role,
    pub steps: Vec<Step>,
}

impl Leg {
    pub fn new(host: String, role: Role) -> Self {
        let mut kinds = vec![StepKind::Proxy, StepKind::Dns, StepKind::Tcp, StepKind::Tls];
        kinds.extend((role != Role::Price).then_some(StepKind::Token));
        kinds.extend((role != Role::Token).then_some(StepKind::Price));
        Self { host, role, steps: kinds.into_iter().map(Step::new).collect() }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Running,
    Well,
    Fault,
    Cancelled,
}

impl End {
    /// The word in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Well => "ok",
            Self::Fault => "fault",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A whole check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The profile's name.
    pub profile: String,
    pub environment: Environment,
    /// By this PC's clock.
    pub started: Timestamp,
    pub took: Duration,
    pub end: End,
    pub legs: Vec<Leg>,
}

impl Check {
    /// The step that failed, and its host.
    pub fn fault(&self) -> Option<(&Leg, &Step)> {
        let steps = self.legs.iter().flat_map(|leg| leg.steps.iter().map(move |step| (leg, step)));
        steps.into_iter().find(|(_, step)| step.state == StepState::Failed)
    }

    /// The check as it stands when whoever wanted it leaves.
    #[must_use]
    pub fn cancelled(mut self) -> Self {
        self.end_open_steps();
        self.end = End::Cancelled;
        self
    }

    /// Says of every step that has not ended that it never will.
    pub(super) fn end_open_steps(&mut self) {
        for step in self.legs.iter_mut().flat_map(|leg| &mut leg.steps) {
            match step.state {
                StepState::Running => step.state = StepState::GivenUp,
                StepState::Waiting => step.state = StepState::NotReached,
                _ => {}
            }
        }
    }

    /// What came of it, in one sentence.
    pub fn summary(&self) -> String {
        match (self.end, self.fault()) {
            (End::Running, _) => "The check is under way.".into(),
            (End::Well, _) => {
                let mut steps = self.legs.iter().flat_map(|leg| &leg.steps);
                // Elsewhere a skipped step means that nothing had to be done there.
                let is_short = steps.any(|step| step.kind == StepKind::Price && step.state == StepState::Skipped);
                if is_short { "All is well, as far as it was looked at.".into() } else { "All is well.".into() }
            }
            (End::Fault, Some((leg, step))) => format!("{} failed at {}.", step.kind.label(), leg.host),
            (End::Fault, None) => "The check failed.".into(),
            (End::Cancelled, _) => "The check was cancelled.".into(),
        }
    }

    /// What stands above the steps in plain text.
    pub fn heading(&self) -> String {
        let at = self.started.strftime("%Y-%m-%d %H:%M:%S UTC");
        format!("Connection check of {} ({}), {at}", self.profile, self.environment)
    }

    /// All of it as plain text, to be pasted into a ticket.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.heading());
        for leg in &self.legs {
            text.push_str(&leg.heading());
            for step in &leg.steps {
                text.push_str(&step.to_text());
            }
        }
        text.push_str(&self.foot());
        text
    }

    /// What stands below the steps in plain text.
    pub fn foot(&self) -> String {
        format!("\n{} ({} ms)\n", self.summary(), self.took.as_millis())
    }

    pub fn to_json(&self) -> Value {
        let hosts = self.legs.iter().map(|leg| {
            let steps = leg.steps.iter().map(Step::to_json).collect::<Vec<_>>();
            json!({"host": leg.host, "role": leg.role.label(), "steps": steps})
        });
        let fault = self.fault().map(|(leg, step)| {
            let cause = step.verdict.as_ref().map(|verdict| verdict.cause.label());
            json!({
                "host": leg.host,
                "step": step.kind.code(),
                "cause": cause,
                "message": step.finding,
                "hint": step.advice,
            })
        });
        json!({
            "profile": self.profile,
            "environment": self.environment.label(),
            "started": self.started,
            "elapsed_ms": self.took.as_millis() as u64,
            "result": self.end.code(),
            "fault": fault,
            "hosts": hosts.collect::<Vec<_>>(),
        })
    }
}

impl Leg {
    /// What stands above a host's steps in plain text.
    pub fn heading(&self) -> String {
        format!("\n{} ({})\n", self.host, self.role.label())
    }
}

impl Step {
    /// The step on one line, its details and advice beneath.
    pub fn to_text(&self) -> String {
        let took = self.took.map(|_| self.took()).unwrap_or_default();
        let mut text = format!("  {:<11}  {:<5}  {took:>8}  {}\n", self.state.label(), self.kind.label(), self.finding);
        let beneath = " ".repeat(2 + 11 + 2 + 5 + 2 + 8 + 2);
        for Fact { name, value } in &self.facts {
            let _infallible = writeln!(text, "{beneath}{name}: {value}");
        }
        if let Some(advice) = &self.advice {
            let _infallible = writeln!(text, "{beneath}What to do: {advice}");
        }
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        lines.join("\n") + "\n"
    }

    fn to_json(&self) -> Value {
        let facts = self.facts.iter().map(|fact| (fact.name.to_owned(), json!(fact.value)));
        json!({
            "step": self.kind.code(),
            "state": self.state.code(),
            "elapsed_ms": self.took.map(|took| took.as_millis() as u64),
            "finding": self.finding,
            "hint": self.advice,
            "facts": facts.collect::<serde_json::Map<_, _>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Check {
        let mut legs = vec![Leg::new("login.example.com".into(), Role::Token), Leg::new("api".into(), Role::Price)];
        let tls = &mut legs[0].steps[3];
        tls.state = StepState::Failed;
        tls.took = Some(Duration::from_millis(31));
        tls.finding = "The certificate is not trusted.".into();
        tls.advice = Some("Name the CA file.".into());
        tls.facts.push(Fact { name: "Issued by", value: "Example Corp Inspection CA".into() });
        let started = "2026-11-24T13:26:41.02Z".parse().unwrap();
        let mut check = Check {
            profile: "Retail EU".into(),
            environment: Environment::Staging,
            started,
            took: Duration::from_millis(40),
            end: End::Fault,
            legs,
        };
        check.end_open_steps();
        check
    }

    #[test]
    fn a_check_reads_as_plain_text() {
        let text = check().to_text();
        let expected = "\
Connection check of Retail EU (Staging), 2026-11-24 13:26:41 UTC

login.example.com (Token URL)
  Not reached  Proxy
  Not reached  DNS
  Not reached  TCP
  Failed       TLS       31 ms  The certificate is not trusted.
                                Issued by: Example Corp Inspection CA
                                What to do: Name the CA file.
  Not reached  Token

api (API URL)
  Not reached  Proxy
  Not reached  DNS
  Not reached  TCP
  Not reached  TLS
  Not reached  Price

TLS failed at login.example.com. (40 ms)
";
        assert_eq!(text, expected);
    }

    #[test]
    fn its_json_names_the_fault() {
        let json = check().to_json();
        assert_eq!(json["result"], "fault");
        assert_eq!(json["fault"]["step"], "tls");
        assert_eq!(json["hosts"][0]["steps"][3]["facts"]["Issued by"], "Example Corp Inspection CA");
        assert_eq!(json["hosts"][1]["steps"][0]["state"], "not_reached");
    }
}
