//! What a run says of itself in one sentence. Pure: whoever calls knows the time.

use crate::batch::{AtWork, Progress, Retried, RunState, Standing};
use crate::lists::preflight::grouped;
use crate::prices::Outcome;

/// What the run does now, or waits for. `until` is when a hold ends, in words.
pub fn sentence(progress: &Progress, until: Option<&str>) -> String {
    let under_way = progress.under_way;
    let retried = progress.retried.map(self::retried);
    match &progress.standing {
        Standing::Running => match (until, progress.at_work) {
            (Some(until), _) => format!("Waits until {until}, as the server asks"),
            (None, AtWork::OpensKey) => "Opening the key…".to_owned(),
            (None, AtWork::GetsToken) => format!("Getting a token; {}", waiting(under_way)),
            (None, AtWork::Asks) if under_way > 0 => format!("{under_way} under way"),
            (None, AtWork::Asks) if progress.left == 0 => "Writing down the end of the run…".to_owned(),
            (None, AtWork::Asks) => "Starting the next lookup…".to_owned(),
        },
        Standing::Paused(_) if under_way > 0 => format!("Pausing: {under_way} still under way"),
        Standing::Paused(None) if retried.is_some() => {
            format!("Paused. {}; {} still to ask", retried.unwrap_or_default(), grouped(progress.left))
        }
        Standing::Paused(_) => format!("Paused: {} still to ask", grouped(progress.left)),
        Standing::Stopping if under_way > 0 => format!("Stopping: {under_way} still under way"),
        Standing::Stopping => "Stopping: writing down the end of the run".to_owned(),
        Standing::Ended(RunState::Finished, _) => match progress.counts.of(Outcome::Failed) {
            _ if retried.is_some() => retried.unwrap_or_default(),
            0 => "Every SKU has an answer".to_owned(),
            failed => format!("Every SKU was asked for; {} failed", grouped(failed)),
        },
        Standing::Ended(..) => match progress.count.saturating_sub(progress.answered) {
            0 => "Stopped: every SKU has an answer".to_owned(),
            1 => "Stopped: 1 SKU was not asked for; Resume asks for it".to_owned(),
            open => format!("Stopped: {} SKUs were not asked for; Resume asks for them", grouped(open)),
        },
    }
}

/// *137 asked again: 137 still failed*.
fn retried(retried: Retried) -> String {
    let Retried { asked, failed } = retried;
    let answered = asked - failed;
    let came = match (answered, failed) {
        (_, 0) => "none failed".to_owned(),
        (0, _) => format!("{} still failed", grouped(failed)),
        _ => format!("{} answered, {} still failed", grouped(answered), grouped(failed)),
    };
    format!("{} asked again: {came}", grouped(asked))
}

fn waiting(lookups: usize) -> String {
    if lookups == 1 { "1 lookup waits for it".to_owned() } else { format!("{lookups} lookups wait for it") }
}

/// A rate with as many digits as tell something.
pub fn rate(a_second: f64) -> String {
    match a_second {
        rate if rate < 10.0 => format!("{rate:.1}"),
        rate => grouped(rate.round() as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::gate::{Gate, Limits};
    use crate::batch::rows::Counts;

    fn progress(standing: Standing, under_way: usize) -> Progress {
        Progress {
            standing,
            count: 1200,
            answered: 200,
            counts: [(Outcome::Priced, 197), (Outcome::Failed, 3)].into_iter().collect::<Counts>(),
            left: 1000,
            under_way,
            at_work: AtWork::Asks,
            gate: Gate::new(Limits::default()).state(),
            hold: None,
            a_second: None,
            time_left: None,
            retried: None,
            renewals: 0,
        }
    }

    #[test]
    fn a_run_says_what_it_waits_for_and_nothing_else() {
        let again =
            |standing, asked, failed| Progress { retried: Some(Retried { asked, failed }), ..progress(standing, 0) };
        let running = |at_work, under_way| Progress { at_work, ..progress(Standing::Running, under_way) };
        for (progress, until, said) in [
            (running(AtWork::OpensKey, 0), None, "Opening the key…"),
            (running(AtWork::GetsToken, 8), None, "Getting a token; 8 lookups wait for it"),
            (running(AtWork::GetsToken, 1), None, "Getting a token; 1 lookup waits for it"),
            (running(AtWork::Asks, 8), None, "8 under way"),
            (running(AtWork::Asks, 0), None, "Starting the next lookup…"),
            (running(AtWork::Asks, 3), Some("14:32:53"), "Waits until 14:32:53, as the server asks"),
            (Progress { left: 0, ..running(AtWork::Asks, 0) }, None, "Writing down the end of the run…"),
            (progress(Standing::Paused(None), 2), Some("14:32:53"), "Pausing: 2 still under way"),
            (progress(Standing::Paused(None), 0), None, "Paused: 1,000 still to ask"),
            (progress(Standing::Stopping, 2), None, "Stopping: 2 still under way"),
            (progress(Standing::Stopping, 0), None, "Stopping: writing down the end of the run"),
            (
                progress(Standing::Ended(RunState::Stopped, None), 0),
                None,
                "Stopped: 1,000 SKUs were not asked for; Resume asks for them",
            ),
            (progress(Standing::Ended(RunState::Finished, None), 0), None, "Every SKU was asked for; 3 failed"),
            (again(Standing::Ended(RunState::Finished, None), 137, 137), None, "137 asked again: 137 still failed"),
            (again(Standing::Ended(RunState::Finished, None), 5, 2), None, "5 asked again: 3 answered, 2 still failed"),
            (again(Standing::Paused(None), 5, 0), None, "Paused. 5 asked again: none failed; 1,000 still to ask"),
        ] {
            assert_eq!(sentence(&progress, until), said);
        }
    }

    #[test]
    fn a_rate_has_as_many_digits_as_tell_something() {
        assert_eq!([rate(0.25), rate(6.66), rate(1234.5)], ["0.2", "6.7", "1,235"]);
    }
}
