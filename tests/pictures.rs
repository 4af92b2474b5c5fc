//! Pictures of every part in every state, dark and light, compared with the ones in `tests/snapshots`.
//! After a wanted change, run with `UPDATE_SNAPSHOTS=1` and look at the pictures.

#![expect(clippy::expect_used, reason = "what a test draws is known")]
#![expect(clippy::many_single_char_names, reason = "x, y, w, h are the names in use")]

mod support;

use egui::{Rect, Theme, Ui, UiBuilder, pos2, vec2};
use quantaprice_explorer::ui::icon::Icon;
use quantaprice_explorer::ui::theme::{self, Palette};
use quantaprice_explorer::ui::widgets::{
    Button, Cell, CellAlign, Chip, Choice, Choosing, Column, EnvTag, EnvTone, Field, ListRow, Look, Offer, Ring,
    RingCentre, RingFill, RingSize, SecretField, Select, Stripes, Tab, Table, Tile, Tone, Verdict, body_tree,
    card as card_of, card_header, facts, header_row, key_value, notice, progress_bar, read_only_row, rule, segmented,
    spinner, tabs, text_area,
};

/// Draws `contents` at a place of the window, so that the picture has the mock-up's grid.
fn at<R>(ui: &mut Ui, x: f32, y: f32, w: f32, h: f32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let rect = Rect::from_min_size(pos2(x, y), vec2(w, h));
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(egui::Layout::left_to_right(egui::Align::Center)), contents)
        .inner
}

fn card(ui: &mut Ui, x: f32, y: f32, w: f32, h: f32, title: &str) {
    let p = Palette::of(ui);
    let rect = Rect::from_min_size(pos2(x, y), vec2(w, h));
    ui.painter().rect(rect, 8.0, p.card, (1.0, p.line), egui::StrokeKind::Inside);
    at(ui, x + 16.0, y + 12.0, w - 32.0, 20.0, |ui| ui.label(theme::small_strong(title)));
}

struct State {
    word: &'static str,
    time: Option<&'static str>,
    icon: Icon,
    tone: Tone,
    fill: RingFill,
    hint: &'static str,
}

fn token_states() -> [State; 10] {
    let state = |word, time, icon, tone, fill, hint| State { word, time, icon, tone, fill, hint };
    [
        state("No key", None, Icon::CircleDashed, Tone::Neutral, RingFill::Empty, "Nothing to fetch with"),
        state("No token", None, Icon::Circle, Tone::Neutral, RingFill::Empty, "Fetched at first use"),
        state("Fetching", None, Icon::LoaderCircle, Tone::Info, RingFill::Turning, "Asking for a token"),
        state("Valid", Some("53:48"), Icon::CircleCheck, Tone::Ok, RingFill::Left(0.897), "Served from the cache"),
        state("Refreshing", Some("4:29"), Icon::RefreshCw, Tone::Info, RingFill::Left(0.075), "Old token still serves"),
        state(
            "Stale",
            Some("0:48"),
            Icon::Hourglass,
            Tone::Warn,
            RingFill::Left(0.013),
            "Lookups wait for the new one",
        ),
        state("Expired", Some("0:00"), Icon::TimerOff, Tone::Warn, RingFill::Left(0.0), "Next lookup fetches"),
        state("Rejected", None, Icon::ShieldX, Tone::Err, RingFill::Empty, "The API said 401"),
        state("Key refused", None, Icon::OctagonX, Tone::Err, RingFill::Empty, "Nothing sent by itself"),
        state("Unreachable", None, Icon::WifiOff, Tone::Warn, RingFill::Empty, "Next try in 8 s"),
    ]
}

fn parts(ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.ctx().layer_painter(egui::LayerId::background()).rect_filled(ui.ctx().content_rect(), 0.0, p.canvas);

    card(ui, 24.0, 16.0, 1232.0, 174.0, "Token states: word, icon, ring");
    for (i, state) in token_states().iter().enumerate() {
        let (column, row) = ((i % 5) as f32, (i / 5) as f32);
        let (x, y) = (41.0 + 242.8 * column, 57.0 + 66.0 * row);
        at(ui, x, y, 52.0, 52.0, |ui| {
            let centre = match state.time {
                Some(time) => RingCentre::Time { time, caption: "left" },
                None => RingCentre::Icon(state.icon),
            };
            let mut ring = Ring::new(state.word, state.tone, state.fill, centre).size(RingSize::Small).on(p.card);
            if state.time.is_some() {
                ring = ring.marks(Some(0.078), Some(0.017));
            }
            ui.add(ring);
        });
        at(ui, x + 64.0, y + 6.0, 180.0, 22.0, |ui| {
            ui.add(Chip::new(state.tone, state.icon, state.word).time(state.time));
        });
        at(ui, x + 64.0, y + 30.0, 180.0, 16.0, |ui| ui.label(theme::caption(state.hint).color(p.text2)));
    }

    card(ui, 24.0, 202.0, 754.0, 78.0, "Outcomes of a lookup");
    at(ui, 41.0, 243.0, 720.0, 22.0, |ui| {
        for (tone, icon, word) in [
            (Tone::Ok, Icon::CircleCheck, "Priced"),
            (Tone::Warn, Icon::CircleDot, "Zero price"),
            (Tone::Neutral, Icon::CircleMinus, "No price"),
            (Tone::Info, Icon::CircleQuestionMark, "Unknown SKU"),
            (Tone::Deny, Icon::Lock, "Forbidden"),
            (Tone::Err, Icon::CircleX, "Failed"),
        ] {
            ui.add(Chip::new(tone, icon, word));
        }
    });

    card(ui, 790.0, 202.0, 466.0, 78.0, "Environments");
    at(ui, 807.0, 243.0, 440.0, 20.0, |ui| {
        for tone in [EnvTone::Production, EnvTone::Staging, EnvTone::Development, EnvTone::Sandbox] {
            ui.add(EnvTag::new(tone));
        }
    });

    card(ui, 24.0, 292.0, 754.0, 236.0, "Buttons");
    let looks = [
        (Look::Rest, "Rest"),
        (Look::Hovered, "Hovered"),
        (Look::Pressed, "Pressed"),
        (Look::Focused, "Focused"),
        (Look::Disabled, "Disabled"),
    ];
    for (i, (look, word)) in looks.into_iter().enumerate() {
        let x = 125.0 + 127.3 * i as f32;
        let x = x.round();
        at(ui, x, 335.0, 120.0, 16.0, |ui| ui.label(theme::caption(word).color(p.muted)));
        at(ui, x, 357.0, 120.0, 32.0, |ui| {
            ui.add(Button::primary("Look up").icon(Icon::Search).drawn_as(look));
        });
        at(ui, x, 397.0, 120.0, 32.0, |ui| {
            ui.add(Button::secondary("Test key").icon(Icon::PlugZap).drawn_as(look));
        });
        at(ui, x, 437.0, 120.0, 32.0, |ui| {
            ui.add(Button::ghost("Export").icon(Icon::Upload).drawn_as(look));
        });
        at(ui, x, 477.0, 120.0, 32.0, |ui| {
            ui.add(Button::danger("Delete key").icon(Icon::Trash2).drawn_as(look));
        });
    }
    for (i, word) in ["Primary", "Secondary", "Ghost", "Danger"].into_iter().enumerate() {
        at(ui, 41.0, 357.0 + 40.0 * i as f32, 80.0, 32.0, |ui| ui.label(theme::small(word).color(p.text2)));
    }
    fields(ui);
    colours(ui);
    type_scale(ui);
}

fn fields(ui: &mut Ui) {
    card(ui, 790.0, 292.0, 466.0, 236.0, "Fields");
    let mut texts = [String::new(), "a1b2c3".to_owned(), "a1b2c3g4".to_owned()];
    let error = "Character 7 is “g”: only 0–9 and a–f.";
    let [empty, focused, wrong] = &mut texts;
    at(ui, 807.0, 333.0, 432.0, 32.0, |ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            Field::new("Rest", empty).label_width(76.0).hint("24 hex characters").show(ui);
            let id = Field::new("Focused", focused).label_width(76.0).mono().show(ui).id;
            if ui.memory(|memory| memory.focused().is_none()) {
                ui.memory_mut(|memory| memory.request_focus(id));
            }
            Field::new("Wrong", wrong).label_width(76.0).mono().error(Some(error)).show(ui);
            read_only_row(ui, "Read-only", 76.0, 32.0, "Saved 4 Aug 2026 ·", "7f3a");
        });
    });
}

fn colours(ui: &mut Ui) {
    card(ui, 24.0, 540.0, 754.0, 244.0, "Colours");
    let p = Palette::of(ui);
    let tokens = [
        ("canvas", p.canvas),
        ("panel", p.panel),
        ("card", p.card),
        ("raised", p.raised),
        ("field", p.field),
        ("select", p.select),
        ("line", p.line),
        ("control", p.control),
        ("text", p.text),
        ("text2", p.text2),
        ("muted", p.muted),
        ("accent", p.accent),
        ("accentfill", p.accent_fill),
        ("ok", p.ok),
        ("warn", p.warn),
        ("err", p.err),
        ("info", p.info),
        ("deny", p.deny),
        ("okbg", p.ok_bg),
        ("warnbg", p.warn_bg),
        ("errbg", p.err_bg),
        ("infobg", p.info_bg),
        ("denybg", p.deny_bg),
        ("neutralbg", p.neutral_bg),
        ("prod", p.prod),
        ("stag", p.stag),
        ("dev", p.dev),
        ("sand", p.sand),
        ("onaccent", p.on_accent),
        ("onenv", p.on_env),
    ];
    for (i, (name, colour)) in tokens.into_iter().enumerate() {
        let (x, y) = (41.0 + 145.7 * (i / 6) as f32, 586.0 + 30.0 * (i % 6) as f32);
        let swatch = Rect::from_min_size(pos2(x.round(), y), vec2(21.0, 20.0));
        ui.painter().rect(swatch, 4.0, colour, (1.0, p.control), egui::StrokeKind::Inside);
        at(ui, x + 29.0, y, 60.0, 20.0, |ui| ui.label(theme::caption(name)));
        let [r, g, b, _] = colour.to_array();
        at(ui, x + 94.0, y, 50.0, 20.0, |ui| {
            ui.label(theme::mono_small(format!("{r:02X}{g:02X}{b:02X}")).color(p.muted));
        });
    }
}

fn type_scale(ui: &mut Ui) {
    card(ui, 790.0, 540.0, 466.0, 244.0, "Type");
    let p = Palette::of(ui);
    let samples = [
        (597.0, "Timer 24/28 600", theme::timer("53:48")),
        (626.0, "Title 20/28 600", theme::title("Two ways to start")),
        (654.0, "Heading 16/24 600", theme::heading("The server refused this key")),
        (679.0, "Body 14/20", theme::body("Create a new key in the Account Portal")),
        (703.0, "Small 13/18", theme::small("6 prices in 2 price lists")),
        (727.0, "Caption 12/16", theme::caption("14:26:41 UTC, 24 Nov 2026")),
        (751.0, "Mono 13/18", theme::mono("PRODUCT-O19 PRODUCT-019 Il1")),
    ];
    for (y, name, sample) in samples {
        at(ui, 807.0, y - 14.0, 115.0, 28.0, |ui| ui.label(theme::caption(name).color(p.muted)));
        at(ui, 927.0, y - 14.0, 320.0, 28.0, |ui| ui.label(sample));
    }
}

const BODY: &str = r#"{"sku":"PRODUCT-001","items":[
    {"pricelist":{"code":"PL-RETAIL","currency_code":"EUR","vat_mode":"GROSS","name":"Shops"},
     "breaks":[{"from":1,"price":12.10},{"from":10,"price":11.50},{"from":100,"price":9.95}],"valid":null},
    {"pricelist":{"code":"PL-WHOLESALE-SE","currency_code":"SEK","vat_mode":"NET","name":"Partners"},
     "breaks":[{"from":1,"price":109.00}],"valid":true}],"served":"2026-11-24"}"#;

/// The composed parts, on the surfaces where they live.
fn composed(ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.ctx().layer_painter(egui::LayerId::background()).rect_filled(ui.ctx().content_rect(), 0.0, p.canvas);
    let left = Rect::from_min_size(pos2(0.0, 0.0), vec2(320.0, 960.0));
    ui.painter().rect_filled(left, 0.0, p.panel);
    at_column(ui, 16.0, 16.0, 287.0, 940.0, left_column);
    at_column(ui, 344.0, 0.0, 912.0, 940.0, centre);
}

fn at_column<R>(ui: &mut Ui, x: f32, y: f32, w: f32, h: f32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let rect = Rect::from_min_size(pos2(x, y), vec2(w, h));
    let layout = egui::Layout::top_down(egui::Align::Min);
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout), contents).inner
}

fn left_column(ui: &mut Ui) {
    card_of(ui, |ui| {
        for (tone, icon, name, note, env, choosing) in [
            (Tone::Ok, Icon::CircleCheck, "Retail EU", None, EnvTone::Production, Choosing::Chosen),
            (Tone::Warn, Icon::TriangleAlert, "Nordics", Some("34 d unused"), EnvTone::Production, Choosing::NotChosen),
            (
                Tone::Neutral,
                Icon::CircleDashed,
                "A profile with a very long name",
                None,
                EnvTone::Sandbox,
                Choosing::NotChosen,
            ),
        ] {
            ui.add(ListRow { tone, icon, name, note, env, choosing, accessible_name: name });
        }
    });
    ui.add_space(4.0);
    let mut texts = ["Retail EU".to_owned(), "a1b2c3d4e5f6a1b2c3d4e5f6".to_owned(), "0123456789abcdef".to_owned()];
    let [name, id, secret] = &mut texts;
    Field::new("Profile name", name).compact().show(ui);
    Select::new("Environment").label_width(80.0).compact().show(ui, &mut Some(0), &[Choice::from("Production")]);
    Field::new("Client ID", id).compact().mono().show(ui);
    SecretField::new("Client secret", secret).compact().show(ui);
    read_only_row(ui, "Saved secret", 80.0, 28.0, "Saved 4 Aug 2026 ·", "7f3a");
    ui.horizontal(|ui| {
        let nothing = Some("Nothing has changed.");
        ui.add(Button::secondary("Save key").icon(Icon::Save).compact().width(139.5).blocked(nothing));
        ui.add(Button::secondary("Test key").icon(Icon::PlugZap).compact().width(139.5));
    });
    let portal = Offer { word: "Account Portal", icon: Icon::ExternalLink };
    text_area(ui, "Decode another token", &mut String::new(), "Paste a JWT, eyJ…", 3);
    notice(ui, Tone::Warn, Icon::TriangleAlert, "112 days old. Rotate it in the", Some(portal));
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        let centre = RingCentre::Time { time: "53:48", caption: "left" };
        let name = "Token status: Valid, 53 min 48 s";
        ui.add(Ring::new(name, Tone::Ok, RingFill::Left(0.897), centre).marks(Some(0.078), Some(0.017)));
        ui.vertical(|ui| {
            key_value(ui, "Expires", "15:26:41");
            ui.add(Chip::new(Tone::Ok, Icon::CircleCheck, "Valid").time(Some("53:48")).plain());
            ui.add(Chip::new(Tone::Ok, Icon::CircleCheck, "Valid").time(Some("53:48")).bar());
        });
    });
    ui.horizontal(|ui| {
        spinner(ui, 20.0, "Asking for a token");
        ui.add(EnvTag::new(EnvTone::Production).bar());
        ui.add(Button::ghost("Light theme").icon_only(Icon::Moon));
    });
}

fn centre(ui: &mut Ui) {
    tabs(
        ui,
        &mut 0,
        &[
            Tab { icon: Icon::Tags, word: "Prices" },
            Tab { icon: Icon::ShieldCheck, word: "Token" },
            Tab { icon: Icon::Activity, word: "Activity" },
        ],
    );
    segmented(ui, &mut 0, &["Single", "Batch", "Compare"]);
    Verdict::new(
        Tone::Err,
        Icon::OctagonX,
        "The server refused this key: it was revoked, or the secret is wrong.",
        "Create a new key in the Account Portal, or paste the current secret; the new one is tried before the old one goes.",
    )
    .main(Offer { word: "Replace secret…", icon: Icon::RotateCcw })
    .others(&[
        Offer { word: "Account Portal", icon: Icon::ExternalLink },
        Offer { word: "Copy this finding", icon: Icon::Copy },
    ])
    .show(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let (tone, icon) = (Tone::Neutral, Icon::List);
        ui.add(Tile { tone, icon, word: "All", count: "742", choosing: Choosing::Chosen, width: 123.0 });
        let (tone, icon) = (Tone::Ok, Icon::CircleCheck);
        ui.add(Tile { tone, icon, word: "Priced", count: "688", choosing: Choosing::NotChosen, width: 123.0 });
        ui.vertical(|ui| {
            ui.add_space(24.0);
            let parts = [(Tone::Ok, 0.57), (Tone::Warn, 0.01), (Tone::Err, 0.02)];
            progress_bar(ui, "742 of 1,200 SKUs", &parts);
        });
    });
    card_of(ui, |ui| {
        header_row(
            ui,
            52.0,
            |ui| {
                ui.label(theme::mono_title("PRODUCT-001"));
                ui.add(Chip::new(Tone::Ok, Icon::CircleCheck, "Priced"));
                ui.label(theme::small("6 prices in 2 price lists").color(Palette::of(ui).text2));
            },
            |ui| facts(ui, &["HTTP 200", "84 ms", "Token #7", "14:32:53"]),
        );
        prices(ui);
        rule(ui);
        card_header(ui, "Response body", |ui| {
            ui.add(Button::secondary("Copy body").icon(Icon::Copy).compact());
            let mut find = String::new();
            Field::new("Find in body", &mut find)
                .label_unseen()
                .compact()
                .icon(Icon::Search)
                .hint("Find in body")
                .width(220.0)
                .show(ui);
        });
        ui.allocate_ui(vec2(ui.available_width(), 210.0), |ui| {
            let body: serde_json::Value = serde_json::from_str(BODY).expect("the body is JSON");
            body_tree(ui, &body, "12.1");
        });
    });
}

fn prices(ui: &mut Ui) {
    let columns = [
        Column::new("Price list", 130.0).grows(),
        Column::new("From quantity", 80.0).align(CellAlign::Right),
        Column::new("Amount", 79.0).align(CellAlign::Decimal { fraction_digits: 2 }),
        Column::new("Currency", 56.0),
        Column::new("VAT", 48.0),
        Column::new("Valid from", 84.0).drops(1),
        Column::new("Valid to", 88.0).drops(2),
        Column::new("Read from", 142.0).drops(3),
    ];
    let rows = [
        ["PL-RETAIL", "1", "12.10", "EUR", "GROSS", "1 Sep 2026", "not set", "items[0].breaks[0]"],
        ["PL-RETAIL", "10", "11.50", "EUR", "GROSS", "1 Sep 2026", "not set", "items[0].breaks[1]"],
        ["PL-WHOLESALE-SE", "1", "1e2", "SEK", "NET", "1 Sep 2026", "31 Dec 2026", "items[1].breaks[0]"],
        ["PL-WHOLESALE-SE", "100", "89", "SEK", "NET", "1 Sep 2026", "31 Dec 2026", "items[1].breaks[1]"],
    ];
    Table::new("prices", &columns).grouped().stripes(Stripes::Plain).max_height(151.0).show(ui, rows.len(), |index| {
        let [list, from, amount, currency, vat, since, until, read] = rows[index];
        vec![
            Cell::new(list).strong(),
            Cell::new(from),
            Cell::new(amount).amount(),
            Cell::new(currency),
            Cell::new(vat),
            Cell::new(since).secondary(),
            Cell::new(until).secondary(),
            Cell::new(read).mono_small().muted(),
        ]
    });
}

#[test]
fn parts_look_as_drawn_in_dark() {
    support::harness([1280.0, 800.0], 1.0, Theme::Dark, parts).snapshot("parts-dark");
}

#[test]
fn parts_look_as_drawn_in_light() {
    support::harness([1280.0, 800.0], 1.0, Theme::Light, parts).snapshot("parts-light");
}

#[test]
fn composed_parts_look_as_drawn_in_dark() {
    support::harness([1280.0, 960.0], 1.0, Theme::Dark, composed).snapshot("composed-dark");
}

#[test]
fn composed_parts_look_as_drawn_in_light() {
    support::harness([1280.0, 960.0], 1.0, Theme::Light, composed).snapshot("composed-light");
}

#[test]
fn composed_parts_are_sharp_at_two_hundred_percent() {
    support::harness([1280.0, 960.0], 2.0, Theme::Dark, composed).snapshot("composed-dark-200");
}

#[test]
fn a_revealed_secret_can_be_read_on_screen() {
    use egui_kittest::kittest::Queryable as _;
    let mut harness = support::builder([360.0, 64.0], 1.0, Theme::Dark).build_ui_state(
        |ui, secret: &mut String| {
            SecretField::new("Client secret", secret).show(ui);
        },
        "c0ffee5ec2e7".to_owned(),
    );
    harness.get_by_label("Show secret").click();
    harness.run();
    harness.snapshot("secret-revealed");
}
