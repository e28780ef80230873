//! Several processes on one file.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_open_a_new_file_at_once_all_succeed() {
    for _ in 0..5 {
        let folder = folder();
        let path = path_in(&folder);
        let mut opening = JoinSet::new();
        for _ in 0..6 {
            let path = path.clone();
            opening.spawn(async move { SqliteStore::open(path).await });
        }
        for store in opening.join_all().await {
            let store = store.unwrap_or_else(|error| panic!("{}", words(&error)));
            store.append(append("a", "Placed", 1), far()).await.expect("appending");
        }
        let events = open(&path).await.read_log(&everything()).await.expect("the log").events;
        assert_eq!(events.len(), 6);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_write_to_one_file_without_loss() {
    let folder = folder();
    let path = path_in(&folder);
    let stores = [open(&path).await, open(&path).await, open(&path).await];
    let mut writers = JoinSet::new();
    for store in &stores {
        for writer in 0..6 {
            let store = store.clone();
            writers.spawn(async move {
                let mut accepted = Vec::new();
                for round in 0..25 {
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
    // A consumer of another process takes its turns as well.
    let claim = claim(&stores[0]).await;
    for position in 1..=20 {
        let transaction = stores[0].begin(&claim).await.expect("beginning");
        transaction.commit(Position(position).into()).await.expect("committing");
    }
    let accepted: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    for store in &stores {
        let page = store.read_log(&everything()).await.expect("the log");
        let head = store.head().await.expect("the head");
        assert_eq!(page.events.len() as u64, head.0);
        assert!((1..).zip(&page.events).all(|(position, event)| event.position == Position(position)));
        let mut left: HashSet<u64> = (1..=head.0).collect();
        for (command, appended) in &accepted {
            for position in (appended.first.0..).take(appended.count as usize) {
                assert!(left.remove(&position), "position {position} was given twice");
                let event = &page.events[position as usize - 1].message;
                assert_eq!(event.causation_id, MessageId::from(*command));
            }
        }
        assert!(left.is_empty(), "events of nobody: {left:?}");
    }
}

#[tokio::test]
async fn another_process_is_waited_for_with_a_bound() {
    let folder = folder();
    let path = path_in(&folder);
    let store =
        SqliteStore::options(&path).busy_timeout(Duration::from_millis(30)).open().await.expect("opening");
    let claim = claim(&store).await;
    let mut other = other_program(&path).await;
    run(&mut other, "begin immediate").await;
    let refused = store.append(append("a", "Placed", 1), far()).await.expect_err("the file is held");
    assert!(matches!(refused, AppendError::Store(StoreError::Unavailable { .. })), "{refused:?}");
    assert!(!words(&refused).contains("database is locked"), "{}", words(&refused));
    let refused = store.begin(&claim).await.map(drop).expect_err("the file is held");
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    let refused =
        store.claim(&claim.consumer, 1, NodeId(uuid::Uuid::now_v7())).await.expect_err("the file is held");
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    assert!(!words(&refused).contains("database is locked"), "{}", words(&refused));
    // Reading goes on.
    assert_eq!(store.head().await.expect("the head"), Position::START);
    run(&mut other, "rollback").await;
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
}

#[tokio::test]
async fn a_head_that_another_process_moves_is_noticed() {
    let folder = folder();
    let path = path_in(&folder);
    let (here, there) = (open(&path).await, open(&path).await);
    let mut heads = here.watch_head();
    for position in 1..=20 {
        there.append(append("a", "Placed", 1), far()).await.expect("appending");
        let noticed =
            tokio::time::timeout(Duration::from_secs(30), heads.wait_for(|head| head.0 >= position));
        noticed.await.expect("it must be noticed in time").expect("the store is open");
    }
}
