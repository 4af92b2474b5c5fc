//! The *Prices* tab, by the words on screen: every outcome of a lookup, what is shown of a price, and what stops a lookup.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/mod.rs"]
mod base;
#[path = "support/keychain.rs"]
mod keychain;
#[path = "support/window.rs"]
mod window;

use std::time::Duration;

use egui::accesskit::Role;
use egui::{Key, Modifiers, vec2};
use quantaprice_explorer::keys::KeychainError;
use quantaprice_explorer::sandbox::{Canned, Endpoint, Fault, ReplyFault};
use secrecy::ExposeSecret;
use window::{Mood, Server, Setup, Window};

#[test]
fn p2_p4_a_price_is_shown_as_the_server_wrote_it() {
    let mut window = Window::on_sandbox();
    window.key(Key::Enter);
    window.until_answered("PRODUCT-001");
    window.assert_says("Priced");
    window.assert_says("6 prices in 2 price lists");
    let cells = window.cells();
    for words in ["PL-RETAIL", "1", "12.10", "EUR", "GROSS", "PL-WHOLESALE-SE", "100", "89", "SEK", "NET", "1 Sep 2026"]
    {
        assert!(cells.iter().any(|cell| cell == words), "{words} is not among {cells:?}");
    }
    window.assert_says("HTTP 200");
    window.assert_says("Token #1");
    window.assert_says("Token: Valid");
}

#[test]
fn p2_amounts_keep_their_letters() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    for (sku, amounts) in [
        ("PRODUCT-001", &["12.10", "11.50", "9.95", "109.00", "104.50", "89"][..]),
        ("PRODUCT-005", &["43.50", "39.90", "34.125", "29.0000"]),
        ("PRODUCT-006", &["1e2", "125.00", "95.50", "79"]),
        ("00012345", &["0.08", "0.0425"]),
    ] {
        window.look_up_and_wait(sku);
        let cells = window.cells();
        for amount in amounts {
            assert!(cells.iter().any(|cell| cell == amount), "{amount} of {sku} is not among {cells:?}");
        }
    }
}

#[test]
fn p3_each_outcome_has_its_word_and_its_meaning_and_an_absent_price_is_never_a_zero() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    let words = ["Priced", "Zero price", "No price", "Unknown SKU", "Forbidden", "Failed"];
    for (sku, word, meaning) in [
        ("PRODUCT-002", "Priced", "19.90"),
        ("ZERO-001", "Zero price", "That is a price, not a missing one."),
        ("NOPRICE-001", "No price", "That is not a price of zero."),
        ("MISSING-001", "Unknown SKU", "The server does not know this SKU."),
        ("UNKNOWN-EMPTY", "Unknown SKU", "Nothing came back."),
        ("FORBIDDEN-001", "Forbidden", "prices:wholesale"),
        ("BROKEN-001", "Failed", "HTTP 500"),
    ] {
        window.look_up_and_wait(sku);
        let chips: Vec<_> = window.all(Role::Label).into_iter().filter(|text| words.contains(&text.as_str())).collect();
        assert_eq!(chips, [word], "{sku}");
        window.assert_says(meaning);
        let zeros = window.cells().iter().filter(|cell| *cell == "0.00" || *cell == "0").count();
        assert_eq!(zeros > 0, word == "Zero price", "{sku}");
    }
    assert!(window.button("Look up again").rect().is_positive(), "a failure offers its next step");
}

#[test]
fn p3_nothing_is_stated_that_the_server_did_not_say() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    let says = |window: &Window, words: &str| window.all(Role::Label).iter().any(|text| text.contains(words));
    let knows = ["The server knows the SKU", "The server does not know this SKU"];
    for (status, body, stated, word) in [
        (200, r#"{"status":"ok"}"#, None, "The answer holds no price for this SKU."),
        (200, r#"{"items":[{"sku":"Y-1","price":1},{"sku":"Z-1","price":2}]}"#, None, "is none of them"),
        (200, "[]", None, "Nothing came back."),
        (200, r#"{"sku":"X-1","price":null}"#, Some(knows[0]), "That is not a price of zero."),
        (404, r#"{"error":"not_found","message":"SKU X-1"}"#, Some(knows[1]), "leading zeros"),
    ] {
        server.sandbox.set_fault(Fault::prices(ReplyFault::Canned(Canned::new(status, body))));
        window.look_up_and_wait("X-1");
        assert!(says(&window, word), "{body}: {}", window.screen());
        for words in knows {
            assert_eq!(says(&window, words), stated == Some(words), "{body}: “{words}”");
        }
    }
}

#[test]
fn p4_every_column_is_shown_whose_values_the_body_names() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    let body = r#"{"sku":"X-1","prices":[{"pricelist_code":"PL-A","from_quantity":10,"net":"8.32","gross":"9.90","currency":"EUR",
        "vat_mode":"NET","unit":"m","valid_from":"2026-09-01","valid_to":"2026-12-31"}]}"#;
    server.sandbox.set_fault(Fault::prices(ReplyFault::Canned(Canned::new(200, body))));
    window.look_up_and_wait("X-1");
    let columns = window.columns();
    for head in ["Price list", "From qty", "Amount", "Currency", "Kind", "VAT", "Unit", "Valid from", "Valid to"] {
        assert!(columns.iter().any(|column| column == head), "{head} is not among {columns:?}");
    }
    let cells = window.cells();
    for value in ["PL-A", "10", "8.32", "9.90", "EUR", "NET", "m", "1 Sep 2026", "31 Dec 2026"] {
        assert!(cells.iter().any(|cell| cell == value), "{value} is not among {cells:?}");
    }
}

#[test]
fn p4_the_names_of_article_and_price_list_are_shown_where_the_body_has_them() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    let body =
        r#"{"sku":"X-1","name":"Cordless drill","pricelist_code":"PL-A","pricelist_name":"Retail","price":"8.32"}"#;
    server.sandbox.set_fault(Fault::prices(ReplyFault::Canned(Canned::new(200, body))));
    window.look_up_and_wait("X-1");
    assert!(window.all(Role::Label).contains(&"Cordless drill".into()), "{}", window.screen());
    assert!(window.columns().contains(&"List name".into()) && window.cells().contains(&"Retail".into()));
}

#[test]
fn p4_columns_that_give_way_are_named() {
    let server = Server::start();
    let mut window =
        Window::open(Setup { size: vec2(800.0, 560.0), ..Setup::default() }.with_key_of(&server, "Staging SE"));
    window.look_up_and_wait("PRODUCT-001");
    assert!(!window.columns().contains(&"Valid to".into()));
    window.assert_says("Not shown for lack of room: ");
    window.assert_says("Valid to");
}

#[test]
fn p1_awkward_skus_reach_the_server_and_the_screen_byte_for_byte() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    for sku in ["00012345", "KABEL 3×1,5 m", "A/B+C#7&d=e", "TASSE 🦊 350 ml"] {
        window.look_up_and_wait(sku);
        // The sandbox prices each of these only if every byte arrived.
        window.assert_says("Priced");
        let shown = window.all(Role::Label);
        assert!(shown.iter().any(|text| text == sku), "{sku} is not among {shown:?}");
        assert_eq!(window.field("SKU").value().as_deref(), Some(sku));
    }
    let recent: Vec<_> = window.app().active_profile().unwrap().recent_skus.iter().map(String::as_str).collect();
    assert_eq!(recent, ["TASSE 🦊 350 ml", "A/B+C#7&d=e", "KABEL 3×1,5 m", "00012345"]);
}

#[test]
fn enter_and_the_button_look_up_and_the_field_keeps_the_keyboard() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    assert!(window.field("SKU").is_focused(), "typing can start at once");
    window.look_up_and_wait("PRODUCT-002");
    assert!(window.field("SKU").is_focused(), "the next SKU can be typed at once");
    window.type_into("SKU", "PRODUCT-003");
    window.click("Look up");
    window.until_answered("PRODUCT-003");
    window.type_into("SKU", "  ");
    assert!(!window.is_enabled("Look up"));
    window.assert_tooltip("Look up", "Type a SKU first.");
    window.key(Key::Enter);
    assert_eq!(server.sandbox.counts().price_requests, 2, "nothing is sent for an empty SKU");
}

#[test]
fn escape_and_cancel_stop_a_lookup_and_the_old_answer_stays() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-002");
    server.sandbox.set_fault(Fault::prices(ReplyFault::Hanging));
    for by_key in [true, false] {
        window.look_up("PRODUCT-003");
        window.until_said("Looking up PRODUCT-003");
        window.assert_says("19.90");
        if by_key {
            window.key(Key::Escape);
        } else {
            window.click("Cancel");
        }
        window.assert_silent("Looking up");
        window.assert_says("19.90");
        assert!(window.has_button("Look up"));
    }
    server.sandbox.clear_faults();
    window.look_up_and_wait("PRODUCT-003");
    window.assert_says("8.32");
}

#[test]
fn a_stale_answer_never_overwrites_a_newer_one() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.spoil_next(Endpoint::Prices, ReplyFault::Slow(Duration::from_millis(600)), 1);
    window.look_up("PRODUCT-002");
    window.until("the slow request", |_| server.sandbox.counts().price_requests == 1);
    window.look_up_and_wait("PRODUCT-004");
    window.during(Duration::from_millis(900), "the older answer came back", |window| {
        window.says("74.90") && !window.says("19.90")
    });
}

#[test]
fn a_slow_lookup_says_so_and_offers_to_cancel() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::prices(ReplyFault::Hanging));
    window.look_up("PRODUCT-001");
    window.until_said("The API is slow: 2 s so far, given up after 30 s.");
    let cancels = window.all(Role::Button).iter().filter(|name| name.starts_with("Cancel")).count();
    assert_eq!(cancels, 1);
    window.click("Cancel");
    window.assert_silent("Looking up");
}

#[test]
fn h6_a_wait_that_the_server_asks_for_is_counted_down_and_can_be_cancelled() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::prices(ReplyFault::RateLimit(Duration::from_secs(9))));
    window.look_up("PRODUCT-001");
    window.until_said("The API asks to wait. Try 2 of 3 starts in 9 s.");
    window.until_said("Try 2 of 3 starts in 8 s.");
    window.key(Key::Escape);
    window.assert_silent("The API asks to wait.");
    assert_eq!(server.sandbox.counts().price_requests, 1);
}

#[test]
fn t19_a_switch_of_profile_shows_its_own_token_and_its_own_result_at_once() {
    let (one, two) = (Server::start(), Server::start());
    let setup = Setup::default().with_key_of(&one, "Retail EU").with_key_of(&two, "Wholesale SE");
    let mut window = Window::open(setup);
    window.until_said("System keychain ready");
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("Token: Valid");

    window.click_role(Role::ListBoxOption, "Wholesale SE, Staging, No token");
    window.assert_says("Token: No token");
    window.assert_silent("19.90");
    window.assert_says("No price looked up yet");
    window.look_up_and_wait("ZERO-001");

    // A token that is slow to come for one profile is nothing to the other.
    two.sandbox.expire_tokens();
    two.sandbox.set_fault(Fault::prices(ReplyFault::Hanging));
    window.look_up("PRODUCT-004");
    window.until_said("Looking up PRODUCT-004");
    let list = window.all(Role::ListBoxOption);
    let row = list.iter().find(|name| name.starts_with("Retail EU")).unwrap().clone();
    window.click_role(Role::ListBoxOption, &row);
    window.assert_says("19.90");
    window.assert_says("Token: Valid");
    window.assert_silent("Looking up");
    window.assert_silent("Zero price");
    assert_eq!((one.sandbox.counts().token_requests, one.sandbox.counts().price_requests), (1, 1));
}

#[test]
fn the_switcher_in_the_bar_chooses_a_profile_too() {
    let (one, two) = (Server::start(), Server::start());
    let mut window = Window::open(Setup::default().with_key_of(&one, "Retail EU").with_key_of(&two, "Wholesale SE"));
    window.until_said("System keychain ready");
    window.click_role(Role::ComboBox, "Profile");
    window.click_role(Role::ListBoxOption, "Wholesale SE");
    assert_eq!(window.app().active_profile().unwrap().name, "Wholesale SE");
    window.assert_says(&format!("{}/prices?sku=", two.sandbox.api_url()));
}

#[test]
fn parameters_are_added_sent_and_left_out_again() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.type_into("SKU", "PRODUCT-001");
    window.click("Parameter");
    window.type_into("Parameter", "sku=OTHER");
    window.key(Key::Enter);
    assert!(window.app().search.parameters.is_empty(), "the SKU has a field of its own");
    window.type_into("Parameter", "currency=SEK");
    window.key(Key::Enter);
    window.assert_says("/prices?sku=PRODUCT-001&currency=SEK");
    assert!(window.field("SKU").is_focused(), "the keyboard goes back to the SKU");
    window.key(Key::Enter);
    window.until_answered("PRODUCT-001");
    assert!(window.cells().contains(&"109.00".into()) && !window.cells().contains(&"12.10".into()));

    window.click("currency=SEK");
    window.assert_silent("currency=SEK");
    window.click("Look up");
    window.until("both price lists", |window| window.cells().contains(&"12.10".into()));
    window.click("Parameter");
    window.click("Leave out");
    assert!(window.app().search.new_parameter.is_none());
}

#[test]
fn h7_copy_as_curl_names_the_variable_and_never_the_token() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("TASSE 🦊 350 ml");
    window.click("Copy as cURL");
    let token = window.app().status().unwrap().token.unwrap().secret().expose_secret().to_owned();
    let [command] = &window.clipboard[..] else { panic!("{} texts were copied", window.clipboard.len()) };
    assert!(command.contains("$TOKEN") && command.contains("curl") && command.contains("%F0%9F%A6%8A"), "{command}");
    assert!(!command.contains(&token) && !command.contains(server.secret()));
    window.assert_says("cURL command copied, with $TOKEN in place of the token.");
}

#[test]
fn p4_the_whole_body_is_there_as_tree_and_text_and_can_be_searched_and_copied() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-006");
    let rows = window.all(Role::TreeItem);
    assert!(rows.iter().any(|row| row.contains("sku: \"PRODUCT-006\"")), "{rows:?}");
    window.type_into("Find in body", "1e2");
    let rows = window.all(Role::TreeItem);
    assert!(rows.iter().any(|row| row.ends_with("1e2")), "{rows:?}");
    window.type_into("Find in body", "no such text");
    window.assert_says("Not found in the body.");
    window.type_into("Find in body", "");
    window.click_role(Role::RadioButton, "Text");
    window.assert_says("\"PRODUCT-006\"");
    assert!(window.all(Role::TreeItem).is_empty());
    window.click("Copy body");
    let body = window.app().desk().unwrap().shown.as_ref().unwrap().lookup.body.as_ref().unwrap().text().to_string();
    assert_eq!(window.clipboard, [body]);
}

#[test]
fn h8_a_body_that_is_no_json_is_said_and_shown_as_text() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::prices(ReplyFault::Html));
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("Failed");
    window.assert_says("<html");
    assert!(window.part(Role::RadioButton, "Tree").is_none(), "there is no tree to switch to");
}

#[test]
fn h8_a_large_body_does_not_hold_frames_up() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("LARGE-001");
    window.assert_says("Priced");
    window.assert_says("MB");
}

#[test]
fn recent_skus_of_this_key_go_into_the_field_and_enter_sends_them() {
    let (one, two) = (Server::start(), Server::start());
    let mut window = Window::open(Setup::default().with_key_of(&one, "Retail EU").with_key_of(&two, "Wholesale SE"));
    window.until_said("System keychain ready");
    window.look_up_and_wait("PRODUCT-002");
    window.look_up_and_wait("PRODUCT-003");
    window.click("PRODUCT-002");
    assert_eq!(window.field("SKU").value().as_deref(), Some("PRODUCT-002"));
    assert!(window.field("SKU").is_focused());
    assert_eq!(one.sandbox.counts().price_requests, 2, "a click sends nothing");
    window.key(Key::Enter);
    window.until_answered("PRODUCT-002");
    assert_eq!(window.app().active_profile().unwrap().recent_skus, ["PRODUCT-002", "PRODUCT-003"]);

    window.click_role(Role::ListBoxOption, "Wholesale SE, Staging, No token");
    assert!(!window.has_button("PRODUCT-003"), "another key has SKUs of its own");
}

#[test]
fn k3_a_lookup_that_ends_at_the_keychain_names_it_and_works_once_it_answers() {
    for (mood, why, next) in [
        (Mood::Fails(KeychainError::Locked), "is locked", "Unlock it"),
        (Mood::Fails(KeychainError::Denied), "was refused", "allow access"),
        (Mood::Fails(KeychainError::Ambiguous { count: 2 }), "holds 2 secrets for this key", "Delete the key here"),
        (Mood::Panics, "crashed", "Try again"),
    ] {
        let server = Server::start();
        let mut window = Window::with_key_of(&server);
        window.store.set(mood);
        window.look_up_and_wait("PRODUCT-002");
        window.assert_says("Failed");
        window.assert_says(why);
        window.assert_says(next);
        window.store.set(Mood::Well);
        window.click("Look up again");
        window.until_said("19.90");
    }
}

#[test]
fn t16_a_refused_key_has_a_verdict_whose_button_leads_to_a_new_secret() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.revoke_key();
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("The server refused this key");
    window.assert_says("it was revoked, or the secret is wrong");
    window.assert_says("The server says: HTTP 401, invalid_client, Invalid client credentials.");
    window.assert_says("The server does not say which: a revoked key or a wrong secret.");
    window.assert_says("Token: Key refused");
    window.click("Copy this finding");
    let finding = window.clipboard.pop().unwrap();
    assert!(finding.contains("PRODUCT-001") && finding.contains("Staging SE"), "{finding}");
    assert!(!finding.contains(server.secret()) && !finding.contains("eyJ"), "{finding}");
    let card = window.all(Role::Button).iter().filter(|name| *name == "Replace secret…").count();
    assert_eq!(card, 3, "in the form, in the token's panel and in the card");
    window.click_last("Replace secret…");
    assert!(window.app().form.replacing);
    window.click("Keep old secret");
    window.click("Add another key");
    assert!(window.app().form.editing.is_none(), "a revoked key needs a new one");
}

#[test]
fn a_verdict_about_a_url_leads_to_its_field() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::prices(ReplyFault::Redirect));
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("answered with a redirect (307)");
    window.assert_says("Ruled out");
    window.assert_says("This PC's is right (±1 s)");
    assert!(!window.app().form.urls_open);
    window.click("Edit URLs");
    assert!(window.field("API URL").is_focused(), "the field of the request that failed");
}

#[test]
fn a_verdict_about_a_body_opens_it() {
    let server = Server::start();
    let setup = Setup { size: vec2(800.0, 560.0), ..Setup::default() };
    let mut window = Window::open(setup.with_key_of(&server, "Staging SE"));
    window.until_said("System keychain ready");
    server.sandbox.set_fault(Fault::prices(ReplyFault::Garbage));
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("Open the body to see what came.");
    window.assert_silent("price; 12,10");
    window.click("Show the body");
    window.assert_says("price; 12,10");
}

#[test]
fn t17_the_wait_for_the_next_token_counts_down_and_stands_in_no_sentence() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::token(ReplyFault::RateLimit(Duration::from_secs(4))));
    window.look_up_and_wait("PRODUCT-001");
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("The token endpoint asks to slow down (HTTP 429).");
    window.until_said("Try again in 2 s, as the server asks.");
    window.until_said("You can try again now.");
    window.assert_silent("next try is in");
    server.sandbox.set_fault(Fault::token(ReplyFault::Failing));
    server.sandbox.clear_fault(&Fault::token(ReplyFault::RateLimit(Duration::ZERO)));
    window.look_up_and_wait("PRODUCT-003");
    window.until_said("The next try is possible in 1 s.");
    window.until("the end of the wait", |window| !window.says("The next try is possible in"));
    window.assert_says("The token endpoint failed (HTTP 500).");
}

#[test]
fn shortcuts_lead_to_the_field_and_the_tabs() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-002");
    window.key_with(Modifiers::COMMAND, Key::Num2);
    window.assert_says("Claims of token #1");
    window.assert_silent("19.90");
    window.key_with(Modifiers::COMMAND, Key::L);
    window.assert_says("19.90");
    assert!(window.field("SKU").is_focused());
}

#[test]
fn a_sku_and_enter_that_come_in_one_slow_frame_are_looked_up() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.focus("SKU");
    let enter = egui::Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    window.harness.input_mut().events.extend([egui::Event::Text("PRODUCT-002".into()), enter]);
    window.until_answered("PRODUCT-002");
}

#[test]
fn an_answer_to_another_sku_than_the_one_in_the_field_says_so() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-002");
    window.assert_silent("Earlier answer");
    window.type_into("SKU", "PRODUCT-003");
    window.assert_says("Earlier answer");
}

#[test]
fn h6_a_wait_that_the_server_asks_for_ends_in_an_answer() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.spoil_next(Endpoint::Prices, ReplyFault::RateLimit(Duration::from_secs(1)), 1);
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("19.90");
    assert_eq!(server.sandbox.counts().price_requests, 2);
}

#[test]
fn h6_a_limit_that_stays_is_counted_down_until_one_can_try_again() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    server.sandbox.set_fault(Fault::prices(ReplyFault::RateLimit(Duration::from_secs(2))));
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("Try again in 2 s, as the server asks.");
    assert!(window.next_frame_in() <= Duration::from_millis(1010), "the text changes by itself");
    window.until_said("Try again in 1 s, as the server asks.");
    window.until_said("You can try again now.");
}

#[test]
fn t14_a_token_that_the_api_refuses_once_is_replaced_without_a_word_to_the_user() {
    let server = Server::start();
    let mut window = Window::with_key_of(&server);
    window.look_up_and_wait("PRODUCT-001");
    server.sandbox.expire_tokens();
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("19.90");
    window.assert_says("Token #2");
    assert!(!window.has_button("Look up again"), "there is nothing to tell");
}

#[test]
fn t19_a_refusal_of_one_key_is_not_a_refusal_of_the_other() {
    let (one, two) = (Server::start(), Server::start());
    let mut window = Window::open(Setup::default().with_key_of(&one, "Retail EU").with_key_of(&two, "Wholesale SE"));
    window.until_said("System keychain ready");
    one.sandbox.revoke_key();
    window.look_up_and_wait("PRODUCT-001");
    window.assert_says("Token: Key refused");
    window.click_role(Role::ListBoxOption, "Wholesale SE, Staging, No token");
    window.assert_says("Token: No token");
    window.look_up_and_wait("PRODUCT-002");
    window.assert_says("Token: Valid");
}
