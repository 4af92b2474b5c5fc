//! A token on the clipboard: put there at the user's wish, and taken away again (K8).
//!
//! Owns one thread of its own, started by the first copy, since a clipboard can hang. It clears the token after
//! [`KEPT_FOR`], when asked to, or when the program ends, and only if the clipboard still holds it. Refuses to keep what it
//! copied: it knows it again by its hash. Other texts hold no secret, and go to the clipboard by way of egui.

mod board;
mod keeper;
mod system;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;

pub use board::{Board, ClipboardError};
pub use keeper::{Ending, KEPT_FOR};
pub use system::SystemBoard;

use crate::token::clock::{Clock, Moment, SystemClock};
use keeper::{Keeper, since};

/// The clocks are looked at so often at least while a token is there: the wait itself does not see time spent in suspend.
const LONGEST_NAP: Duration = Duration::from_secs(1);
/// So long after another text was copied, that text is there.
const COPYING: Duration = Duration::from_millis(300);
/// So long the end of the program waits for the clipboard, and no longer: it can hang.
const LEAVING: Duration = Duration::from_secs(2);
/// A clipboard that takes longer than this is said not to answer.
const SLOW: Duration = Duration::from_secs(3);

type MakeBoard = Box<dyn FnOnce() -> Box<dyn Board> + Send>;
type Wake = Box<dyn Fn() + Send>;

/// The clipboard as the window knows it. No call waits for it, but for [`Self::leave`].
pub struct Clipboard {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
    /// What the thread is started with; gone once it runs.
    start: Option<(MakeBoard, Wake)>,
    orders: Option<mpsc::Sender<Order>>,
}

/// What the window shows of the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// No token of this program is there.
    Nothing,
    /// The clipboard was asked and has not answered yet.
    Asked,
    /// As [`Self::Asked`], for so long that something is wrong with it.
    Silent,
    /// The token is there, and cleared after this time.
    Held(Duration),
    /// The token's time is over, and it could not be cleared; that is tried again.
    NotCleared(ClipboardError),
}

/// What happened on the clipboard, told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    Ended(Ending),
    NotCopied(ClipboardError),
}

#[derive(Default)]
struct State {
    /// When the thread was asked for something that it has not done yet.
    asked: Option<Moment>,
    put_at: Option<Moment>,
    not_cleared: Option<ClipboardError>,
    news: Option<News>,
}

enum Order {
    Put(SecretString),
    Clear,
    /// Look whether something else has taken the token's place.
    LookAgain,
    Leave(mpsc::Sender<()>),
}

impl Clipboard {
    /// The clipboard of this system. `wake` is called when there is something new to show.
    pub fn new(wake: impl Fn() + Send + 'static) -> Self {
        Self::with(|| Box::<SystemBoard>::default(), Arc::new(SystemClock::default()), wake)
    }

    /// Another clipboard, and other clocks. The board is made by the thread that uses it.
    pub fn with(
        make: impl FnOnce() -> Box<dyn Board> + Send + 'static,
        clock: Arc<dyn Clock>,
        wake: impl Fn() + Send + 'static,
    ) -> Self {
        let start: (MakeBoard, Wake) = (Box::new(make), Box::new(wake));
        Self { clock, state: Arc::default(), start: Some(start), orders: None }
    }

    /// Puts a token on the clipboard.
    pub fn put(&mut self, token: SecretString) {
        if let Some((make, wake)) = self.start.take() {
            let (orders, inbox) = mpsc::channel();
            let worker = Worker { clock: Arc::clone(&self.clock), state: Arc::clone(&self.state), wake };
            let started = std::thread::Builder::new()
                .name("clipboard".to_owned())
                .spawn(move || worker.run(&inbox, Keeper::new(make())));
            match started {
                Ok(_thread) => self.orders = Some(orders),
                Err(error) => {
                    let reason = format!("no thread could be started for it: {error}");
                    self.lock().news = Some(News::NotCopied(ClipboardError::Failed { reason }));
                }
            }
        }
        self.order(Order::Put(token));
    }

    /// Takes the token off the clipboard now, if it is still there.
    pub fn clear(&self) {
        self.order(Order::Clear);
    }

    /// To be called when another text is copied: soon the token is not there any more.
    pub fn look_again(&self) {
        if let Some(orders) = &self.orders {
            let _ended = orders.send(Order::LookAgain);
        }
    }

    /// Takes the token off the clipboard if it is still there, and waits for that, though not for long. The program ends then.
    pub fn leave(&mut self) {
        let Some(orders) = self.orders.take() else { return };
        let (done, is_done) = mpsc::channel();
        if orders.send(Order::Leave(done)).is_ok() {
            let _too_slow = is_done.recv_timeout(LEAVING);
        }
    }

    pub fn shown(&self) -> Shown {
        let now = self.clock.now();
        let state = self.lock();
        if let Some(asked) = state.asked {
            return if since(asked, now) < SLOW { Shown::Asked } else { Shown::Silent };
        }
        match (&state.not_cleared, state.put_at) {
            (Some(error), _) => Shown::NotCleared(error.clone()),
            (None, Some(put_at)) => Shown::Held(KEPT_FOR.saturating_sub(since(put_at, now))),
            (None, None) => Shown::Nothing,
        }
    }

    /// What happened since the last call.
    pub fn news(&self) -> Option<News> {
        self.lock().news.take()
    }

    /// After which time the window reads differently by itself.
    pub fn changes_in(&self) -> Option<Duration> {
        match self.shown() {
            Shown::Held(left) => Some(Duration::from_nanos(u64::from(left.subsec_nanos()) + 1)),
            Shown::Asked => Some(SLOW),
            Shown::Silent | Shown::NotCleared(_) | Shown::Nothing => None,
        }
    }

    fn order(&self, order: Order) {
        let Some(orders) = &self.orders else { return };
        self.lock().asked.get_or_insert_with(|| self.clock.now());
        if orders.send(order).is_err() {
            let mut state = self.lock();
            state.asked = None;
            let reason = "its thread has ended".to_owned();
            state.news = Some(News::NotCopied(ClipboardError::Failed { reason }));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        self.leave();
    }
}

/// What the thread works with.
struct Worker {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
    wake: Wake,
}

impl Worker {
    fn run(&self, inbox: &mpsc::Receiver<Order>, mut keeper: Keeper) {
        loop {
            let order = match keeper.wait(self.clock.now()) {
                None => inbox.recv().map_err(RecvTimeoutError::from),
                Some(wait) => inbox.recv_timeout(wait.min(LONGEST_NAP)),
            };
            let is_last = matches!(order, Ok(Order::Leave(_)) | Err(RecvTimeoutError::Disconnected));
            // A panic in the system's clipboard must not end the thread that has a token in care.
            let done = catch_unwind(AssertUnwindSafe(|| self.carry_out(order, &mut keeper)));
            if done.is_err() {
                let reason = "it broke inside this program".to_owned();
                self.tell(|state| {
                    state.asked = None;
                    state.news = Some(News::NotCopied(ClipboardError::Failed { reason }));
                });
            }
            if is_last {
                return;
            }
        }
    }

    fn carry_out(&self, order: Result<Order, RecvTimeoutError>, keeper: &mut Keeper) {
        match order {
            Ok(Order::Put(token)) => {
                let now = self.clock.now();
                let put = keeper.put(&token, now);
                self.tell(|state| {
                    state.asked = None;
                    match put {
                        Ok(()) => (state.put_at, state.not_cleared) = (Some(now), None),
                        Err(error) => state.news = Some(News::NotCopied(error)),
                    }
                });
            }
            Ok(Order::Clear) => {
                let ended = keeper.end(self.clock.now());
                self.ended(ended);
            }
            Ok(Order::LookAgain) => {
                std::thread::sleep(COPYING);
                if keeper.was_replaced() {
                    // No news: whoever copied the other text knows.
                    self.tell(|state| (state.put_at, state.not_cleared) = (None, None));
                }
            }
            Ok(Order::Leave(done)) => {
                keeper.end(self.clock.now());
                let _gone = done.send(());
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Some(ended) = keeper.tick(self.clock.now()) {
                    self.ended(Some(ended));
                }
            }
            Err(RecvTimeoutError::Disconnected) => _ = keeper.end(self.clock.now()),
        }
    }

    /// `ended` is nothing when no token was in care.
    fn ended(&self, ended: Option<Result<Ending, ClipboardError>>) {
        self.tell(|state| {
            state.asked = None;
            match ended {
                Some(Ok(ending)) => {
                    (state.put_at, state.not_cleared) = (None, None);
                    state.news = Some(News::Ended(ending));
                }
                Some(Err(error)) => state.not_cleared = Some(error),
                None => {}
            }
        });
    }

    fn tell(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        (self.wake)();
    }
}
