//! Every state of *Batch* at every size and in both themes: nothing stands outside the window, and pictures are left in
//! `target/tmp/window-pictures` to be looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use egui::accesskit::Role;
use egui::{Theme, Vec2, vec2};
use egui_kittest::kittest::NodeT;
use quantaprice_explorer::app::batch::BatchAction;
use quantaprice_explorer::app::lists::ListAction;
use quantaprice_explorer::app::{Action, PricesMode};
use quantaprice_explorer::batch::Progress;
use quantaprice_explorer::history::Search;
use quantaprice_explorer::prices::Outcome;
use quantaprice_explorer::sandbox::{Fault, ReplyFault};
use window::{Server, Setup, Window};

/// Size in points, pixels a point, theme, and what the picture is called by them.
const SIZES: [(Vec2, f32, Theme, &str); 3] = [
    (vec2(640.0, 400.0), 2.0, Theme::Light, "640-light"),
    (vec2(800.0, 600.0), 1.0, Theme::Light, "800-light"),
    (vec2(1280.0, 800.0), 1.0, Theme::Dark, "1280-dark"),
];

fn open(server: &Server, (size, pixels_per_point, theme, _): (Vec2, f32, Theme, &str)) -> Window {
    server.sandbox.clear_faults();
    let setup = Setup { size, pixels_per_point, theme, ..Setup::default() }.with_key_of(server, "Staging SE");
    let mut window = Window::open(setup);
    window.until("the keychain's answer", |window| window.app().keychain_state.is_some());
    act(&mut window, Action::ShowPrices(PricesMode::Batch));
    window
}

fn act(window: &mut Window, action: Action) {
    window.harness.state_mut().app.apply(action);
    window.step();
}

fn batch(window: &mut Window, action: BatchAction) {
    act(window, Action::Batch(action));
}

fn list(count: usize) -> String {
    const SKUS: [&str; 6] = ["PRODUCT-001", "00012345", "SAMPLE-FREE", "PRODUCT-017", "NO-SUCH-SKU", "A/B+C#7"];
    let lines: Vec<_> = (0..count).map(|at| SKUS[at % SKUS.len()]).collect();
    lines.join("\n")
}

fn paste(window: &mut Window, text: String) {
    act(window, Action::List(ListAction::Paste(text)));
    window.until("the list", |window| window.app().list.ready().is_some());
}

fn reply(server: &Server, fault: ReplyFault) {
    server.sandbox.clear_faults();
    server.sandbox.set_fault(Fault::prices(fault));
}

fn until(window: &mut Window, what: &str, holds: impl Fn(&Progress) -> bool) {
    window.until(what, |window| window.app().batch.progress().is_some_and(|progress| holds(&progress)));
}

/// Leaves a picture, and fails where a text or a button ends outside the window: it could not be read, or lies under something.
fn look(window: &mut Window, name: &str, size: (Vec2, f32, Theme, &str)) {
    window.harness.remove_cursor();
    // A screenful of frames, so that whatever takes its room from the frame before has it.
    window.pause();
    window.save_picture(&format!("looks-{name}-{}", size.3));
    let whole = size.0.x;
    let outside: Vec<_> = window
        .harness
        .root()
        .children_recursive()
        .filter(|node| matches!(node.accesskit_node().role(), Role::Label | Role::Button | Role::Link))
        .filter(|node| node.rect().right() > whole + 0.5)
        .map(|node| {
            format!("{:?} at {:?}", node.accesskit_node().label().or(node.accesskit_node().value()), node.rect())
        })
        .collect();
    assert!(outside.is_empty(), "{name} at {}: outside of the window are {outside:#?}", size.3);
}

#[test]
fn a_list_can_be_read_at_every_size() {
    let server = Server::start();
    for size in SIZES {
        let mut window = open(&server, size);
        look(&mut window, "empty", size);
        act(&mut window, Action::List(ListAction::OpenPath("/not/there/assortment-november.csv".into())));
        window.until("the problem", |window| window.app().list.problem().is_some());
        look(&mut window, "problem", size);
        let text = "Article;sku;Price\nLamp;00012345;12.10\nDesk;00012346;99.00\nChair;00012347;45.50\nCable;12348;1.95\n\
                    Rug;PRODUCT-001;5\nBin;PRODUCT-O19;5\nBox;1.23E+10;5\nMat;KABEL\u{a0}3×1,5 m;5\nRug;PRODUCT-001;5\n";
        paste(&mut window, text.to_owned());
        look(&mut window, "list", size);
        window.click("Paste or path");
        look(&mut window, "another", size);
    }
}

#[test]
fn a_run_can_be_read_in_each_of_its_states_at_every_size() {
    let server = Server::start();
    for size in SIZES {
        let mut window = open(&server, size);
        paste(&mut window, list(1200));
        reply(&server, ReplyFault::Slow(Duration::from_millis(60)));
        batch(&mut window, BatchAction::Start);
        until(&mut window, "some answers", |progress| progress.answered >= 60);
        look(&mut window, "running", size);
        batch(&mut window, BatchAction::Pause);
        until(&mut window, "the pause", |progress| progress.under_way == 0);
        look(&mut window, "paused", size);
        reply(&server, ReplyFault::RateLimit(Duration::from_secs(100)));
        batch(&mut window, BatchAction::GoOn);
        until(&mut window, "the hold", |progress| progress.hold.is_some());
        look(&mut window, "held", size);
        batch(&mut window, BatchAction::Stop);
        until(&mut window, "the stop", |progress| progress.standing.is_ended());
        look(&mut window, "stopped", size);
        let history = window.app().past.kept.clone();
        let entry = window.block_on(async move { history.find(Search::default(), 1).await }).unwrap().entries.remove(0);
        batch(&mut window, BatchAction::Close);
        window.harness.state_mut().app.batch.offer = Some(entry);
        look(&mut window, "offer", size);
    }
}

#[test]
fn a_run_that_halted_or_ended_can_be_read_at_every_size() {
    let server = Server::start();
    for size in SIZES {
        let mut window = open(&server, size);
        paste(&mut window, list(48));
        server.sandbox.set_fault(Fault::RevokedKey);
        batch(&mut window, BatchAction::Start);
        until(&mut window, "the halt", |progress| progress.standing.halt().is_some());
        look(&mut window, "halted", size);

        let mut window = open(&server, size);
        paste(&mut window, list(48));
        reply(&server, ReplyFault::Failing);
        batch(&mut window, BatchAction::Start);
        until(&mut window, "the end", |progress| progress.standing.is_ended());
        look(&mut window, "failed", size);
        server.sandbox.clear_faults();
        batch(&mut window, BatchAction::RetryFailed);
        until(&mut window, "no failure", |progress| {
            progress.standing.is_ended() && progress.counts.of(Outcome::Failed) == 0
        });
        look(&mut window, "finished", size);
        window.until("the rows", |window| window.is_enabled("Export…"));
        window.click("Export…");
        window.click_role(Role::RadioButton, "CSV");
        look(&mut window, "export", size);
    }
}
