//! The connection check of the window: the one under way, and the last one, for the profile that it was about.

use tokio::sync::watch;

use super::App;
use crate::connection::{self, Check, PriceWish};
use crate::keys::{Environment, ProfileId};
use crate::prices::PriceQuery;
use crate::sandbox::SAMPLE_SKU;
use crate::task::{Broken, Task};

/// The connection check.
#[derive(Default)]
pub struct Connection {
    task: Task<Check>,
    progress: Option<watch::Receiver<Check>>,
    shown: Option<(ProfileId, Check)>,
    /// The last check broke inside the program.
    pub broken: Option<Broken>,
}

impl Connection {
    pub fn is_running(&self) -> bool {
        self.task.is_running()
    }

    /// The check under way, or the last one.
    pub fn shown(&self) -> Option<&Check> {
        self.shown.as_ref().map(|(_, check)| check)
    }

    /// The same where it is about this profile.
    pub fn of(&self, id: &ProfileId) -> Option<&Check> {
        self.shown.as_ref().filter(|(of, _)| of == id).map(|(_, check)| check)
    }

    /// Takes in how far the check has got.
    pub(super) fn poll(&mut self) {
        if let (Some(progress), Some((_, check))) = (&mut self.progress, &mut self.shown)
            && progress.has_changed().unwrap_or(false)
        {
            check.clone_from(&progress.borrow_and_update());
        }
        match self.task.take() {
            None => return,
            Some(Ok(done)) => {
                if let Some((_, check)) = &mut self.shown {
                    *check = done;
                }
            }
            Some(Err(broken)) => {
                self.broken = Some(broken);
                self.shown = self.shown.take().map(|(id, check)| (id, check.cancelled()));
            }
        }
        self.progress = None;
    }

    pub(super) fn cancel(&mut self) {
        if !self.task.is_running() {
            return;
        }
        self.task.cancel();
        self.progress = None;
        self.shown = self.shown.take().map(|(id, check)| (id, check.cancelled()));
    }

    /// Forgets the last check of a profile that is gone.
    pub(super) fn forget(&mut self, id: &ProfileId) {
        if self.of(id).is_some() {
            self.cancel();
            self.shown = None;
        }
    }
}

impl App {
    /// Starts a check of the chosen profile, in place of one that runs.
    pub(super) fn check_connection(&mut self) {
        let Some(profile) = self.active_profile().cloned() else { return };
        self.note_use(&profile.id);
        let price = price_wish(&self.search.sku, profile.environment);
        let secret = self.secret_at(&profile);
        let (explorer, wake) = (self.explorer.clone(), self.spawner.clone());
        let plan = connection::run::plan(&profile, jiff::Timestamp::now());
        let (sender, receiver) = watch::channel(plan.clone());
        self.connection.broken = None;
        self.connection.progress = Some(receiver);
        self.connection.shown = Some((profile.id.clone(), plan));
        self.connection.task.start(&self.spawner, async move {
            let open = explorer.open(&profile, &secret);
            let tell = |check: &Check| {
                sender.send_replace(check.clone());
                wake.wake();
            };
            connection::run(&explorer, &profile, open, price, tell).await
        });
    }
}

/// What is asked for at the end: the SKU in the field, or the sandbox's own.
fn price_wish(typed: &str, environment: Environment) -> PriceWish {
    let sku = match (typed, environment) {
        ("", Environment::Sandbox) => SAMPLE_SKU,
        ("", _) => {
            let why = "No SKU is in the SKU field, so no price was asked for.";
            return PriceWish::Skip(why.into());
        }
        (typed, _) => typed,
    };
    match PriceQuery::new(sku, Vec::new()) {
        Ok(query) => PriceWish::Ask(query),
        Err(error) => PriceWish::Skip(format!("No price was asked for. {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_step_takes_the_sku_in_the_field_or_the_sandbox_s_own() {
        let sku = |typed, environment| match price_wish(typed, environment) {
            PriceWish::Ask(query) => query.sku().to_owned(),
            PriceWish::Skip(why) => why,
        };
        assert_eq!(sku(" 0042", Environment::Sandbox), " 0042");
        assert_eq!(sku("", Environment::Sandbox), "PRODUCT-001");
        assert!(sku("", Environment::Production).starts_with("No SKU is in the SKU field"));
        assert!(sku("A\nB", Environment::Production).starts_with("No price was asked for. "));
    }
}
