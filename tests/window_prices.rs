//! Prices in the whole window, against its own sandbox: what is typed, asked for and shown.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/window.rs"]
mod window;

use egui::Key;
use egui::accesskit::Role;
use quantaprice_explorer::app::Opening;
use secrecy::ExposeSecret as _;
use window::{Store, Window};

#[test]
fn p2_p4_a_price_is_shown_as_the_server_wrote_it_with_all_that_it_names() {
    let mut window = Window::on_sandbox();
    assert_eq!(window.value("SKU"), "PRODUCT-001");
    window.harness.key_press(Key::Enter);
    window.until("a price is shown", |window| window.has(Role::Cell, "12.10"));

    assert!(window.has(Role::Label, "Priced"));
    for amount in ["12.10", "11.50", "9.95", "109.00", "104.50", "89"] {
        assert!(window.has(Role::Cell, amount), "{amount}");
    }
    for head in ["Price list", "From qty", "Amount", "Currency", "VAT", "Valid from", "Valid to"] {
        assert!(window.has(Role::ColumnHeader, head), "{head}");
    }
    for value in ["PL-RETAIL", "PL-WHOLESALE-SE", "EUR", "SEK", "GROSS", "NET", "1 Sep 2026", "31 Dec 2026"] {
        assert!(window.has(Role::Cell, value), "{value}");
    }
    assert!(window.says("HTTP 200"));
    assert!(window.says("6 prices in 2 price lists"));
    assert!(window.says("Response body"));
}

#[test]
fn the_button_looks_up_as_enter_does() {
    let mut window = Window::on_sandbox();
    window.press("Look up");
    window.until("a price is shown", |window| window.has(Role::Cell, "12.10"));
    assert!(window.has(Role::Label, "Priced"));
}

#[test]
fn the_sandbox_is_started_from_the_first_page_too() {
    let mut window = Window::open(Store::Works, Opening::SavedKeys);
    assert!(window.is_blocked("Look up"), "there is nothing to ask with yet");
    window.press("Start the sandbox");
    window.until("the sandbox runs", |window| window.app().active.is_some());
    window.step();
    window.press("Look up");
    window.until("a price is shown", |window| window.has(Role::Cell, "12.10"));
}

#[test]
fn p2_an_exponent_and_trailing_zeros_stay() {
    let mut window = Window::on_sandbox();
    window.ask("PRODUCT-006");
    assert!(window.has(Role::Cell, "1e2"));
    window.ask("PRODUCT-005");
    for amount in ["43.50", "34.125", "29.0000"] {
        assert!(window.has(Role::Cell, amount), "{amount}");
    }
}

#[test]
fn p3_each_outcome_has_its_own_word_and_none_invents_a_price() {
    let mut window = Window::on_sandbox();
    let outcomes = [
        ("ZERO-001", "Zero price"),
        ("NOPRICE-001", "No price"),
        ("MISSING-001", "Unknown SKU"),
        ("UNKNOWN-EMPTY", "Unknown SKU"),
        ("FORBIDDEN-001", "Forbidden"),
        ("BROKEN-001", "Failed"),
        ("PRODUCT-001", "Priced"),
    ];
    for (sku, word) in outcomes {
        window.ask(sku);
        for (_, other) in outcomes {
            assert_eq!(window.has(Role::Label, other), other == word, "{sku}: {other}");
        }
        let has_amount = window.has(Role::ColumnHeader, "Amount");
        assert_eq!(has_amount, ["Zero price", "Priced"].contains(&word), "{sku}: the table of prices");
        let zero = word == "Zero price";
        assert!(window.has(Role::Cell, "0.00") == zero && (zero || word == "Priced" || !window.says("0.00")), "{sku}");
    }
}

#[test]
fn h6_a_refusal_names_the_missing_permission() {
    let mut window = Window::on_sandbox();
    window.ask("FORBIDDEN-001");
    assert!(window.says("prices:wholesale"));
}

#[test]
fn p1_odd_skus_reach_the_server_as_typed() {
    let mut window = Window::on_sandbox();
    // The real window finds emoji among the system's fonts, which a test must not depend on.
    window.harness.ctx.set_missing_glyph_policy(egui::MissingGlyphPolicy::Tofu);
    for (sku, amount) in
        [("00012345", "0.0425"), ("KABEL 3×1,5 m", "7.95"), ("A/B+C#7&d=e", "31.00"), ("TASSE 🦊 350 ml", "14.00")]
    {
        window.ask(sku);
        assert!(window.has(Role::Cell, amount), "{sku}");
        assert!(window.has(Role::Label, sku), "{sku} is named as typed");
        assert_eq!(window.value("SKU"), sku);
    }
}

#[test]
fn an_empty_sku_is_not_sent() {
    let mut window = Window::on_sandbox();
    window.fill("SKU", "   ");
    assert!(window.is_blocked("Look up"));
    window.harness.key_press(Key::Enter);
    window.step();
    assert!(window.app().desk().is_none());
}

#[test]
fn a_parameter_is_added_sent_and_left_out_again() {
    let mut window = Window::on_sandbox();
    window.press("Parameter");
    assert!(window.has(Role::TextInput, "Parameter"));
    window.fill("Parameter", "currency=SEK");
    window.press("Add");
    assert!(window.has(Role::Button, "currency=SEK"));
    assert!(window.says("currency=SEK") && window.says("prices?sku=PRODUCT-001&currency=SEK"));
    window.press("Look up");
    window.until("the Swedish price is shown", |window| window.has(Role::Cell, "109.00"));
    assert!(!window.has(Role::Cell, "12.10"));

    window.press("currency=SEK");
    assert!(!window.has(Role::Button, "currency=SEK"));
    window.press("Look up");
    window.until("all prices are back", |window| window.has(Role::Cell, "12.10"));
}

#[test]
fn a_parameter_is_added_by_enter_and_dropped_by_its_button() {
    let mut window = Window::on_sandbox();
    window.press("Parameter");
    window.fill("Parameter", "tax_area=SE");
    window.harness.key_press(Key::Enter);
    window.step();
    assert!(window.has(Role::Button, "tax_area=SE"));
    window.press("Parameter");
    window.fill("Parameter", "currency=EUR");
    window.press("Leave out");
    assert!(!window.has(Role::TextInput, "Parameter") && !window.has(Role::Button, "currency=EUR"));
}

#[test]
fn h7_the_curl_command_holds_no_token() {
    let mut window = Window::on_sandbox();
    window.ask("PRODUCT-001");
    let token = window.app().status().and_then(|status| status.token).unwrap();
    window.press("Copy as cURL");
    window.step();
    let [command] = &window.copied[..] else { panic!("one text was copied: {}", window.copied.len()) };
    assert!(command.contains("$TOKEN") && command.contains("sku=PRODUCT-001"), "{command}");
    assert!(!command.contains(token.secret().expose_secret()));
    assert!(window.says("cURL command copied"));
}

#[test]
fn a_recent_sku_is_looked_up_again_by_its_button() {
    let mut window = Window::on_sandbox();
    window.ask("PRODUCT-002");
    window.ask("PRODUCT-003");
    assert!(!window.has(Role::Cell, "19.90"));
    window.press("PRODUCT-002");
    window.until("its price is shown", |window| window.has(Role::Cell, "19.90"));
    assert_eq!(window.value("SKU"), "PRODUCT-002");
}
