//! The box for any other token, and the public key to check signatures with.
//!
//! Owns what was pasted. A paste is taken before the text field sees it, so that it gets neither into egui's undo history nor
//! onto the screen, and a megabyte costs no layout. What is typed by hand is shown as dots and wiped with the rest.

use egui::{Context, Event, Id, Ui};
use secrecy::SecretString;
use zeroize::{Zeroize as _, Zeroizing};

use super::shown::Token;
use crate::app::{Action, App};
use crate::inspect::{Inspection, NotAJwt, paste};
use crate::ui::icon::Icon;
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{Button, Field, Tone, card, card_body, card_header, notice, secret_area, wipe_undo};
use crate::ui::words;

/// The name of the box, which is its label as well.
const NAME: &str = "Paste a token to inspect";
/// Nobody types more than the longest token that the cache takes (T13), in characters.
const LONGEST_TYPED: usize = 16 * 1024;

/// Whether the row with the key file's path is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum KeyRow {
    #[default]
    Closed,
    Open,
}

/// The box. It has no `Debug`: it holds a secret.
#[derive(Default)]
pub(super) struct PasteBox {
    typed: Zeroizing<String>,
    held: Option<Held>,
    key_row: KeyRow,
    key_path: String,
}

/// What is being inspected.
struct Held {
    /// The size of what was pasted, in bytes.
    size: usize,
    dropped: Option<String>,
    read: Result<Token, Fault>,
}

struct Fault {
    sentence: String,
    tone: Tone,
}

fn box_id() -> Id {
    Id::unique("paste-a-token")
}

impl PasteBox {
    /// Forgets what was pasted or typed, undo history included.
    pub(super) fn wipe(&mut self, ctx: &Context) {
        self.held = None;
        self.typed.zeroize();
        wipe_undo(ctx, box_id());
    }

    /// The inspected token, if there is one.
    pub(super) fn token(&mut self) -> Option<&mut Token> {
        self.held.as_mut()?.read.as_mut().ok()
    }

    pub(super) fn show(&mut self, ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
        card(ui, |ui| {
            let is_empty = self.held.is_none() && self.typed.is_empty();
            let mut clear = false;
            card_header(ui, NAME, |ui| {
                let empty = is_empty.then_some("There is nothing to clear.");
                clear = ui.add(Button::secondary("Clear").icon(Icon::Eraser).compact().blocked(empty)).clicked();
                if ui.add(Button::secondary("Public key…").icon(Icon::FileKey).compact()).clicked() {
                    self.key_row = if self.key_row == KeyRow::Open { KeyRow::Closed } else { KeyRow::Open };
                }
            });
            if clear {
                self.wipe(ui.ctx());
            }
            card_body(ui, |ui| {
                self.text(ui, app);
                self.status(ui);
                if self.key_row == KeyRow::Open {
                    self.key_file(ui, app, actions);
                }
                key_status(ui, app, actions);
            });
        });
    }

    fn text(&mut self, ui: &mut Ui, app: &App) {
        let id = box_id();
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        if has_focus && let Some(pasted) = take_paste(ui) {
            self.wipe(ui.ctx());
            self.inspect(&pasted, app);
        }
        let hint = match &self.held {
            Some(_) if self.typed.is_empty() => "Hidden. Paste again to replace it.",
            _ => "A JWT (eyJ…), an Authorization header or a cURL line",
        };
        // Room for all that fits, so that typing does not move the secret and leave copies of it behind.
        if has_focus && self.typed.capacity() == 0 {
            self.typed.reserve(LONGEST_TYPED * 4);
        }
        let response = secret_area(ui, NAME, &mut *self.typed, hint, 2, id, LONGEST_TYPED);
        if response.changed() {
            self.held = None;
            if !self.typed.is_empty() {
                let typed = Zeroizing::new(self.typed.to_string());
                self.inspect(&typed, app);
            }
        }
        if !response.has_focus() {
            wipe_undo(ui.ctx(), id);
        }
    }

    fn inspect(&mut self, text: &str, app: &App) {
        let keys = app.inspector.keys.as_ref().map(|(_, keys)| keys);
        let mut dropped = None;
        let read = match paste::find(text) {
            Err(fault) => Err(Fault { sentence: fault.to_string(), tone: Tone::Warn }),
            Ok(found) => {
                dropped = found.dropped_sentence();
                let token: SecretString = found.token;
                Inspection::of(token).map(|read| Token::new(read, keys)).map_err(|fault| Fault {
                    sentence: fault.to_string(),
                    tone: match fault {
                        NotAJwt::Opaque | NotAJwt::Encrypted => Tone::Info,
                        NotAJwt::Empty | NotAJwt::ClientId => Tone::Warn,
                        NotAJwt::ClientSecret | NotAJwt::Parts(_) => Tone::Err,
                    },
                })
            }
        };
        self.held = Some(Held { size: text.len(), dropped, read });
    }

    /// One line of what came of it, which is there before anything is pasted, so that nothing jumps.
    fn status(&self, ui: &mut Ui) {
        let palette = Palette::of(ui);
        match &self.held {
            None => {
                let text = "Decoded here, sent nowhere, kept nowhere: gone with Clear, another tab or another key.";
                ui.label(theme::caption(text).color(palette.muted));
            }
            Some(Held { read: Err(fault), .. }) => {
                let icon = match fault.tone {
                    Tone::Info => Icon::Info,
                    Tone::Warn => Icon::TriangleAlert,
                    _ => Icon::CircleX,
                };
                notice(ui, fault.tone, icon, &fault.sentence, None);
            }
            Some(Held { size, dropped, .. }) => {
                let dropped = dropped.as_deref().unwrap_or("Nothing was left out.");
                let text = format!("{} held in memory, hidden. {dropped}", words::size(*size));
                ui.label(theme::caption(text).color(palette.text2));
            }
        }
    }

    fn key_file(&mut self, ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
        let palette = Palette::of(ui);
        let text = "To check signatures: the issuer's public key as PEM (key or certificate) or as a JWKS file. If no dialog opens on this system, type the path.";
        ui.label(theme::caption(text).color(palette.muted));
        ui.horizontal_top(|ui| {
            let busy = app.inspector.is_reading().then_some("A file is being chosen or read.");
            if ui.add(Button::secondary("Choose key file…").icon(Icon::FolderOpen).blocked(busy)).clicked() {
                actions.push(Action::ChooseKeyFile);
            }
            let room = (ui.available_width() - 96.0).max(80.0);
            let field =
                Field::new("Key file path", &mut self.key_path).label_unseen().mono().hint("/home/you/jwks.json");
            let response = field.width(room).id(Id::unique("key-file-path")).show(ui);
            let enter = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let blocked = self.key_path.trim().is_empty().then_some("Type a path first.");
            // Reading a path replaces a dialog that never answers.
            if (ui.add(Button::secondary("Read key").blocked(blocked)).clicked() || enter) && blocked.is_none() {
                actions.push(Action::ReadKeyFile(self.key_path.clone()));
            }
        });
    }
}

/// The key file in use, or why there is none.
fn key_status(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    if let Some(problem) = &app.inspector.problem {
        notice(ui, Tone::Err, Icon::CircleX, problem, None);
    }
    if let Some((name, keys)) = &app.inspector.keys {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            if ui.add(Button::ghost("Forget key file").icon_only(Icon::X).compact()).clicked() {
                actions.push(Action::ForgetKeyFile);
            }
            let text = format!("Signatures are checked with {name}: {}.", keys.summary());
            ui.add(egui::Label::new(theme::caption(text).color(palette.text2)).wrap());
        });
    }
}

/// Takes this frame's pastes out of the input, so that no text field gets them; the last one counts.
fn take_paste(ui: &Ui) -> Option<Zeroizing<String>> {
    ui.input_mut(|input| {
        let mut pasted = None;
        input.events.retain_mut(|event| match event {
            Event::Paste(text) => {
                pasted = Some(Zeroizing::new(std::mem::take(text)));
                false
            }
            _ => true,
        });
        pasted
    })
}
