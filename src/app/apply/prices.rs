//! Looking one SKU up from the *Single* view.

use jiff::Timestamp;

use super::super::{App, Drawer, Focus, PricesMode, Shown, Tab, history, trail};
use crate::keys::{KeychainError, ProfileId};
use crate::prices::{Lookup, LookupError, LookupErrorKind, PriceQuery, client};

impl App {
    pub(super) fn put_sku(&mut self, sku: String) {
        self.search.sku = sku;
        self.search.problem = None;
        self.search.focus = Focus::Take;
        self.prices_mode = PricesMode::Single;
    }

    pub(in crate::app) fn look_up(&mut self) {
        let Some(profile) = self.active_profile().cloned() else { return };
        self.withdraw_test();
        let query = match PriceQuery::new(self.search.sku.clone(), self.search.parameters.clone()) {
            Ok(query) => query,
            Err(error) => {
                self.search.problem = Some(error.to_string());
                return;
            }
        };
        self.search.problem = None;
        self.done = None;
        self.tab = Tab::Prices;
        self.prices_mode = PricesMode::Single;
        self.drawer = Drawer::Closed;
        self.remember_sku(&profile.id, query.sku());
        self.note_use(&profile.id);
        let (explorer, secret) = (self.explorer.clone(), self.secret_at(&profile));
        let drill = self.drill();
        let desk = self.desks.entry(profile.id.clone()).or_default();
        desk.start(&self.spawner, query.clone(), |progress| {
            let (wake, kept) = (self.spawner.clone(), self.past.kept.clone());
            async move {
                let started = Timestamp::now();
                let tell = |step| {
                    progress.send_replace(step);
                    wake.wake();
                };
                let lookup = match explorer.open(&profile, &secret).await {
                    Err(error) => no_secret(&query, &error, started),
                    Ok(session) => client::look_up(&explorer, &session, &query, tell).await,
                };
                kept.note_single(history::header(&profile, &lookup, drill), lookup.clone());
                let trail = trail::of(&lookup, profile.id.as_str(), &explorer.activity);
                Shown { trail, ..Shown::of(lookup) }
            }
        });
    }

    fn remember_sku(&mut self, id: &ProfileId, sku: &str) {
        let Some(profile) = self.settings.profile_mut(id) else { return };
        if profile.recent_skus.first().is_none_or(|first| first != sku) {
            profile.remember_sku(sku);
            self.save_settings();
        }
    }
}

/// A lookup that ended at the keychain.
fn no_secret(query: &PriceQuery, error: &KeychainError, started: Timestamp) -> Lookup {
    let error = LookupError::new(LookupErrorKind::NoKey, error.to_string(), error.next_step().to_string());
    Lookup::failed(query, error, started)
}
