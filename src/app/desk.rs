//! The price lookups of one profile: the one under way, and the last answer. Each profile has its own, so that a price of
//! one environment is never seen under the name of another.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use super::article;
use crate::activity::Event;
use crate::prices::client::Progress;
use crate::prices::json::{Kind, Node};
use crate::prices::{Body, Lookup, Price, PriceQuery};
use crate::task::{Broken, Spawner, Task};

/// The lookups of one profile.
#[derive(Default)]
pub struct Desk {
    task: Task<Shown>,
    progress: Option<watch::Receiver<Progress>>,
    /// What is being asked for.
    pub asked: Option<PriceQuery>,
    /// The last answer; it stays while the next one is under way.
    pub shown: Option<Shown>,
    /// The last lookup broke inside the program.
    pub broken: Option<Broken>,
}

/// An answer, and its body as the tree view takes it. Made off the UI thread, since a body can be large.
pub struct Shown {
    pub lookup: Lookup,
    /// The body as JSON; every number keeps the letters of the server (P2).
    pub tree: Option<serde_json::Value>,
    pub overview: Overview,
    /// The article's name, where the body gives one.
    pub article: Option<String>,
    /// What was sent for it and what came of it, where it failed.
    pub trail: Vec<Arc<Event>>,
    /// Counts up with every answer of the desk, so that views know one body from the next.
    pub number: u64,
}

impl Shown {
    /// An answer, ready to be shown.
    pub fn of(lookup: Lookup) -> Self {
        let tree = lookup.body.as_ref().and_then(tree_of);
        let overview = Overview::of(&lookup.prices);
        let article = tree.as_ref().and_then(|body| article::name_in(body, &lookup.sku, &lookup.prices));
        Self { lookup, tree, overview, article, trail: Vec::new(), number: 0 }
    }
}

/// What a table has to know of all prices before it draws the first. There can be thousands, so they are looked through once, and
/// not in every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overview {
    /// How many price lists are named.
    pub price_lists: usize,
    /// The most digits that an amount has after its point.
    pub fraction_digits: u8,
    pub list_names: Named,
    pub kinds: Named,
    pub units: Named,
}

/// Whether any price names a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Named {
    #[default]
    Nowhere,
    Somewhere,
}

impl Overview {
    pub(super) fn of(prices: &[Price]) -> Self {
        let named = |has: fn(&Price) -> bool| if prices.iter().any(has) { Named::Somewhere } else { Named::Nowhere };
        let lists: HashSet<&str> = prices.iter().filter_map(|price| price.price_list.as_deref()).collect();
        let digits =
            |price: &Price| price.amount.as_str().split_once('.').map_or(0, |(_, digits)| digits.len().min(8) as u8);
        Self {
            price_lists: lists.len(),
            fraction_digits: prices.iter().map(digits).max().unwrap_or(0),
            list_names: named(|price| price.price_list_name.is_some()),
            kinds: named(|price| price.kind.as_deref().is_some_and(|kind| kind != "price")),
            units: named(|price| price.unit.is_some()),
        }
    }
}

/// The body as the tree view takes it; nothing where it is not JSON. A body can be large: call it off the UI thread.
pub(crate) fn tree_of(body: &Body) -> Option<Value> {
    body.tree().map(|tree| value(tree.root()))
}

/// A node of the body as a JSON value. The body's depth is limited where it is read.
fn value(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Object => {
            node.children().map(|child| (child.key().unwrap_or_default().into_owned(), value(child))).collect()
        }
        Kind::Array => node.children().map(value).collect(),
        Kind::String => Value::String(node.text().unwrap_or_default().into_owned()),
        // serde_json's own reading would turn `1e2` into `1e+2`.
        Kind::Number => Value::Number(serde_json::Number::from_string_unchecked(node.raw().to_owned())),
        Kind::Bool => Value::Bool(node.raw() == "true"),
        Kind::Null => Value::Null,
    }
}

impl Desk {
    /// Starts a lookup; an earlier one that is still under way is stopped and its answer will never come.
    pub fn start<F>(&mut self, spawner: &Spawner, query: PriceQuery, work: impl FnOnce(watch::Sender<Progress>) -> F)
    where
        F: Future<Output = Shown> + Send + 'static,
    {
        let (sender, receiver) = watch::channel(Progress::Token);
        self.progress = Some(receiver);
        self.asked = Some(query);
        self.task.start(spawner, work(sender));
    }

    pub fn cancel(&mut self) {
        self.task.cancel();
        self.progress = None;
    }

    /// Takes a finished answer in.
    pub fn poll(&mut self) {
        let Some(answer) = self.task.take() else { return };
        self.progress = None;
        match answer {
            Ok(shown) => {
                let number = self.shown.as_ref().map_or(1, |before| before.number + 1);
                self.shown = Some(Shown { number, ..shown });
                self.broken = None;
            }
            Err(broken) => self.broken = Some(broken),
        }
    }

    /// Puts the same answer, read anew, in the place of the one on screen; not if that is another one by now.
    pub fn replace(&mut self, shown: Shown) {
        if self.shown.as_ref().is_some_and(|before| before.number == shown.number) {
            self.shown = Some(shown);
        }
    }

    pub fn is_running(&self) -> bool {
        self.task.is_running()
    }

    pub fn running_for(&self) -> Option<std::time::Duration> {
        self.task.running_for()
    }

    pub fn progress(&self) -> Option<Progress> {
        self.progress.as_ref().map(|progress| *progress.borrow())
    }
}
