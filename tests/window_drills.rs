//! Drills, by the words on screen: only in the sandbox, clearly marked, each with the verdict that comes of it, and a way back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use egui::accesskit::Role;
use quantaprice_explorer::app::drills::Drill;
use quantaprice_explorer::app::{Action, Opening};
use window::{LOOKS, Server, Setup, Window};

const MENU: &str = "Rehearse a fault";
const END: &str = "Back to normal";

/// The sandbox with a token that works.
fn warm() -> Window {
    let mut window = Window::on_sandbox();
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("Priced");
    window
}

fn rehearse(window: &mut Window, drill: Drill) {
    window.click(MENU);
    window.click_role(Role::MenuItem, drill.label());
}

/// Begins a drill, waits for its verdict, ends it, and looks a price up as if nothing had been.
fn run(drill: Drill, verdict: &[&str]) -> Window {
    let mut window = warm();
    window.assert_silent("Drill:");
    rehearse(&mut window, drill);
    window.assert_says(drill.badge());
    for words in verdict {
        window.until_said(words);
    }
    window.assert_says(drill.badge());
    window.until("the end of the lookup", |window| !window.app().desk().unwrap().is_running());
    window.click(END);
    window.assert_silent("Drill:");
    for words in verdict {
        window.assert_silent(words);
    }
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("12.10");
    assert!(!window.has_button("Look up again"), "all is well again");
    window
}

#[test]
fn a_revoked_key_is_told_from_a_wrong_secret() {
    run(Drill::RevokedKey, &["Token: Key refused", "The key was revoked, or its secret renewed", "Failed"]);
}

#[test]
fn a_token_that_ends_early_is_replaced_and_said() {
    run(Drill::ExpireNow, &["The API ended token #1", "token #2 took its place", "Priced"]);
}

#[test]
fn how_a_verdict_is_known_stands_beneath_it() {
    let mut window = warm();
    window.assert_silent("How we know");
    rehearse(&mut window, Drill::RevokedKey);
    window.until_said("How we know");
    let cells = window.cells();
    let steps = ["Price: lookup, token #1", "Token: forced by a 401", "Price: lookup"];
    let at: Vec<_> = steps.iter().map(|step| cells.iter().position(|cell| cell == step)).collect();
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{cells:?}");
    assert!(cells.iter().any(|cell| cell.starts_with("Nothing was sent.")), "{cells:?}");
    window.click("Open in Activity");
    window.until_said("Forced by a 401");
}

#[test]
fn a_storm_of_401s() {
    run(
        Drill::UnauthorizedStorm,
        &["The API rejected two tokens in a row (HTTP 401)", "The server does not say which"],
    );
}

#[test]
fn a_slow_token_endpoint() {
    run(Drill::SlowToken, &["Asking for a token.", "has not answered for 2 s", "Wait: it is given up after 30 s."]);
}

#[test]
fn a_skewed_clock() {
    run(Drill::SkewedClock, &["This PC's clock is 6 min fast (±1 s).", "Priced"]);
}

#[test]
fn a_rate_limit() {
    run(
        Drill::RateLimit,
        &["The API asks to wait. Try 2 of 3", "The API asks to slow down (HTTP 429, asked 3 times)."],
    );
}

#[test]
fn garbage() {
    run(Drill::Garbage, &["The reply is not JSON", "Open the body to see what came."]);
}

#[test]
fn a_drill_works_without_a_token_and_with_an_empty_field() {
    for (drill, words) in
        [(Drill::RevokedKey, "it was revoked, or the secret is wrong"), (Drill::ExpireNow, "ended token #1")]
    {
        let mut window = Window::on_sandbox();
        window.type_into("SKU", "");
        rehearse(&mut window, drill);
        window.until_said(words);
    }
}

#[test]
fn one_drill_ends_when_another_begins() {
    let mut window = warm();
    rehearse(&mut window, Drill::RevokedKey);
    window.until_said("Token: Key refused");
    rehearse(&mut window, Drill::Garbage);
    window.assert_says("Drill: garbage");
    window.assert_silent("Drill: revoked key");
    window.until_said("The reply is not JSON");
    window.assert_says("Token: Valid");
}

#[test]
fn a_finding_that_is_copied_in_a_drill_says_so() {
    let mut window = warm();
    rehearse(&mut window, Drill::Garbage);
    window.until_said("The reply is not JSON");
    window.click("Copy this finding");
    assert!(window.clipboard[0].starts_with("Drill: garbage. "), "{}", window.clipboard[0]);
}

#[test]
fn the_activity_log_says_when_a_drill_began_and_ended() {
    let mut window = warm();
    rehearse(&mut window, Drill::Garbage);
    window.until_said("The reply is not JSON");
    window.click(END);
    window.click_role(Role::Tab, "Activity");
    window.until_said("Drill: garbage begins. The sandbox answers with JSON that is none.");
    window.assert_says("Drill: garbage ends.");
}

#[test]
fn no_other_key_has_drills_not_even_while_one_runs() {
    let server = Server::start();
    let mut window =
        Window::open(Setup { opening: Opening::Sandbox, ..Setup::default().with_key_of(&server, "Staging SE") });
    window.until("the sandbox", |window| window.app().is_on_sandbox());
    window.look_up_and_wait("PRODUCT-001");
    rehearse(&mut window, Drill::RevokedKey);
    window.until_said("Token: Key refused");
    let staging = window.all(Role::ListBoxOption).into_iter().find(|name| name.starts_with("Staging SE")).unwrap();
    window.click_role(Role::ListBoxOption, &staging);
    window.assert_silent("Drill:");
    assert!(!window.has_button(MENU) && !window.has_button(END));
    window.harness.state_mut().app.apply(Action::Rehearse(Drill::Garbage));
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("12.10");
    assert_eq!(window.app().drill(), None);
    let sandbox = window.all(Role::ListBoxOption).into_iter().find(|name| name.starts_with("Sandbox")).unwrap();
    window.click_role(Role::ListBoxOption, &sandbox);
    window.assert_says("Drill: revoked key");
}

#[test]
fn what_a_drill_shows_can_be_drawn() {
    for look in [LOOKS[0], LOOKS[1]] {
        let (size, pixels_per_point, theme, name) = look;
        for (drill, words) in [
            (Drill::RevokedKey, "still fetched token"),
            (Drill::ExpireNow, "took its place"),
            (Drill::SkewedClock, "6 min fast"),
            (Drill::SlowToken, "has not answered"),
            (Drill::RateLimit, "asks to slow down"),
        ] {
            let setup = Setup { size, pixels_per_point, theme, opening: Opening::Sandbox, ..Setup::default() };
            let mut window = Window::open(setup);
            window.until("the sandbox", |window| window.app().is_on_sandbox());
            window.look_up_and_wait("PRODUCT-001");
            rehearse(&mut window, drill);
            window.until_said(words);
            window.harness.remove_cursor();
            window.settle();
            window.save_picture(&format!("drill-{drill:?}-{name}"));
        }
        let mut window =
            Window::open(Setup { size, pixels_per_point, theme, opening: Opening::Sandbox, ..Setup::default() });
        window.until("the sandbox", |window| window.app().is_on_sandbox());
        window.click(MENU);
        window.save_picture(&format!("drill-menu-{name}"));
    }
}

#[test]
fn every_drill_can_be_ended_at_every_size() {
    for (size, pixels_per_point, theme, name) in LOOKS {
        let setup = Setup { size, pixels_per_point, theme, opening: Opening::Sandbox, ..Setup::default() };
        let mut window = Window::open(setup);
        window.until("the sandbox", |window| window.app().is_on_sandbox());
        window.look_up_and_wait("PRODUCT-001");
        window.save_picture(&format!("sandbox-{name}"));
        rehearse(&mut window, Drill::UnauthorizedStorm);
        window.until_said("The API rejected two tokens in a row");
        window.harness.remove_cursor();
        window.settle();
        window.save_picture(&format!("drill-{name}"));
        window.click(END);
        window.assert_silent("Drill:");
    }
}
