//! A run in the window: started from a list, seen, paused, stopped, retried, cut off and taken up again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use quantaprice_explorer::app::batch::BatchAction;
use quantaprice_explorer::app::lists::ListAction;
use quantaprice_explorer::app::{Action, Opening, PricesMode};
use quantaprice_explorer::batch::{HaltCause, Standing};
use quantaprice_explorer::prices::Outcome;
use quantaprice_explorer::sandbox::{Endpoint, Fault, ReplyFault};
use window::{Server, Setup, Window};

fn list(count: usize) -> String {
    const SKUS: [&str; 8] = [
        "PRODUCT-001",
        "00012345",
        "SAMPLE-FREE",
        "PRODUCT-017",
        "PRODUCT-002",
        "NO-SUCH-SKU",
        "CONTRACT-77",
        "A/B+C#7",
    ];
    let lines: Vec<_> = (0..count).map(|at| SKUS[at % SKUS.len()]).collect();
    lines.join("\n")
}

fn act(window: &mut Window, action: Action) {
    window.harness.state_mut().app.apply(action);
    window.step();
}

/// With a list of so many SKUs, ready to be looked up.
fn with_list(mut window: Window, count: usize) -> Window {
    act(&mut window, Action::ShowPrices(PricesMode::Batch));
    act(&mut window, Action::List(ListAction::Paste(list(count))));
    window.until("the list", |window| window.app().list.ready().is_some());
    window
}

fn slow(window: &Window, millis: u64) {
    let slow = ReplyFault::Slow(Duration::from_millis(millis));
    window.app().rehearse(Fault::Reply(Endpoint::Prices, slow));
}

fn answered(window: &Window) -> usize {
    window.app().batch.progress().map_or(0, |progress| progress.answered)
}

fn is_ended(window: &Window) -> bool {
    window.app().batch.progress().is_some_and(|progress| progress.standing.is_ended())
}

#[test]
fn p5_a_list_is_looked_up_and_the_status_bar_says_how_it_ended() {
    let mut window = with_list(Window::on_sandbox(), 24);
    window.click("Look up 24 SKUs");
    window.until("the end", is_ended);
    window.assert_says("Batch finished, 24 of 24");
    window.assert_says("of 24 SKUs");
    assert!(window.is_enabled("New batch") && !window.is_enabled("Stop") && !window.is_enabled("Resume"));
    window.click("New batch");
    window.until("the list again", |window| window.has_button("Look up 24 SKUs"));
}

#[test]
fn p4_the_parameters_of_a_batch_are_seen_before_it_starts_and_can_be_left_out() {
    let mut window = Window::on_sandbox();
    let parameters = [("currency", "SEK"), ("tax_area", "SE")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    window.harness.state_mut().app.search.parameters = parameters.to_vec();
    let mut window = with_list(window, 8);
    window.assert_says("Sent with each SKU");
    window.click("tax_area=SE");
    window.click("Look up 8 SKUs");
    window.until("the end", is_ended);
    let running = window.app().batch.running().unwrap();
    assert_eq!(running.run.header().parameters, parameters[..1]);
}

#[test]
fn t19_a_run_does_not_go_on_with_another_key_in_its_profile() {
    let mut window = with_list(Window::on_sandbox(), 2_000);
    slow(&window, 20);
    window.click("Look up 2,000 SKUs");
    window.until("some answers", |window| answered(window) >= 8);
    window.click("Stop");
    window.until("the end", is_ended);
    let app = &mut window.harness.state_mut().app;
    let mut profile = app.active_profile().unwrap().clone();
    profile.client_id = "b".repeat(24);
    app.settings.put(profile);
    window.step();
    window.click("Resume");
    window.assert_says("has another client ID now than when this run began");
    assert!(is_ended(&window));
}

#[test]
fn p5_a_run_is_paused_and_resumed_and_stopped_by_its_buttons() {
    let mut window = with_list(Window::on_sandbox(), 2_000);
    slow(&window, 20);
    window.click("Look up 2,000 SKUs");
    window.until("some answers", |window| answered(window) >= 8);
    window.click("Pause");
    window.until("the pause", |window| {
        window
            .app()
            .batch
            .progress()
            .is_some_and(|progress| progress.standing == Standing::Paused(None) && progress.under_way == 0)
    });
    window.until("its words", |window| window.says("Batch paused"));
    let at = answered(&window);
    window.during(Duration::from_millis(200), "nothing is asked", |window| answered(window) == at);
    window.click("Resume");
    window.until("more answers", |window| answered(window) > at);
    window.click("Stop");
    window.until("the end", is_ended);
    window.assert_says("Batch stopped");
    assert!(window.is_enabled("Resume"));
}

#[test]
fn a_run_says_what_it_waits_for() {
    let server = Server::start();
    server.sandbox.set_fault(Fault::token(ReplyFault::Slow(Duration::from_secs(1))));
    let mut window = with_list(Window::with_key_of(&server), 24);
    window.click("Look up 24 SKUs");
    window.until_said("Getting a token; 8 lookups wait for it");
    window.until("the end", is_ended);
    server.sandbox.clear_faults();
    server.sandbox.set_fault(Fault::prices(ReplyFault::RateLimit(Duration::from_secs(60))));
    act(&mut window, Action::Batch(BatchAction::Close));
    window.click("Look up 24 SKUs");
    window.until_said("Waits until ");
    window.assert_silent("Opening the key");
    window.click("Pause");
    // How many had entered before the first 429 came is not told beforehand.
    window.until_said(" still under way");
    window.click("Stop");
    window.until("the end", is_ended);
    window.assert_says("Stopped: 24 SKUs were not asked for; Resume asks for them");
}

#[test]
fn p5_retry_is_offered_for_failed_skus_only() {
    let server = Server::start();
    server.sandbox.spoil_next(Endpoint::Prices, ReplyFault::Failing, 3);
    let mut window = with_list(Window::with_key_of(&server), 8);
    window.click("Look up 8 SKUs");
    window.until("the end", is_ended);
    window.assert_says("3 failed");
    let before = server.sandbox.counts().price_requests;
    window.click("Retry failed");
    window.until("no failure", |window| {
        is_ended(window)
            && window.app().batch.progress().is_some_and(|progress| progress.counts.of(Outcome::Failed) == 0)
    });
    assert_eq!(server.sandbox.counts().price_requests - before, 3);
    assert!(!window.is_enabled("Retry failed"));
}

#[test]
fn p5_a_refused_key_pauses_the_run_with_its_verdict() {
    let mut window = with_list(Window::on_sandbox(), 400);
    slow(&window, 10);
    window.click("Look up 400 SKUs");
    window.until("some answers", |window| answered(window) >= 8);
    window.app().rehearse(Fault::RevokedKey);
    window.until("the halt", |window| {
        let progress = window.app().batch.progress();
        progress.is_some_and(|progress| progress.standing.halt().is_some_and(|halt| halt.cause == HaltCause::Key))
    });
    window.until("its words", |window| window.says("Batch paused: the key does not work"));
    assert!(window.has_button("Resume the run"));
    let progress = window.app().batch.progress().unwrap();
    assert_eq!(progress.counts.of(Outcome::Failed), 0, "no row fails for the key's sake");
}

#[test]
fn the_number_at_once_is_changed_while_the_run_goes_on() {
    let mut window = with_list(Window::on_sandbox(), 400);
    slow(&window, 20);
    window.click("Look up 400 SKUs");
    window.until("the start", |window| answered(window) > 0);
    window.assert_says("8 at once");
    window.click("Fewer at once");
    window.until("the change", |window| window.says("7 at once"));
    assert_eq!(window.app().batch.at_once(), 7);
    act(&mut window, Action::Batch(BatchAction::SetAtOnce(64)));
    window.until("the most", |window| window.says("64 at once"));
    assert!(!window.is_enabled("More at once"));
}

#[test]
fn without_a_key_the_button_says_what_is_missing() {
    let mut window = with_list(Window::open(Setup::default()), 3);
    window.assert_tooltip("Look up 3 SKUs", "A batch needs a key, or the sandbox.");
    assert!(!window.is_enabled("Look up 3 SKUs"));
}

#[test]
fn p5_closing_over_a_run_asks_first_and_says_that_it_can_be_resumed() {
    let mut window = with_list(Window::on_sandbox(), 400);
    slow(&window, 20);
    window.click("Look up 400 SKUs");
    window.until("the start", |window| answered(window) > 0);
    assert!(window.app().asks_before_closing());
    act(&mut window, Action::Ask(quantaprice_explorer::app::Question::Leave));
    window.until("the question", |window| window.says("Close while a batch is under way?"));
    window.click("Keep it open");
    window.until("the window", |window| !window.says("Close while a batch is under way?"));
    act(&mut window, Action::Batch(BatchAction::Leave));
    assert!(!window.app().asks_before_closing());
}

#[test]
fn another_list_takes_the_place_of_an_ended_run_and_none_is_opened_over_one_under_way() {
    let mut window = with_list(Window::on_sandbox(), 400);
    slow(&window, 20);
    window.click("Look up 400 SKUs");
    window.until("some answers", |window| answered(window) >= 8);
    act(&mut window, Action::List(ListAction::Paste(list(3))));
    window.assert_says("A batch is under way, so no other list was opened.");
    assert_eq!(window.app().list.ready().unwrap().skus.len(), 400);
    window.click("Stop");
    window.until("the end", is_ended);
    // What cannot be read leaves the run where it is.
    act(&mut window, Action::List(ListAction::OpenPath("/not/there.csv".into())));
    window.until_said("There is no file “there.csv”.");
    assert!(window.app().batch.running().is_some());
    window.harness.event(egui::Event::Paste(list(3)));
    window.until_said("Look up 3 SKUs");
    assert!(window.app().batch.running().is_none());
}

#[test]
fn p5_a_run_that_is_kept_nowhere_stays_before_another_list() {
    let mut setup = Setup { opening: Opening::Sandbox, ..Setup::default() };
    setup.settings.history.keep = quantaprice_explorer::keys::settings::Keeping::ThisRun;
    let mut window = Window::open(setup);
    window.until("the sandbox", |window| window.app().active_profile().is_some());
    let mut window = with_list(window, 8);
    window.click("Look up 8 SKUs");
    window.until("the end", is_ended);
    act(&mut window, Action::List(ListAction::Paste(list(3))));
    window.until_said("Export this run if you need it");
    assert_eq!(answered(&window), 8);
    window.click("New batch");
    window.until_said("Look up 3 SKUs");
}
