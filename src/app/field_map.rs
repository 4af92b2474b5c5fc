//! The field map of the chosen key, while it is edited: what is typed, what would be read by it, and the map saved or forgotten.
//!
//! Owns the editor's state and its tasks: a body can be large, so it is read behind the window, and the last preview stays until the
//! next is there. Which field a click goes to is the view's.

use jiff::Timestamp;

use super::desk::Overview;
use super::{Action, App, Question, Shown};
use crate::activity::EventReason;
use crate::keys::ProfileId;
use crate::prices::{Answer, FieldMap, MappedField};
use crate::task::Task;

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldMapAction {
    /// Open the editor, with the map that the key has.
    Open,
    /// Show what would be read with these places.
    Preview(Places),
    Save(Places),
    /// Read this key's answers by the usual names again.
    Forget,
}

/// The places as they are typed, in the order of [`MappedField::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places(pub [String; MappedField::ALL.len()]);

impl Places {
    pub fn of(map: &FieldMap) -> Self {
        Self(MappedField::ALL.map(|field| map.get(field).map_or_else(String::new, ToString::to_string)))
    }

    /// The map that they are, or what is wrong with each one that is no pointer.
    ///
    /// # Errors
    /// See [`FieldMap::parse`].
    pub fn parse(&self) -> Result<FieldMap, Vec<(MappedField, crate::prices::field_map::PointerError)>> {
        FieldMap::parse(MappedField::ALL.into_iter().zip(self.0.iter().map(String::as_str)))
    }
}

/// The editor.
#[derive(Default)]
pub struct Editor {
    /// Counts up whenever it is opened, so that the view knows when to begin anew.
    pub number: u64,
    preview: Task<Preview>,
    pub shown: Option<Preview>,
    /// The answer on screen, read anew, and the profile whose it is.
    reread_by_map: Task<(ProfileId, Shown)>,
    /// What went wrong while reading.
    pub problem: Option<String>,
}

/// What would be read.
pub struct Preview {
    pub places: Places,
    /// Which answer of the desk it is about.
    pub number: u64,
    pub answer: Answer,
    /// The fields that any of the prices has.
    pub fields: Vec<MappedField>,
    pub overview: Overview,
}

impl Editor {
    pub fn is_reading(&self) -> bool {
        self.preview.is_running()
    }

    pub(super) fn close(&mut self) {
        self.preview.cancel();
        self.shown = None;
        self.problem = None;
    }
}

impl App {
    pub(super) fn apply_to_field_map(&mut self, action: FieldMapAction) {
        match action {
            FieldMapAction::Open => self.open_field_map(),
            FieldMapAction::Preview(places) => self.preview_field_map(places),
            FieldMapAction::Save(places) => {
                if let Ok(map) = places.parse() {
                    self.take_field_map(map);
                }
            }
            FieldMapAction::Forget => self.take_field_map(FieldMap::default()),
        }
    }

    fn open_field_map(&mut self) {
        let Some(profile) = self.active_profile() else { return };
        let places = Places::of(&profile.field_map);
        self.field_map.number += 1;
        self.question = Some(Question::FieldMap);
        self.preview_field_map(places);
    }

    fn preview_field_map(&mut self, places: Places) {
        self.field_map.problem = None;
        let Some(shown) = self.desk().and_then(|desk| desk.shown.as_ref()) else { return };
        let lookup = &shown.lookup;
        let (Ok(map), Some(status), Some(body)) = (places.parse(), lookup.http_status, lookup.body.clone()) else {
            self.field_map.close();
            return;
        };
        let (number, sku) = (shown.number, lookup.sku.clone());
        let runtime = self.spawner.runtime().clone();
        self.field_map.preview.start(&self.spawner, async move {
            let read = runtime.spawn_blocking(move || {
                let answer = Answer::of_body(Some(&map), &sku, status, body);
                let prices = &answer.prices;
                let is_named = |field: &MappedField| prices.iter().any(|price| price.of_field(*field).is_some());
                let fields = MappedField::ALL.into_iter().filter(is_named).collect();
                Preview { places, number, fields, overview: Overview::of(prices), answer }
            });
            read.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
        });
    }

    fn take_field_map(&mut self, map: FieldMap) {
        let Some(id) = self.active.clone() else { return };
        let Some(profile) = self.settings.profile_mut(&id) else { return };
        let is_forgotten = map.is_empty();
        profile.field_map = map.clone();
        let sentence = if is_forgotten {
            "The field map was forgotten: prices are read by their usual names."
        } else {
            "A field map was saved: prices are read by it."
        };
        let profile = profile.clone();
        self.explorer.activity.note(EventReason::KeyChange, Timestamp::now(), &profile, sentence);
        self.done = Some(sentence);
        self.save_settings();
        self.apply(Action::CloseQuestion);
        self.reread_by_map(id, map);
    }

    /// Reads the answer on screen anew, so that it never stands there as a map that is gone had it.
    fn reread_by_map(&mut self, id: ProfileId, map: FieldMap) {
        let Some(shown) = self.desk().and_then(|desk| desk.shown.as_ref()) else { return };
        if !shown.lookup.can_be_reread() {
            return;
        }
        let (lookup, trail, number) = (shown.lookup.clone(), shown.trail.clone(), shown.number);
        let runtime = self.spawner.runtime().clone();
        self.field_map.reread_by_map.start(&self.spawner, async move {
            let read = runtime.spawn_blocking(move || Shown { trail, number, ..Shown::of(lookup.reread(Some(&map))) });
            (id, read.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic())))
        });
    }

    pub(super) fn poll_field_map(&mut self) {
        match self.field_map.preview.take() {
            None => {}
            Some(Ok(preview)) => self.field_map.shown = Some(preview),
            Some(Err(broken)) => self.field_map.problem = Some(broken.to_string()),
        }
        match self.field_map.reread_by_map.take() {
            None => {}
            Some(Ok((id, shown))) => {
                if let Some(desk) = self.desks.get_mut(&id) {
                    desk.replace(shown);
                }
            }
            Some(Err(broken)) => self.notice = Some(broken.to_string()),
        }
        // An answer that came while the editor is open is what the preview is about from now on.
        let number = self.desk().and_then(|desk| desk.shown.as_ref()).map(|shown| shown.number);
        let stale = self.field_map.shown.as_ref().filter(|preview| Some(preview.number) != number);
        if let (Some(Question::FieldMap), Some(preview), false) = (self.question, stale, self.field_map.is_reading()) {
            let places = preview.places.clone();
            self.field_map.shown = None;
            self.preview_field_map(places);
        }
    }
}
