//! The handle against stores that hang, fail, crash and lie.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, LazyLock};

use tokio::time::Instant;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// What the store does with the next calls.
#[derive(Clone, PartialEq, Debug)]
enum Mood {
    Well,
    /// Blocks until the mood changes.
    Hangs,
    HangsInWrites,
    RefusesWrites,
    Panics,
    Fails(KeychainError),
    /// Takes the next secret and keeps another.
    Garbles,
    /// Takes the next secret, and then cannot read it.
    Forgets,
}

/// A store in memory that behaves as its mood says; clones share everything.
#[derive(Clone)]
struct Fake(Arc<FakeState>);

struct FakeState {
    mood: Mutex<Mood>,
    changed: Condvar,
    kept: Mutex<HashMap<String, String>>,
    calls: AtomicUsize,
    made: AtomicUsize,
}

impl Fake {
    fn new() -> Self {
        Self(Arc::new(FakeState {
            mood: Mutex::new(Mood::Well),
            changed: Condvar::new(),
            kept: Mutex::default(),
            calls: AtomicUsize::new(0),
            made: AtomicUsize::new(0),
        }))
    }

    fn keychain(&self) -> Keychain {
        let fake = self.clone();
        Keychain::with_backend(move || {
            fake.0.made.fetch_add(1, Ordering::SeqCst);
            Box::new(fake.clone())
        })
    }

    fn set(&self, mood: Mood) {
        *self.0.mood.lock().unwrap() = mood;
        self.0.changed.notify_all();
    }

    fn kept(&self) -> Option<String> {
        self.0.kept.lock().unwrap().get(ID.as_str()).cloned()
    }

    /// Blocks the test, not the store, until so many calls have reached it.
    fn await_calls(&self, count: usize) {
        while self.0.calls.load(Ordering::SeqCst) < count {
            std::thread::yield_now();
        }
    }

    fn enter(&self, writes: bool) -> Result<Mood, KeychainError> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let mood = self.0.mood.lock().unwrap();
        let mood = self
            .0
            .changed
            .wait_while(mood, |mood| *mood == Mood::Hangs || (writes && *mood == Mood::HangsInWrites))
            .unwrap();
        match mood.clone() {
            Mood::Panics => {
                drop(mood);
                panic!("the store crashed");
            }
            Mood::Fails(error) => Err(error),
            Mood::RefusesWrites if writes => Err(KeychainError::Denied),
            other => Ok(other),
        }
    }
}

impl Backend for Fake {
    fn read(&mut self, id: &str) -> Result<Zeroizing<String>, KeychainError> {
        if self.enter(false)? == Mood::Forgets && self.kept().as_deref() == Some(SECRET) {
            self.set(Mood::Well);
            return Err(KeychainError::Crashed);
        }
        self.0.kept.lock().unwrap().get(id).cloned().map(Zeroizing::new).ok_or(KeychainError::NotFound)
    }

    fn write(&mut self, id: &str, secret: &str) -> Result<(), KeychainError> {
        let mood = self.enter(true)?;
        let kept = if mood == Mood::Garbles { "something else" } else { secret };
        if mood == Mood::Garbles {
            self.set(Mood::Well);
        }
        self.0.kept.lock().unwrap().insert(id.to_owned(), kept.to_owned());
        Ok(())
    }

    fn delete(&mut self, id: &str) -> Result<Removed, KeychainError> {
        self.enter(true)?;
        Ok(if self.0.kept.lock().unwrap().remove(id).is_some() { Removed::Yes } else { Removed::WasNotThere })
    }

    fn probe(&mut self) -> Result<(), KeychainError> {
        self.enter(false).map(|_| ())
    }
}

static ID: LazyLock<ProfileId> = LazyLock::new(ProfileId::random);

fn secret() -> SecretString {
    SecretString::from(SECRET)
}

#[tokio::test]
async fn k1_a_secret_is_saved_read_and_deleted() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    keychain.probe().await.unwrap();
    assert_eq!(keychain.read(&ID).await.unwrap_err(), KeychainError::NotFound);
    keychain.write(&ID, secret()).await.unwrap();
    assert_eq!(keychain.read(&ID).await.unwrap().expose_secret(), SECRET);
    assert_eq!(keychain.delete(&ID).await.unwrap(), Removed::Yes);
    assert_eq!(keychain.delete(&ID).await.unwrap(), Removed::WasNotThere);
    assert_eq!(fake.0.made.load(Ordering::SeqCst), 1, "one connection serves them all");
}

#[tokio::test]
async fn k2_many_quick_calls_at_once_wait_for_each_other() {
    let keychain = Fake::new().keychain();
    keychain.write(&ID, secret()).await.unwrap();
    let reads = futures_util::future::join_all((0..50).map(|_| keychain.read(&ID))).await;
    assert!(reads.iter().all(Result::is_ok));
}

/// A call that is known to have reached the store, which hangs, before its deadline can pass.
///
/// With the clock paused, time jumps to the next deadline as soon as the runtime has nothing to do, and the store's thread
/// is no part of the runtime. So the runtime is kept busy until the store has been reached.
async fn hanging<T>(fake: &Fake, calls: usize, call: impl Future<Output = T>) -> T {
    let before = fake.0.calls.load(Ordering::SeqCst);
    tokio::join!(call, async { fake.await_calls(before + calls) }).0
}

#[tokio::test(start_paused = true)]
async fn k2_a_hanging_read_ends_at_its_deadline_and_the_next_call_fails_fast() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    fake.set(Mood::Hangs);
    let start = Instant::now();
    assert_eq!(
        hanging(&fake, 1, keychain.read(&ID)).await.unwrap_err(),
        KeychainError::TimedOut { call: KeychainCall::Read, limit: READ_LIMIT }
    );
    assert_eq!(start.elapsed(), READ_LIMIT);
    assert_eq!(keychain.read(&ID).await.unwrap_err(), KeychainError::Busy { running_for: READ_LIMIT });
    assert_eq!(start.elapsed(), READ_LIMIT, "the second call did not wait");
    assert_eq!(fake.0.calls.load(Ordering::SeqCst), 1, "nor did it reach the store");
}

#[tokio::test(start_paused = true)]
async fn k2_a_write_may_wait_a_minute_for_the_user() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    fake.set(Mood::HangsInWrites);
    let start = Instant::now();
    let error = hanging(&fake, 2, keychain.write(&ID, secret())).await.unwrap_err();
    assert_eq!(error, KeychainError::TimedOut { call: KeychainCall::Write, limit: WRITE_LIMIT });
    assert_eq!(start.elapsed(), WRITE_LIMIT);
}

#[tokio::test(start_paused = true)]
async fn k2_a_call_waits_a_moment_for_one_in_front_but_not_longer() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    fake.set(Mood::Hangs);
    let start = Instant::now();
    let (first, second) = tokio::join!(hanging(&fake, 1, keychain.read(&ID)), async {
        let result = keychain.read(&ID).await;
        (result, start.elapsed())
    });
    assert!(matches!(first, Err(KeychainError::TimedOut { .. })));
    assert_eq!(second.0.unwrap_err(), KeychainError::Busy { running_for: HANGING_AFTER });
    assert_eq!(second.1, HANGING_AFTER);
}

#[tokio::test]
async fn k3_when_the_store_answers_again_everything_works_again() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    keychain.write(&ID, secret()).await.unwrap();
    let calls = fake.0.calls.load(Ordering::SeqCst);
    fake.set(Mood::Hangs);
    let hanging = tokio::spawn({
        let keychain = keychain.clone();
        async move { keychain.read(&ID).await }
    });
    tokio::task::spawn_blocking({
        let fake = fake.clone();
        move || fake.await_calls(calls + 1)
    })
    .await
    .unwrap();
    hanging.abort();
    fake.set(Mood::Well);
    assert_eq!(keychain.read(&ID).await.unwrap().expose_secret(), SECRET);
    assert_eq!(fake.0.made.load(Ordering::SeqCst), 1, "on the same thread");
}

#[tokio::test(start_paused = true)]
async fn k2_a_thread_that_is_stuck_for_good_is_replaced_but_not_without_end() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    fake.set(Mood::Hangs);
    for made in 1..=MOST_LEFT_BEHIND + 1 {
        assert!(matches!(hanging(&fake, 1, keychain.read(&ID)).await, Err(KeychainError::TimedOut { .. })));
        assert_eq!(fake.0.made.load(Ordering::SeqCst), made);
        assert!(matches!(keychain.read(&ID).await, Err(KeychainError::Busy { .. })));
        tokio::time::advance(GIVE_UP_AFTER).await;
    }
    assert!(matches!(keychain.read(&ID).await, Err(KeychainError::Busy { .. })));
    assert_eq!(fake.0.made.load(Ordering::SeqCst), MOST_LEFT_BEHIND + 1);

    fake.set(Mood::Well);
    tokio::time::resume();
    while keychain.shared.left_behind.count() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(keychain.read(&ID).await.unwrap_err(), KeychainError::NotFound, "the last thread serves again");
}

#[tokio::test]
async fn k2_a_crash_in_the_store_is_an_error_and_the_next_call_works() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    fake.set(Mood::Panics);
    assert_eq!(keychain.read(&ID).await.unwrap_err(), KeychainError::Crashed);
    fake.set(Mood::Well);
    keychain.probe().await.unwrap();
    assert_eq!(fake.0.made.load(Ordering::SeqCst), 2, "on a fresh connection");
}

#[tokio::test]
async fn k2_a_crash_while_connecting_is_an_error_too() {
    let broken = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let keychain = Keychain::with_backend({
        let broken = Arc::clone(&broken);
        move || {
            assert!(!broken.load(Ordering::SeqCst), "no connection");
            Box::new(Fake::new())
        }
    });
    assert_eq!(keychain.probe().await.unwrap_err(), KeychainError::Crashed);
    broken.store(false, Ordering::SeqCst);
    keychain.probe().await.unwrap();
}

#[tokio::test]
async fn k3_each_failure_of_the_store_arrives_as_it_is() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    for error in [
        KeychainError::NoStore { reason: "gone".into() },
        KeychainError::Locked,
        KeychainError::Denied,
        KeychainError::Ambiguous { count: 2 },
    ] {
        fake.set(Mood::Fails(error.clone()));
        assert_eq!(keychain.read(&ID).await.unwrap_err(), error);
        assert_eq!(keychain.write(&ID, secret()).await.unwrap_err(), error);
        assert_eq!(keychain.delete(&ID).await.unwrap_err(), error, "K11: a refused deletion is said");
    }
}

#[tokio::test]
async fn k4_a_secret_that_no_keychain_could_hold_does_not_reach_one() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    let error = keychain.write(&ID, SecretString::from("ä".repeat(1281))).await.unwrap_err();
    assert_eq!(error, KeychainError::TooLarge { size: 2562, limit: 2560 });
    assert_eq!(fake.0.calls.load(Ordering::SeqCst), 0);
    keychain.write(&ID, SecretString::from("ä".repeat(1280))).await.unwrap();
}

#[tokio::test]
async fn k1_a_secret_that_does_not_come_back_counts_as_not_saved_and_what_was_there_stays() {
    for (mood, expected) in [(Mood::Garbles, KeychainError::NotVerified), (Mood::Forgets, KeychainError::Crashed)] {
        for earlier in [None, Some("the old secret".to_owned())] {
            let fake = Fake::new();
            let keychain = fake.keychain();
            if let Some(earlier) = &earlier {
                keychain.write(&ID, SecretString::from(earlier.as_str())).await.unwrap();
            }
            fake.set(mood.clone());
            assert_eq!(keychain.write(&ID, secret()).await.unwrap_err(), expected);
            assert_eq!(fake.kept(), earlier, "{mood:?}");
        }
    }
}

#[tokio::test]
async fn k1_a_write_that_was_refused_is_not_undone_by_another_write() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    keychain.write(&ID, SecretString::from("the old secret")).await.unwrap();
    let calls = fake.0.calls.load(Ordering::SeqCst);
    fake.set(Mood::RefusesWrites);
    assert_eq!(keychain.write(&ID, secret()).await.unwrap_err(), KeychainError::Denied);
    assert_eq!(fake.kept().as_deref(), Some("the old secret"));
    assert_eq!(fake.0.calls.load(Ordering::SeqCst) - calls, 3, "it was read, refused, and read again");
}

#[tokio::test]
async fn k2_a_cancelled_write_leaves_the_keychain_as_it_was() {
    for earlier in [None, Some("the old secret".to_owned())] {
        let fake = Fake::new();
        let keychain = fake.keychain();
        if let Some(earlier) = &earlier {
            keychain.write(&ID, SecretString::from(earlier.as_str())).await.unwrap();
        }
        let calls = fake.0.calls.load(Ordering::SeqCst);
        fake.set(Mood::HangsInWrites);
        let writing = tokio::spawn({
            let keychain = keychain.clone();
            async move { keychain.write(&ID, secret()).await }
        });
        // The first call of a save reads the earlier secret; the second one hangs.
        tokio::task::spawn_blocking({
            let fake = fake.clone();
            move || fake.await_calls(calls + 2)
        })
        .await
        .unwrap();
        writing.abort();
        _ = writing.await;
        fake.set(Mood::Well);
        keychain.probe().await.unwrap();
        assert_eq!(fake.kept(), earlier);
    }
}

#[tokio::test(start_paused = true)]
async fn k2_a_call_cancelled_in_the_queue_never_reaches_the_store() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    fake.set(Mood::Hangs);
    let (first, ()) = tokio::join!(hanging(&fake, 1, keychain.read(&ID)), async {
        _ = tokio::time::timeout(Duration::from_millis(100), keychain.write(&ID, secret())).await;
    });
    assert!(first.is_err());
    fake.set(Mood::Well);
    tokio::time::resume();
    while matches!(keychain.read(&ID).await, Err(KeychainError::Busy { .. })) {
        tokio::task::yield_now().await;
    }
    assert_eq!(fake.kept(), None);
}

#[tokio::test(start_paused = true)]
async fn k2_a_call_given_up_before_it_began_never_reaches_the_store() {
    let fake = Fake::new();
    // The store is made slowly, so the caller is gone before the call can begin.
    let keychain = Keychain::with_backend({
        let fake = fake.clone();
        move || {
            let mood = fake.0.mood.lock().unwrap();
            drop(fake.0.changed.wait_while(mood, |mood| *mood == Mood::Hangs).unwrap());
            Box::new(fake.clone())
        }
    });
    fake.set(Mood::Hangs);
    assert!(matches!(keychain.delete(&ID).await, Err(KeychainError::TimedOut { .. })));
    fake.set(Mood::Well);
    tokio::time::resume();
    let answer = loop {
        match keychain.probe().await {
            Err(KeychainError::Busy { .. }) => std::thread::yield_now(),
            answer => break answer,
        }
    };
    assert_eq!(answer, Ok(()));
    assert_eq!(fake.0.calls.load(Ordering::SeqCst), 1, "the probe, and nothing before it");
}

#[tokio::test]
async fn k1_words_of_the_store_that_hold_the_secret_are_cut() {
    let fake = Fake::new();
    let keychain = fake.keychain();
    fake.set(Mood::HangsInWrites);
    let (result, ()) = tokio::join!(keychain.write(&ID, secret()), async {
        tokio::task::spawn_blocking({
            let fake = fake.clone();
            move || fake.await_calls(2)
        })
        .await
        .unwrap();
        fake.set(Mood::Fails(KeychainError::Other { reason: format!("cannot keep {SECRET}") }));
    });
    let error = result.unwrap_err();
    assert_eq!(error, KeychainError::Other { reason: "cannot keep (hidden)".into() });
    assert!(!format!("{error:?} {keychain:?}").contains(SECRET));
}
