//! What a run over a list will take, said before anything is sent: how long, and how many token renewals.
//!
//! Pure: what was measured, and what is left of the token, comes in. An estimate without a measurement is not made up.

use std::num::NonZeroUsize;
use std::time::Duration;

/// How fast lookups are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The median of recent lookups; nothing before the first.
    pub median: Option<Duration>,
    /// How many are under way at once.
    pub concurrency: NonZeroUsize,
}

/// The token that a run starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenLife {
    /// What is left of it.
    pub left: Duration,
    /// How long a token lives.
    pub lifetime: Duration,
    /// How long before its end it is renewed (T7).
    pub soft_lead: Duration,
}

/// What is expected of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preflight {
    /// How many SKUs are looked up.
    pub count: usize,
    /// How long it takes; nothing where no lookup was measured.
    pub time: Option<Duration>,
    pub token: TokenNeed,
}

/// What a run needs of the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenNeed {
    /// It cannot be told without the time.
    Unknown,
    /// There is no token yet: the first lookup fetches one.
    First,
    /// So many renewals of the one that there is.
    Renewals(u32),
}

impl Preflight {
    /// The estimate for `count` SKUs.
    pub fn of(count: usize, pace: Pace, token: Option<TokenLife>) -> Self {
        let rounds = u32::try_from(count.div_ceil(pace.concurrency.get())).unwrap_or(u32::MAX);
        let time = pace.median.map(|median| median.saturating_mul(rounds));
        let token = match (time, token.filter(|token| !token.left.is_zero())) {
            (_, None) => TokenNeed::First,
            (None, Some(_)) => TokenNeed::Unknown,
            (Some(time), Some(token)) => TokenNeed::Renewals(renewals(time, token)),
        };
        Self { count, time, token }
    }

    /// The whole in a sentence: `1,200 SKUs, about 3 min, one token renewal expected`.
    pub fn sentence(&self) -> String {
        let count = if self.count == 1 { "1 SKU".to_owned() } else { format!("{} SKUs", grouped(self.count)) };
        let time = self.time.map_or_else(|| "no lookup measured yet".to_owned(), about);
        let token = match self.token {
            TokenNeed::Unknown => "",
            TokenNeed::First => ", a token is fetched first",
            TokenNeed::Renewals(0) => ", no token renewal expected",
            TokenNeed::Renewals(1) => ", one token renewal expected",
            TokenNeed::Renewals(many) => return format!("{count}, {time}, {many} token renewals expected"),
        };
        format!("{count}, {time}{token}")
    }
}

/// How often the token is renewed on the way: once when its soft refresh is due, and then once a lifetime less that lead.
fn renewals(time: Duration, token: TokenLife) -> u32 {
    let first = token.left.saturating_sub(token.soft_lead);
    let Some(after) = time.checked_sub(first).filter(|after| !after.is_zero()) else { return 0 };
    let each = token.lifetime.saturating_sub(token.soft_lead).max(Duration::from_secs(1));
    let further = after.as_secs_f64() / each.as_secs_f64();
    (1.0 + further.floor()).min(f64::from(u32::MAX)) as u32
}

/// A span as an estimate is said: `about 3 min`.
pub fn about(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    match seconds {
        s if s < 5.0 => "a few seconds".to_owned(),
        s if s < 55.0 => format!("about {} s", (s / 5.0).round() as u64 * 5),
        s if s < 90.0 => "about 1 min".to_owned(),
        s if s < 3570.0 => format!("about {} min", (s / 60.0).round() as u64),
        s if s < 36.0 * 3600.0 => {
            let minutes = (s / 300.0).round() as u64 * 5;
            match (minutes / 60, minutes % 60) {
                (hours, 0) => format!("about {hours} h"),
                (hours, rest) => format!("about {hours} h {rest} min"),
            }
        }
        s => format!("about {} days", (s / 86400.0).round().max(2.0) as u64),
    }
}

/// A number with commas between thousands.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: TokenLife = TokenLife {
        left: Duration::from_secs(400),
        lifetime: Duration::from_secs(3600),
        soft_lead: Duration::from_secs(300),
    };

    fn pace(millis: u64) -> Pace {
        Pace { median: Some(Duration::from_millis(millis)), concurrency: NonZeroUsize::new(8).unwrap() }
    }

    #[test]
    fn the_estimate_is_rounds_times_the_median() {
        let preflight = Preflight::of(1200, pace(1200), Some(HOUR));
        assert_eq!(preflight.time, Some(Duration::from_secs(180)));
        assert_eq!(preflight.sentence(), "1,200 SKUs, about 3 min, one token renewal expected");
    }

    #[test]
    fn renewals_follow_the_soft_refresh_of_each_token() {
        let need = |secs: u64| Preflight::of(8, pace(secs * 1000), Some(HOUR)).token;
        assert_eq!(need(99), TokenNeed::Renewals(0));
        assert_eq!(need(101), TokenNeed::Renewals(1));
        assert_eq!(need(101 + 3300), TokenNeed::Renewals(2));
        assert_eq!(need(86_400), TokenNeed::Renewals(27));
    }

    #[test]
    fn nothing_is_made_up_without_a_measurement() {
        let unmeasured = Pace { median: None, ..pace(0) };
        assert_eq!(Preflight::of(5, unmeasured, Some(HOUR)).sentence(), "5 SKUs, no lookup measured yet");
        assert_eq!(
            Preflight::of(1, unmeasured, None).sentence(),
            "1 SKU, no lookup measured yet, a token is fetched first"
        );
    }

    #[test]
    fn no_figure_is_too_large() {
        let preflight = Preflight::of(usize::MAX, pace(u64::MAX / 2), Some(HOUR));
        assert!(preflight.sentence().contains("days"));
        let soonest = TokenLife { soft_lead: Duration::from_secs(3600), ..HOUR };
        assert!(matches!(Preflight::of(1_000_000, pace(100), Some(soonest)).token, TokenNeed::Renewals(_)));
    }

    #[test]
    fn spans_are_said_in_round_figures() {
        let said = [3, 12, 58, 100, 1800, 3600, 5400, 90_000, 200_000].map(|secs| about(Duration::from_secs(secs)));
        assert_eq!(
            said,
            [
                "a few seconds",
                "about 10 s",
                "about 1 min",
                "about 2 min",
                "about 30 min",
                "about 1 h",
                "about 1 h 30 min",
                "about 25 h",
                "about 2 days"
            ]
        );
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
