//! A consumer that is not given an event notices, whatever swallowed it.

use std::{sync::atomic::Ordering, time::Duration};

use evento::{
    App,
    consumer::{ConsumerState, ConsumerStatus},
    prelude::*,
};

use crate::{
    domain::start,
    faulty::Faulty,
    stores::{PATIENCE, comes, on_every_store},
};

/// Waits until a consumer, by the beginning of its name, is as it should be.
pub async fn until(app: &App, name: &str, is: impl Fn(&ConsumerStatus) -> bool) -> ConsumerStatus {
    let mut last = None;
    let found = comes(async || {
        if let Ok(status) = app.status().await {
            last = status.into_iter().find(|one| one.consumer.to_string().starts_with(name));
        }
        last.as_ref().is_some_and(&is)
    });
    match (found.await, last) {
        (true, Some(found)) => found,
        (_, last) => panic!("{name} must come to that in time, but it is {last:?}"),
    }
}

#[test]
fn what_is_missing_in_one_answer_only_interrupts_nobody() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        let running = start(&faulty).await;
        running.bank.open("a".into()).await.expect("it opens");
        let before = running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        faults.loses_times.store(1, Ordering::Relaxed);
        *faults.loses.lock().expect("not poisoned") = Some(Position(before.0 + 1));
        let read = faults.records_read.load(Ordering::Relaxed);
        running.bank.deposit("a".into(), 1).await.expect("it is accepted");
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        assert_eq!(*faults.loses.lock().expect("not poisoned"), None, "somebody was not given it");
        let again = faults.records_read.load(Ordering::Relaxed);
        assert_eq!(again, read, "whoever is interrupted reads its record again");
        running.app.shutdown().await.expect("everything comes to rest");
    });
}

#[test]
fn an_event_that_is_lost_on_the_way_is_noticed_within_its_range() {
    on_every_store(|store| async move {
        let (faulty, faults) = Faulty::around(&store);
        let running = start(&faulty).await;
        running.bank.open("a".into()).await.expect("it opens");
        let before = running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let lost = Position(before.0 + 2);
        *faults.loses.lock().expect("not poisoned") = Some(lost);
        for _ in 0..4 {
            running.bank.deposit("a".into(), 1).await.expect("it is accepted");
        }
        let failed = until(&running.app, "bank/Accounts", |one| {
            one.state == ConsumerState::Failed && one.position < lost
        })
        .await;
        let error = failed.last_error.as_deref().unwrap_or_default();
        assert!(error.contains("audit") && error.contains(&format!("{}", failed.position)), "{error}");
        let record = store.consumer(&failed.consumer).await.expect("a read").expect("a record");
        assert!(record.checkpoint < lost, "nobody passes it: {}", record.checkpoint);
        let behind = running.app.wait_for_head(Duration::from_millis(300)).await;
        assert!(behind.is_err(), "nobody passes it");

        // What was swallowed once may be given the next time.
        *faults.loses.lock().expect("not poisoned") = None;
        running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let cured = until(&running.app, "bank/Accounts", |one| one.state == ConsumerState::Running).await;
        assert_eq!(cured.last_error, None);
        let view = running.bank.find("a".into()).await.expect("an answer").expect("a row");
        assert_eq!(view.balance % 1_000, 4, "each is handled once");
        running.app.shutdown().await.expect("everything comes to rest");
    });
}
