//! Several processes around one database.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use evento_runtime::{
    message::{CommandId, MessageId, Position, StreamId},
    postgres::PostgresStore,
    store::{AppendError, CheckpointStore, EventStore, Expected, LeaseStore, StateStore},
};
use tokio::{task::JoinSet, time::timeout};

use super::kit::{
    Schema, append, by_command, claim, far, follow, number, run, wait_for, whole_log, words, write,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_open_a_new_schema_at_once_all_succeed() {
    for _ in 0..3 {
        let schema = Arc::new(Schema::new());
        let mut opening = JoinSet::new();
        for _ in 0..6 {
            let schema = Arc::clone(&schema);
            opening.spawn(async move { schema.open().await });
        }
        for store in opening.join_all().await {
            store.append(append("a", "Placed", 1), far()).await.expect("appending");
        }
        assert_eq!(whole_log(&schema.open().await).await.len(), 6);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_write_to_one_log_without_loss() {
    let schema = Schema::new();
    let stores = [schema.open().await, schema.open().await, schema.open().await];
    let mut writers = JoinSet::new();
    for store in &stores {
        for writer in 0..6 {
            let store = store.clone();
            writers.spawn(async move {
                let mut accepted = Vec::new();
                for round in 0..40 {
                    let mut next = append(&(writer % 4).to_string(), "Placed", round % 3);
                    if round % 5 == 0 {
                        next.expected = Expected::Version(round as u64);
                    }
                    let command = next.command;
                    match store.append(next, far()).await {
                        Ok(appended) => accepted.push((command, appended)),
                        Err(AppendError::Conflict { .. }) => {}
                        Err(error) => panic!("{}", words(&error)),
                    }
                }
                accepted
            });
        }
    }
    let claim = claim(&stores[0]).await;
    for position in 1..=20 {
        let transaction = stores[0].begin(&claim).await.expect("beginning");
        transaction.commit(Position(position).into()).await.expect("committing");
    }
    let accepted: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    for store in &stores {
        let events = whole_log(store).await;
        let mut left: HashSet<u64> = (1..=events.len() as u64).collect();
        for (command, appended) in &accepted {
            for position in (appended.first.0..).take(appended.count as usize) {
                assert!(left.remove(&position), "position {position} was given twice");
                let event = &events[position as usize - 1].message;
                assert_eq!(event.causation_id, MessageId::from(*command));
            }
        }
        assert!(left.is_empty(), "events of nobody: {left:?}");
    }
}

/// Counts up by reading, deciding and appending at the version that was read, until it has counted so often.
async fn count(store: PostgresStore, counter: String, times: usize) -> usize {
    let stream = StreamId::new("Order", &*counter);
    let mut conflicts = 0;
    let mut counted = 0;
    let mut version = 0;
    while counted < times {
        loop {
            let page = store.read_stream(&stream, version, 100, usize::MAX).await.expect("a stream");
            let Some(last) = page.last() else { break };
            version = last.message.version;
        }
        let mut next = append(&counter, "Counted", 1);
        next.expected = Expected::Version(version);
        match store.append(next, far()).await {
            Ok(appended) => {
                assert_eq!(appended.first_version, version + 1);
                counted += 1;
            }
            Err(AppendError::Conflict { actual, .. }) => {
                assert!(actual > version, "a conflict at {actual} with what was read at {version}");
                conflicts += 1;
            }
            Err(error) => panic!("{}", words(&error)),
        }
    }
    conflicts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_of_competing_processes_come_out_even() {
    let schema = Schema::new();
    let stores = [schema.open().await, schema.open().await];
    let mut counting = JoinSet::new();
    for counter in 0..3 {
        for task in 0..8 {
            counting.spawn(count(stores[task % 2].clone(), counter.to_string(), 15));
        }
    }
    let conflicts: usize = counting.join_all().await.into_iter().sum();
    assert!(conflicts > 0, "they did not compete");
    let events = whole_log(&stores[0]).await;
    assert_eq!(events.len(), 3 * 8 * 15);
    for counter in ["0", "1", "2"] {
        let counted = events.iter().filter(|event| &*event.message.stream.id == counter).count();
        assert_eq!(counted, 8 * 15);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_command_of_two_processes_is_handled_once() {
    let schema = Schema::new();
    let stores = [schema.open().await, schema.open().await];
    for round in 0..40 {
        let next = append(&round.to_string(), "Placed", 2);
        let other = {
            let mut other = append(&format!("other {round}"), "Placed", 2);
            other.command = next.command;
            if round % 2 == 0 { next.clone() } else { other }
        };
        let (first, second) = tokio::join!(stores[0].append(next, far()), stores[1].append(other, far()));
        let outcomes = [first, second];
        let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let repeated =
            outcomes.iter().filter(|outcome| matches!(outcome, Err(AppendError::Duplicate(_)))).count();
        assert_eq!((accepted, repeated), (1, 1), "{outcomes:?}");
    }
    assert_eq!(whole_log(&stores[0]).await.len(), 80);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_commit_loses_nothing_for_live_readers() {
    let schema = Schema::new();
    let stores = [schema.open().await, schema.open().await];
    // A share of the commits takes its time between taking positions and being seen.
    schema
        .run(
            "create function evento.stall() returns trigger language plpgsql as \
             $$ begin if random() < 0.02 then perform pg_sleep(0.05); end if; return null; end $$; \
             create constraint trigger stall after insert on evento.event deferrable initially deferred \
             for each row execute function evento.stall()",
        )
        .await;
    let mut unrelated = schema.connect().await;
    run(&mut unrelated, "begin; create temporary table held as select 1").await;
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for reader in 0..3 {
        readers.spawn(follow(stores[reader % 2].clone(), Arc::clone(&done)));
    }
    let commands: Vec<CommandId> = write(&stores, 8, 60, 20).join_all().await.into_iter().flatten().collect();
    done.store(true, Ordering::Release);
    let seen = readers.join_all().await;
    assert_eq!(seen, [480; 3], "a reader must see every event");
    let stored = by_command(&whole_log(&stores[0]).await);
    assert!(commands.iter().all(|command| stored.get(command) == Some(&1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_stays_open_stops_nobody() {
    let schema = Schema::new();
    let stores = [schema.open().await, schema.open().await];
    let mut open = schema.connect().await;
    run(&mut open, &schema.named("begin isolation level repeatable read; select * from evento.head")).await;
    write(&stores, 8, 50, 20).join_all().await;
    assert_eq!(whole_log(&stores[1]).await.len(), 400);
    run(&mut open, "rollback").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_another_process_moves_is_heard_of() {
    let schema = Schema::new();
    let stores = [schema.open().await, schema.open().await];
    let mut heads = stores[1].watch_head();
    // It may not listen yet: whoever appends goes on until it hears.
    let heard = async { heads.wait_for(|head| head.0 > 0).await.map(|head| *head) };
    let append = async {
        loop {
            stores[0].append(append("a", "Placed", 1), far()).await.expect("appending");
        }
    };
    let heard = timeout(Duration::from_secs(30), async {
        tokio::select! { heard = heard => heard, () = append => unreachable!("it appends for ever") }
    });
    heard.await.expect("it must hear in time").expect("the store is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_only_appends_is_not_woken_by_notifications() {
    let schema = Schema::new();
    let store = schema.open().await;
    let mut watcher = schema.connect().await;
    let listening = format!(
        "select count(*) from pg_stat_activity where query ilike 'listen%' and query like '%evento_{}\"%'",
        schema.name
    );
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
    store.head().await.expect("the head");
    assert_eq!(number(&mut watcher, &listening).await, 0, "nobody waits to hear of anything");
    let _head = store.watch_head();
    let _leases = store.watch_leases();
    wait_for("a session listens", async || number(&mut watcher, &listening).await == 1).await;
    store.close().await;
    wait_for("it has ended", async || number(&mut watcher, &listening).await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_was_waited_for_is_recognised() {
    let schema = Schema::new();
    let store = schema.open().await;
    let first = append("a", "Placed", 1);
    store.append(first.clone(), far()).await.expect("appending");
    // Another process is about to append, and holds the head.
    let mut other = schema.connect().await;
    let appending = "begin; update evento.head set position = 2; \
        create temporary table next on commit drop as select * from evento.event; \
        update next set position = 2, version = 2, id = gen_random_uuid(); \
        insert into evento.event select * from next";
    run(&mut other, &schema.named(appending)).await;
    let holder = number(&mut other, "select pg_backend_pid()::bigint").await;
    // What was handled before is only found when the head is there.
    let waits = {
        let store = store.clone();
        tokio::spawn(async move { store.append(first, far()).await })
    };
    let mut watcher = schema.connect().await;
    let waiting =
        format!("select count(*) from pg_stat_activity where {holder} = any(pg_blocking_pids(pid))");
    wait_for("an append waits for the head", async || number(&mut watcher, &waiting).await > 0).await;
    run(&mut other, "commit").await;
    let known = waits.await.expect("a task").expect_err("it was handled before");
    assert!(matches!(known, AppendError::Duplicate(_)), "{known:?}");

    schema.run("update evento.event set id = gen_random_uuid() where position = 2").await;
    let refused =
        store.append(append("b", "Placed", 1), far()).await.expect_err("another log of that length");
    assert!(
        matches!(refused, AppendError::LogWentBack { seen: Position(2), found: Position(2) }),
        "{refused:?}"
    );
    store.append(append("b", "Placed", 1), far()).await.expect("appending");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_went_back_is_told_to_somebody_who_is_there() {
    let schema = Schema::new();
    let store = schema.open().await;
    store.append(append("a", "Placed", 3), far()).await.expect("appending");
    let mut other = schema.connect().await;
    let back = "begin; select * from evento.head for update; \
        delete from evento.event where position > 1; update evento.head set position = 1";
    run(&mut other, &schema.named(back)).await;
    let holder = number(&mut other, "select pg_backend_pid()::bigint").await;
    let goes_away = {
        let store = store.clone();
        tokio::spawn(async move { store.append(append("a", "Placed", 1), far()).await })
    };
    let mut watcher = schema.connect().await;
    let waiting =
        format!("select count(*) from pg_stat_activity where {holder} = any(pg_blocking_pids(pid))");
    wait_for("an append waits for the head", async || number(&mut watcher, &waiting).await > 0).await;
    goes_away.abort();
    goes_away.await.expect_err("nobody waits for its answer");
    run(&mut other, "commit").await;
    let refused = store.append(append("b", "Placed", 1), far()).await.expect_err("nobody was told");
    assert!(
        matches!(refused, AppendError::LogWentBack { seen: Position(3), found: Position(1) }),
        "{refused:?}"
    );
    let appended = store.append(append("b", "Placed", 1), far()).await.expect("appending");
    assert_eq!(appended.first, Position(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_still_on_its_way_is_waited_for() {
    let schema = Schema::new();
    let store = schema.open().await;
    let claim = claim(&store).await;
    // What the server still does for a connection that its client has lost.
    let mut lost = schema.connect().await;
    run(&mut lost, &schema.named("begin; update evento.consumer set checkpoint = 5")).await;
    let reads = {
        let (store, id) = (store.clone(), claim.consumer.clone());
        tokio::spawn(async move { store.consumer(&id).await })
    };
    let mut watcher = schema.connect().await;
    let waiting = format!(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like {}",
        schema.pattern()
    );
    let waits = async || reads.is_finished() || number(&mut watcher, &waiting).await > 0;
    wait_for("a reader waits for the commit", waits).await;
    run(&mut lost, "commit").await;
    let record = reads.await.expect("a task").expect("reading a consumer").expect("the consumer");
    assert_eq!(record.checkpoint, Position(5), "the owner would handle events twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_went_back_is_told_once() {
    let schema = Schema::new();
    let store = schema.open().await;
    store.append(append("a", "Placed", 3), far()).await.expect("appending");
    schema.run("delete from evento.event where position > 1; update evento.head set position = 1").await;
    let refused = store.append(append("a", "Placed", 1), far()).await.expect_err("the log went back");
    assert!(
        matches!(refused, AppendError::LogWentBack { seen: Position(3), found: Position(1) }),
        "{refused:?}"
    );
    let appended = store.append(append("a", "Placed", 1), far()).await.expect("appending");
    assert_eq!((appended.first, appended.first_version), (Position(2), 2));

    // An older copy that has grown as far as the one before, with other events.
    for events in [1, 2] {
        schema.run("update evento.event set id = gen_random_uuid() where position = 2").await;
        let refused = store.append(append("b", "Placed", events), far()).await.expect_err("another event");
        assert!(matches!(refused, AppendError::LogWentBack { .. }), "{refused:?}");
    }
    let appended = store.append(append("b", "Placed", 1), far()).await.expect("appending");
    assert_eq!(appended.first, Position(3));

    schema.run("update evento.head set incarnation = gen_random_uuid()").await;
    let mut wrong = append("a", "Placed", 1);
    wrong.expected = Expected::Version(7);
    let refused = store.append(wrong, far()).await.expect_err("another log");
    assert!(matches!(refused, AppendError::LogWentBack { .. }), "{refused:?}");
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
}
