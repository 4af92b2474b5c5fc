//! The timeline on top of the *Activity* tab: what it says to a screen reader, what the pointer is told, what a click opens, when
//! it draws anew, and how it looks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use egui::accesskit::Role;
use egui::{Pos2, pos2};
use egui_kittest::kittest::NodeT as _;
use jiff::Timestamp;
use quantaprice_explorer::activity::{ActivityLog, Event, EventOutcome, EventReason, Kind, Leads, Service};
use quantaprice_explorer::prices::Outcome;
use quantaprice_explorer::token::Reason;
use window::{LOOKS, Server, Setup, Window};

const NAME: &str = "Timeline of tokens and requests";

fn ago(secs: u64) -> Timestamp {
    Timestamp::now().saturating_sub(Duration::from_secs(secs)).unwrap()
}

fn token(log: &ActivityLog, number: u64, secs_ago: u64, reason: Reason) {
    let mut event = Event::new(Kind::Token, EventReason::Token(reason), ago(secs_ago), &format!("Token #{number}"));
    event.generation = Some(number);
    event.took = Duration::from_millis(212);
    event.lifetime = Some(Duration::from_secs(3600));
    event.leads = Some(Box::new(Leads { soft: Duration::from_secs(281), stale: Duration::from_secs(60) }));
    event.service = Some(Service { uses: None, waited: 36, longest_wait: Duration::from_millis(212) });
    log.record(event);
}

fn price(log: &ActivityLog, sku: &str, secs_ago: u64, outcome: Outcome) {
    let mut event = Event::new(Kind::Price, EventReason::Lookup, ago(secs_ago), sku);
    event.outcome = EventOutcome::Answered(outcome);
    event.took = Duration::from_millis(84);
    event.generation = Some(7);
    log.record(event);
}

fn open(setup: Setup) -> Window {
    let mut window = Window::open(setup);
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    window
}

/// Two tokens, and some requests of each kind, an hour and a half back.
fn with_events(setup: Setup) -> Window {
    let mut window = open(setup);
    let log = window.app().activity().clone();
    token(&log, 6, 5100, Reason::FirstUse);
    for secs in (1900..5000).step_by(155) {
        price(&log, "PRODUCT-001", secs, Outcome::Priced);
    }
    price(&log, "FORBIDDEN-001", 2500, Outcome::Forbidden);
    price(&log, "MISSING-001", 2450, Outcome::UnknownSku);
    price(&log, "PRODUCT-002", 1700, Outcome::Failed);
    token(&log, 7, 1695, Reason::Unauthorized);
    for secs in (100..1600).step_by(35) {
        price(&log, "PRODUCT-003", secs, Outcome::Priced);
    }
    price(&log, "NOPRICE-001", 1200, Outcome::NoPrice);
    price(&log, "ZERO-001", 900, Outcome::ZeroPrice);
    window.click_role(Role::Tab, "Activity");
    window.harness.remove_cursor();
    window.settle();
    window
}

fn summary(window: &Window) -> String {
    window.part(Role::Image, NAME).expect("there is no timeline").accesskit_node().value().unwrap_or_default()
}

/// A place on the plot: a part of its width, and points from its top.
fn place(window: &Window, part: f32, y: f32) -> Pos2 {
    let rect = window.part(Role::Image, NAME).expect("there is no timeline").rect();
    pos2(rect.left() + rect.width() * part, rect.top() + y)
}

/// Where a time lies in the hour before now and the 65 minutes after, as a part of the width.
fn part_of(secs_ago: f32) -> f32 {
    (3600.0 - secs_ago) / (3600.0 + 3600.0 * 1.08)
}

fn hover(window: &mut Window, at: Pos2) {
    window.harness.hover_at(at);
    window.settle();
    window.pause();
}

fn click(window: &mut Window, at: Pos2) {
    window.harness.hover_at(at);
    window.settle();
    for pressed in [true, false] {
        window.harness.event(egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        });
    }
    window.settle();
}

#[test]
fn the_plot_is_one_picture_with_a_summary_of_all_that_is_in_sight() {
    let mut window = with_events(Setup::default());
    let said = summary(&window);
    assert!(said.contains("2 tokens. Token #7 expires "), "{said}");
    assert!(said.contains("1 Zero price, 1 No price, 1 Unknown SKU, 1 Forbidden, 1 Failed."), "{said}");
    window.click_role(Role::RadioButton, "15 min");
    let said = summary(&window);
    assert!(said.contains("1 token. Token #7 expires ") && !said.contains("Failed"), "{said}");
    window.click_role(Role::RadioButton, "4 h");
    let said = summary(&window);
    assert!(said.contains("2 tokens.") && said.contains("68 requests: 63 Priced"), "{said}");
    window.click_role(Role::RadioButton, "Everything");
    assert!(summary(&window).contains("68 requests: 63 Priced"), "{}", summary(&window));
}

#[test]
fn the_pointer_is_told_what_it_rests_on_and_a_click_opens_it() {
    let mut window = with_events(Setup::default());
    let failed = place(&window, part_of(1700.0), 121.5);
    hover(&mut window, failed);
    window.assert_says("PRODUCT-002 · Failed");
    window.assert_says("Click to open it.");
    click(&mut window, failed);
    window.assert_says("Close event");
    window.assert_says("A price was asked for.");
    window.click("Close event");

    let bar = place(&window, part_of(0.0), 48.0);
    hover(&mut window, bar);
    window.assert_says("Forced by a 401");
    window.assert_says("soft refresh from");
    window.assert_says("36 waited 212 ms.");
    click(&mut window, bar);
    window.assert_says("A price request got 401, so the token was renewed.");
}

#[test]
fn many_requests_of_one_moment_are_one_mark_that_says_how_many() {
    let mut window = open(Setup::default());
    let log = window.app().activity().clone();
    (0..40).for_each(|number| price(&log, &format!("PRODUCT-{number}"), 1200, Outcome::Priced));
    window.click_role(Role::Tab, "Activity");
    // No token lives, so little is kept for what is to come.
    let at = place(&window, (3600.0 - 1200.0) / (3600.0 * 13.0 / 12.0), 88.0);
    hover(&mut window, at);
    window.assert_says("PRODUCT-39 · Priced");
    window.assert_says("And 39 more Priced about then. Click to open the newest.");
}

#[test]
fn it_is_folded_by_hand_and_in_a_low_window_by_itself() {
    let mut window = with_events(Setup::default());
    window.click("Timeline");
    assert!(window.part(Role::Image, NAME).is_none());
    assert!(!window.button("Timeline").accesskit_node().data().is_expanded().unwrap());
    window.click("Timeline");
    assert!(window.part(Role::Image, NAME).is_some());

    let mut low = with_events(Setup { size: egui::vec2(640.0, 400.0), ..Setup::default() });
    assert!(low.part(Role::Image, NAME).is_none());
    low.click("Timeline");
    assert!(low.part(Role::Image, NAME).is_some());
}

#[test]
fn t21_now_moves_by_pixels_and_only_while_there_is_something_to_see() {
    let mut window = with_events(Setup::default());
    window.until("the settings are written", |window| window.next_frame_in() > Duration::from_secs(2));
    let next = window.next_frame_in();
    assert!(next < Duration::from_secs(12), "a pixel of two hours is some 9 s: {next:?}");
    window.click_role(Role::RadioButton, "15 min");
    window.settle();
    assert!(window.next_frame_in() >= Duration::from_millis(900), "{:?}", window.next_frame_in());
    window.click("Timeline");
    window.settle();
    assert!(window.next_frame_in() > Duration::from_secs(60), "folded, it asks for nothing");
    window.click("Timeline");
    window.click_role(Role::Tab, "Prices");
    window.settle();
    assert!(window.next_frame_in() > Duration::from_secs(60), "behind another tab, it asks for nothing");
}

#[test]
fn before_anything_was_sent_it_says_what_will_be_there() {
    let mut window = open(Setup::default());
    window.click_role(Role::Tab, "Activity");
    window.assert_says("Tokens and requests will be drawn here as they come.");
    assert!(window.part(Role::Image, NAME).is_none());
}

#[test]
fn a_real_token_brings_its_marks() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-001");
    let snapshot = window.app().activity().snapshot();
    let leads = snapshot.iter().find_map(|event| event.leads.as_deref().copied()).expect("no event has the marks");
    let token = window.app().status().unwrap().token.unwrap();
    assert_eq!((leads.soft, leads.stale), (token.soft_lead(), token.stale_lead()));
    window.click_role(Role::Tab, "Activity");
    assert!(summary(&window).contains("1 token. Token #1 expires "), "{}", summary(&window));
    assert!(summary(&window).contains("1 request: 1 Priced."), "{}", summary(&window));
}

#[test]
fn a_hundred_thousand_events_and_a_thousand_tokens_are_drawn_in_short_frames() {
    let mut window = open(Setup::default());
    let log = window.app().activity().clone();
    let outcomes = [Outcome::Priced, Outcome::NoPrice, Outcome::UnknownSku, Outcome::Forbidden, Outcome::Failed];
    for number in 0..100_000_u64 {
        let secs_ago = (100_000 - number) / 8;
        match number % 100 {
            0 => token(&log, number, secs_ago, Reason::Asked),
            _ => price(&log, "PRODUCT-001", secs_ago, outcomes[number as usize % outcomes.len()]),
        }
    }
    window.click_role(Role::Tab, "Activity");
    window.click_role(Role::RadioButton, "Everything");
    let requests = log.snapshot().iter().filter(|event| event.kind == Kind::Price).count();
    window.until_said(&format!("{requests} requests"));
    let time = window.frame_time();
    assert!(time < Duration::from_millis(25), "{time:?} a frame");
}

#[test]
fn it_can_be_drawn_at_every_size() {
    for (size, pixels_per_point, theme, name) in LOOKS {
        let mut window = with_events(Setup { size, pixels_per_point, theme, ..Setup::default() });
        if window.part(Role::Image, NAME).is_none() {
            window.click("Timeline");
            window.harness.remove_cursor();
            window.settle();
        }
        window.save_picture(&format!("timeline-{name}"));
        let bar = place(&window, part_of(0.0), 48.0);
        hover(&mut window, bar);
        window.save_picture(&format!("timeline-hover-{name}"));
        let failed = place(&window, part_of(1700.0), 121.5);
        click(&mut window, failed);
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("timeline-open-{name}"));
    }
}
