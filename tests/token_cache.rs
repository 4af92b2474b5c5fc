//! The token cache's promises T1–T23, each under a paused clock with an endpoint that counts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/token.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use quantaprice_explorer::token::cache::Invalidation;
use quantaprice_explorer::token::{FetchError, Reason, State, TokenError};
use secrecy::ExposeSecret;
use support::*;

#[tokio::test(start_paused = true)]
async fn t1_a_hundred_callers_that_miss_at_once_cause_one_request() {
    let rig = rig();
    let source = rig.cache.source(credentials(1));
    let calls = (0..100).map(|_| {
        tokio::spawn({
            let source = source.clone();
            async move { source.get().await }
        })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap().generation(), 1);
    }
    assert_eq!(rig.endpoint.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn t2_dropping_every_caller_does_not_cancel_the_request() {
    let rig = rig();
    let source = rig.cache.source(credentials(1));
    for _ in 0..3 {
        let call = tokio::spawn({
            let source = source.clone();
            async move { source.get().await }
        });
        tokio::time::sleep(Duration::from_millis(10)).await;
        call.abort();
    }
    wait(1).await;
    assert_eq!(rig.endpoint.finished.load(Ordering::SeqCst), 1);
    assert_eq!(source.status().state, State::Valid);
    assert_eq!(source.get().await.unwrap().generation(), 1);
}

#[tokio::test(start_paused = true)]
async fn t3_a_request_ends_after_thirty_seconds_and_a_caller_may_go_earlier() {
    let rig = rig();
    rig.endpoint.then([Script::Hang]);
    let source = rig.cache.source(credentials(1));
    let start = tokio::time::Instant::now();
    assert!(tokio::time::timeout(Duration::from_secs(2), source.get()).await.is_err(), "this caller left");
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    let late = source.get().await.unwrap_err();
    assert_eq!(late.cause(), Some(&FetchError::Deadline(Duration::from_secs(30))));
    assert_eq!(start.elapsed(), Duration::from_secs(30));
    assert_eq!((rig.endpoint.requests(), rig.endpoint.open()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn t4_a_panic_becomes_an_error_and_the_next_call_works() {
    let rig = rig();
    rig.endpoint.then([Script::Panic]);
    let source = rig.cache.source(credentials(1));
    assert_eq!(source.get().await.unwrap_err().cause(), Some(&FetchError::Panicked));
    wait(60).await;
    assert!(source.get().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn t5_one_failure_answers_all_its_waiters_and_none_sends_another() {
    let rig = rig();
    rig.endpoint.then([fail(server_error())]);
    let source = rig.cache.source(credentials(1));
    let calls = (0..50).map(|_| {
        tokio::spawn({
            let source = source.clone();
            async move { source.get().await }
        })
    });
    let mut errors = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        errors.push(call.await.unwrap().unwrap_err());
    }
    assert!(errors.iter().all(|error| *error == errors[0] && error.cause() == Some(&server_error())));
    wait(1).await;
    assert_eq!(rig.endpoint.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn t6_a_short_token_is_served_for_four_fifths_of_its_life() {
    let rig = rig();
    rig.endpoint.then([token(100)]);
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    tokio::time::sleep(Duration::from_millis(79_800)).await;
    assert_eq!(source.get().await.unwrap().generation(), 1);
    assert_eq!(rig.endpoint.requests(), 1, "still in its first four fifths");
    wait(1).await;
    assert_eq!(source.get().await.unwrap().generation(), 2, "in its last fifth callers wait for the new one");
}

#[tokio::test(start_paused = true)]
async fn t7_near_its_end_the_old_token_serves_at_once_while_one_refresh_runs() {
    let rig = rig_with_jitter(0.0);
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    wait(3299).await;
    source.get().await.unwrap();
    assert_eq!(rig.endpoint.requests(), 1, "more than five minutes are left");
    wait(2).await;
    let start = tokio::time::Instant::now();
    for _ in 0..20 {
        assert_eq!(source.get().await.unwrap().generation(), 1);
    }
    assert_eq!(start.elapsed(), Duration::ZERO, "nobody waited");
    assert_eq!(source.status().fetching.unwrap().0, Reason::SoftRefresh);
    wait(1).await;
    assert_eq!(source.get().await.unwrap().generation(), 2);
    assert_eq!(rig.endpoint.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn t7_jitter_moves_the_soft_refresh_later() {
    let rig = rig_with_jitter(1.0);
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    wait(3600 - 181).await;
    source.get().await.unwrap();
    assert_eq!(rig.endpoint.requests(), 1);
    wait(2).await;
    source.get().await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(rig.endpoint.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn t8_in_the_last_minute_callers_wait_and_a_passing_failure_leaves_the_old_token() {
    let rig = rig_with_jitter(0.0);
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    wait(3550).await;
    rig.endpoint.then([fail(server_error())]);
    let start = tokio::time::Instant::now();
    assert_eq!(source.get().await.unwrap().generation(), 1);
    assert_eq!(start.elapsed(), Duration::from_millis(100), "it waited for the refresh");
    assert_eq!(source.get().await.unwrap().generation(), 1, "and serves on while backing off");
    assert_eq!(rig.endpoint.requests(), 2);
    wait(20).await;
    assert_eq!(source.get().await.unwrap().generation(), 2, "the next try is due and works");
}

#[tokio::test(start_paused = true)]
async fn t8_a_failed_refresh_does_not_serve_a_token_past_its_end() {
    let rig = rig();
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    wait(3590).await;
    rig.endpoint.then([Script::Fail { after: Duration::from_secs(15), error: server_error() }]);
    assert_eq!(source.get().await.unwrap_err().cause(), Some(&server_error()));
}

#[tokio::test(start_paused = true)]
async fn t9_soft_refreshes_obey_the_back_off() {
    let rig = rig_with_jitter(1.0);
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    wait(3430).await;
    rig.endpoint.then((0..100).map(|_| fail(server_error())));
    for _ in 0..60 {
        assert_eq!(source.get().await.unwrap().generation(), 1);
        wait(1).await;
    }
    // With full jitter at its bound the waits are 2, 4, 8, 16, 32 s, each counted from the failure.
    assert_eq!(rig.endpoint.requests(), 1 + 5);
}

#[tokio::test(start_paused = true)]
async fn t10_expiry_counts_from_before_the_request_was_sent() {
    let rig = rig();
    rig.endpoint.then([Script::Token { after: Duration::from_secs(20), lifetime: Duration::from_secs(3600) }]);
    let source = rig.cache.source(credentials(1));
    let before = rig.cache.now();
    let token = source.get().await.unwrap();
    assert_eq!(token.left(rig.cache.now()), Duration::from_secs(3580));
    assert_eq!(token.expires_at().duration_since(before.wall), SignedDuration::from_secs(3600));
}

#[tokio::test(start_paused = true)]
async fn t11_a_wall_clock_that_jumps_ahead_ends_the_token_and_one_set_back_does_not_prolong_it() {
    let rig = rig();
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    rig.clock.set_wall_by(SignedDuration::from_hours(2));
    assert_eq!(source.status().state, State::Expired);
    assert_eq!(source.get().await.unwrap().generation(), 2);
    rig.clock.set_wall_by(SignedDuration::from_hours(-5));
    assert_eq!(source.get().await.unwrap().generation(), 2);
    wait(3601).await;
    assert_eq!(source.status().state, State::Expired);
    assert_eq!(source.get().await.unwrap().generation(), 3);
}

#[tokio::test(start_paused = true)]
async fn t12_a_bad_lifetime_backs_off_like_any_passing_error() {
    let rig = rig();
    let bad = quantaprice_explorer::token::reply::ReplyFault::BadLifetime;
    rig.endpoint.then([fail(bad.clone().into())]);
    let source = rig.cache.source(credentials(1));
    assert_eq!(source.get().await.unwrap_err().cause(), Some(&FetchError::Reply(bad)));
    assert!(matches!(source.get().await, Err(TokenError::BackingOff { .. })));
    assert_eq!(rig.endpoint.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn t14_many_401s_for_one_token_cause_one_request() {
    let rig = rig();
    let source = rig.cache.source(credentials(1));
    let old = source.get().await.unwrap();
    let calls = (0..50).map(|_| {
        let (source, generation) = (source.clone(), old.generation());
        tokio::spawn(async move {
            source.invalidate(generation);
            source.get().await
        })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap().generation(), 2);
    }
    assert_eq!(rig.endpoint.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn t14_a_late_401_for_an_older_token_does_nothing() {
    let rig = rig();
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    assert_eq!(source.invalidate(1), Invalidation::Cleared);
    source.get().await.unwrap();
    assert_eq!(source.invalidate(1), Invalidation::TooLate);
    assert_eq!(source.get().await.unwrap().generation(), 2);
    assert_eq!(rig.endpoint.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn t15_at_most_one_forced_refresh_in_ten_seconds() {
    let rig = rig();
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    let mut failures = 0;
    for _ in 0..30 {
        match source.get().await {
            Ok(token) => {
                source.invalidate(token.generation());
            }
            Err(TokenError::Rejected { next_try }) => {
                assert!(next_try <= Duration::from_secs(10));
                failures += 1;
            }
            Err(other) => panic!("{other}"),
        }
        wait(1).await;
    }
    assert!(failures > 20);
    assert!(rig.endpoint.requests() <= 1 + 4, "{} requests in 30 s", rig.endpoint.requests());
    assert!(rig.endpoint.requests() >= 3, "but it does go on");
    assert_eq!(source.status().state, State::Rejected);
}

#[tokio::test(start_paused = true)]
async fn t16_a_refused_key_is_not_asked_for_again_until_the_user_asks() {
    let rig = rig();
    rig.endpoint.then([fail(refusal()), fail(refusal())]);
    let source = rig.cache.source(credentials(1));
    assert_eq!(source.get().await.unwrap_err().cause(), Some(&refusal()));
    for _ in 0..5 {
        assert!(matches!(source.get().await, Err(TokenError::Refused { .. })));
        wait(3600).await;
    }
    assert_eq!((rig.endpoint.requests(), source.status().state), (1, State::KeyRefused));
    assert!(source.refresh().await.is_err());
    assert_eq!(rig.endpoint.requests(), 2);
    assert!(source.refresh().await.is_ok(), "the key was restored and the user asked again");
}

#[tokio::test(start_paused = true)]
async fn t16_a_refusal_clears_a_token_that_still_had_time() {
    let rig = rig_with_jitter(0.0);
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    rig.endpoint.then([fail(refusal())]);
    wait(3400).await;
    source.get().await.unwrap();
    wait(1).await;
    let status = source.status();
    assert!(status.token.is_none() && status.state == State::KeyRefused);
    assert!(source.get().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn t17_back_off_fails_at_once_names_the_next_try_and_never_ends_for_good() {
    let rig = rig_with_jitter(1.0);
    rig.endpoint.then((0..12).map(|_| fail(server_error())));
    let source = rig.cache.source(credentials(1));
    let mut waits = Vec::new();
    for _ in 0..12 {
        let TokenError::Fetch { next_try, .. } = source.get().await.unwrap_err() else { panic!("a request was due") };
        waits.push(next_try.as_secs());
        let start = tokio::time::Instant::now();
        let TokenError::BackingOff { next_try: said, .. } = source.get().await.unwrap_err() else { panic!("not due") };
        assert_eq!((said, start.elapsed()), (next_try, Duration::ZERO));
        tokio::time::sleep(next_try).await;
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60, 60]);
    assert!(source.get().await.is_ok());
    rig.endpoint.then([fail(server_error())]);
    source.forget();
    let TokenError::Fetch { next_try, .. } = source.get().await.unwrap_err() else { panic!("a request was due") };
    assert_eq!(next_try.as_secs(), 2, "success reset the back-off");
}

#[tokio::test(start_paused = true)]
async fn t17_jitter_keeps_the_wait_between_a_second_and_its_bound() {
    let rig = rig_with_jitter(0.0);
    rig.endpoint.then((0..8).map(|_| fail(server_error())));
    let source = rig.cache.source(credentials(1));
    for _ in 0..8 {
        assert!(source.get().await.is_err());
        assert_eq!(source.status().next_try, Duration::from_secs(1));
        wait(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn t18_retry_after_is_honoured_even_by_the_user_and_clamped() {
    let rig = rig();
    let limited = |secs| FetchError::RateLimited { status: 429, retry_after: Some(Duration::from_secs(secs)) };
    rig.endpoint.then([fail(limited(7)), fail(limited(1_000_000))]);
    let source = rig.cache.source(credentials(1));
    assert_eq!(source.get().await.unwrap_err().next_try(), Some(Duration::from_secs(7)));
    assert!(matches!(source.refresh().await, Err(TokenError::BackingOff { .. })));
    assert_eq!(rig.endpoint.requests(), 1);
    wait(7).await;
    assert_eq!(source.get().await.unwrap_err().next_try(), Some(Duration::from_secs(3600)));
}

#[tokio::test(start_paused = true)]
async fn t18_a_server_that_asks_for_no_wait_does_not_turn_the_back_off_off() {
    let rig = rig_with_jitter(1.0);
    let limited = |secs| FetchError::RateLimited { status: 429, retry_after: Some(Duration::from_secs(secs)) };
    // A date that is past is read as zero.
    rig.endpoint.then([0, 0, 1, 5].map(|secs| fail(limited(secs))));
    let source = rig.cache.source(credentials(1));
    for expected in [2, 4, 8, 16] {
        let next_try = source.get().await.unwrap_err().next_try().unwrap();
        assert_eq!(next_try, Duration::from_secs(expected));
        let sent = rig.endpoint.requests();
        assert!(matches!(source.get().await, Err(TokenError::BackingOff { .. })));
        assert_eq!(rig.endpoint.requests(), sent, "nothing was sent in between");
        if expected < 16 {
            tokio::time::sleep(next_try).await;
        }
    }
    // The user's wish goes past our own wait, not past the server's.
    wait(4).await;
    assert!(matches!(source.refresh().await, Err(TokenError::BackingOff { .. })));
    wait(1).await;
    assert!(source.refresh().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn t19_an_older_revision_neither_closes_a_newer_one_nor_comes_back() {
    let rig = rig();
    let new = rig.cache.source(credentials(2));
    let token = new.get().await.unwrap();
    let late = rig.cache.source(credentials(1));
    assert_eq!(late.get().await.unwrap_err(), TokenError::Forgotten);
    assert_eq!(late.refresh().await.unwrap_err(), TokenError::Forgotten);
    assert_eq!(new.get().await.unwrap().generation(), token.generation());
    assert!(rig.cache.find(&credentials(1).key).is_none() && rig.cache.find(&credentials(2).key).is_some());
    assert_eq!(rig.endpoint.requests(), 1);
    rig.cache.forget_profile("retail");
    assert_eq!(rig.cache.source(credentials(1)).get().await.unwrap_err(), TokenError::Forgotten);
    assert!(rig.cache.find(&credentials(1).key).is_none(), "nothing came back");
    assert!(rig.cache.source(credentials(2)).get().await.is_ok(), "a profile that was changed is asked for anew");
}

#[tokio::test(start_paused = true)]
async fn t19_a_corrected_secret_never_meets_the_old_refusal() {
    let rig = rig();
    rig.endpoint.then([fail(refusal())]);
    assert!(rig.cache.source(credentials(1)).get().await.is_err());
    let token = rig.cache.source(credentials(2)).get().await.unwrap();
    assert_eq!(token.secret().expose_secret(), "token-2-revision-2");
}

#[tokio::test(start_paused = true)]
async fn t19_a_late_answer_for_an_old_revision_is_dropped() {
    let rig = rig();
    rig.endpoint.then([Script::Token { after: Duration::from_secs(5), lifetime: Duration::from_secs(3600) }]);
    let old = rig.cache.source(credentials(1));
    let waiter = tokio::spawn({
        let old = old.clone();
        async move { old.get().await }
    });
    wait(1).await;
    let new = rig.cache.source(credentials(2));
    assert_eq!(waiter.await.unwrap().unwrap_err(), TokenError::Forgotten);
    assert_eq!(new.get().await.unwrap().secret().expose_secret(), "token-2-revision-2");
    wait(10).await;
    assert_eq!(new.get().await.unwrap().secret().expose_secret(), "token-2-revision-2");
    assert_eq!(old.get().await.unwrap_err(), TokenError::Forgotten);
}

#[tokio::test(start_paused = true)]
async fn t19_two_profiles_never_share_a_token() {
    let rig = rig();
    let one = rig.cache.source(credentials_of("production", 1)).get().await.unwrap();
    let other = rig.cache.source(credentials_of("staging", 1)).get().await.unwrap();
    assert_ne!(one.generation(), other.generation());
    assert_eq!(
        rig.cache.source(credentials_of("production", 1)).status().token.unwrap().generation(),
        one.generation()
    );
}

#[tokio::test(start_paused = true)]
async fn t20_forgetting_drops_the_token_and_what_is_in_flight() {
    let rig = rig();
    let source = rig.cache.source(credentials(1));
    let waiter = tokio::spawn({
        let source = source.clone();
        async move { source.get().await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    source.forget();
    assert_eq!(waiter.await.unwrap().unwrap_err(), TokenError::Forgotten);
    wait(1).await;
    assert_eq!(source.status().state, State::NoToken, "the late answer was dropped");
    source.get().await.unwrap();
    rig.cache.forget_profile("retail");
    assert!(source.status().token.is_none());
    assert_eq!(source.get().await.unwrap_err(), TokenError::Forgotten);
}

#[tokio::test(start_paused = true)]
async fn t21_idle_means_no_traffic_and_dropping_the_cache_ends_its_request() {
    let rig = rig();
    let source = rig.cache.source(credentials(1));
    source.get().await.unwrap();
    wait(100_000).await;
    assert_eq!(rig.endpoint.requests(), 1, "nobody asked, so nothing was renewed");
    rig.endpoint.then([Script::Hang]);
    let call = tokio::spawn(async move { source.get().await });
    wait(1).await;
    assert_eq!(rig.endpoint.open(), 1);
    call.abort();
    drop(rig.cache);
    wait(1).await;
    assert_eq!(rig.endpoint.open(), 0, "the request went with the cache");
}

struct Hanging;
impl quantaprice_explorer::token::Fetch for Hanging {
    fn fetch(
        &self,
        _: &quantaprice_explorer::token::Credentials,
    ) -> futures_util::future::BoxFuture<'static, Result<quantaprice_explorer::token::TokenReply, FetchError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn t22_status_answers_while_a_request_hangs_and_changes_are_announced() {
    let endpoint = rig();
    drop(endpoint.cache);
    let changes = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&changes);
    let cache = quantaprice_explorer::token::TokenCache::new(
        Arc::new(Hanging),
        endpoint.clock,
        Arc::new(FixedJitter(0.0)),
        move || {
            seen.fetch_add(1, Ordering::SeqCst);
        },
    );
    let source = cache.source(credentials(1));
    let call = tokio::spawn({
        let source = source.clone();
        async move { source.get().await }
    });
    wait(5).await;
    let status = source.status();
    assert_eq!(status.state, State::Fetching);
    assert_eq!(status.fetching, Some((Reason::FirstUse, Duration::from_secs(5))));
    assert_eq!(changes.load(Ordering::SeqCst), 1);
    wait(26).await;
    assert!(call.await.unwrap().is_err());
    assert_eq!(source.status().state, State::Unreachable);
    assert_eq!(changes.load(Ordering::SeqCst), 2);
}

#[test]
fn t23_debug_of_credentials_shows_no_secret() {
    let text = format!("{:?}", credentials(1));
    assert!(!text.contains("canary"), "{text}");
}
