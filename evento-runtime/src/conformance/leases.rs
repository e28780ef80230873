//! Leases: who is alive, and who has what.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{StoreFactory, kit::*};
use crate::store::{ConsumerId, Heartbeat, NodeId, SharedStore, StoreError};

type Factory = Arc<dyn StoreFactory>;

/// Longer than any check takes.
const LONG: Duration = Duration::from_secs(600);
/// So short that it is over at once.
const SHORT: Duration = Duration::from_millis(30);
/// How long to wait for the end of a short lease.
const PATIENCE: Duration = Duration::from_secs(60);

async fn beats(store: &SharedStore, node: NodeId, lease: Duration) -> bool {
    let heartbeat = Heartbeat { node, lease, wanted: Arc::default(), report: "[]".to_owned() };
    ok(store.heartbeat(&heartbeat).await, "giving a heartbeat")
}

async fn claims(store: &SharedStore, consumer: &ConsumerId, node: NodeId) -> bool {
    ok(store.claim(consumer, 1, node).await, "claiming").is_some()
}

async fn owner(store: &SharedStore, consumer: &ConsumerId) -> Option<NodeId> {
    let record = some(ok(store.consumer(consumer).await, "reading a consumer"), "the consumer");
    let listed = ok(store.consumers().await, "listing consumers");
    assert!(listed.contains(&record), "a consumer is listed as it is read");
    record.owner
}

/// Waits until the lease of a node is over by the clock of the database.
async fn is_over(store: &SharedStore, node: NodeId) {
    let over = async {
        while ok(store.nodes().await, "reading who is alive").iter().any(|alive| alive.node == node) {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(PATIENCE, over).await.is_ok(), "a lease of {SHORT:?} must be over in {PATIENCE:?}");
}

pub(super) async fn a_claim_of_a_living_node_stands(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let (first, second) = (node(), node());
    claimed(&store, &id).await;
    assert_eq!(owner(&store, &id).await, None, "one who gives no heartbeat owns nothing");
    assert!(!beats(&store, first, LONG).await, "the first heartbeat is not known");
    assert!(beats(&store, first, LONG).await, "the next one is");
    let claim = some(ok(store.claim(&id, 1, first).await, "claiming"), "a claim of what nobody has");
    assert_eq!(owner(&store, &id).await, Some(first));
    for _ in 0..2 {
        assert!(!claims(&store, &id, second).await, "what a living node has cannot be claimed");
        beats(&store, second, LONG).await;
    }
    ok(move_to(&store, &claim, 1).await, "the claim still stands");
    let again = some(ok(store.claim(&id, 1, first).await, "claiming"), "a claim of one's own");
    assert!(again.epoch > claim.epoch);
    is_fenced(&move_to(&store, &claim, 2).await);
    ok(move_to(&store, &again, 2).await, "the newer claim");
}

pub(super) async fn what_is_given_back_is_free(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let (first, second) = (node(), node());
    claimed(&store, &id).await;
    for node in [first, second] {
        beats(&store, node, LONG).await;
    }
    let mut hints = store.watch_leases();
    let claim = some(ok(store.claim(&id, 1, first).await, "claiming"), "a claim");
    ok(store.release(&claim).await, "giving a consumer back");
    assert_eq!(owner(&store, &id).await, None);
    let told = timeout(PATIENCE, hints.changed()).await;
    assert!(matches!(told, Ok(Ok(()))), "those who wait are told");
    assert!(claims(&store, &id, second).await, "what was given back is anybody's");
    ok(store.release(&claim).await, "giving back what is somebody else's");
    assert_eq!(owner(&store, &id).await, Some(second), "a claim that is not the newest gives nothing back");
    is_fenced(&move_to(&store, &claim, 1).await);
}

pub(super) async fn a_node_that_leaves_gives_all_back(factory: Factory) {
    let store = factory.open().await;
    let all = [consumer("A"), consumer("B"), consumer("C")];
    let (first, second) = (node(), node());
    beats(&store, first, LONG).await;
    beats(&store, second, LONG).await;
    for (consumer, node) in all.iter().zip([first, first, second]) {
        claimed(&store, consumer).await;
        assert!(claims(&store, consumer, node).await);
    }
    ok(store.leave(first).await, "leaving");
    for (consumer, left) in all.iter().zip([None, None, Some(second)]) {
        assert_eq!(owner(&store, consumer).await, left);
    }
    assert!(claims(&store, &all[0], second).await, "what it had is anybody's");
    assert!(!beats(&store, first, LONG).await, "should it come back, nobody knows it");
    ok(store.leave(node()).await, "leaving without having been there");
}

pub(super) async fn a_silent_node_is_taken_over(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let (silent, other) = (node(), node());
    claimed(&store, &id).await;
    beats(&store, silent, SHORT).await;
    beats(&store, other, LONG).await;
    let stale = some(ok(store.claim(&id, 1, silent).await, "claiming"), "a claim");
    is_over(&store, silent).await;
    assert_eq!(owner(&store, &id).await, None, "one who is silent for too long owns nothing");
    let newest = some(ok(store.claim(&id, 1, other).await, "claiming"), "a claim of what a silent node has");
    assert!(!beats(&store, silent, LONG).await, "it is told that it was taken for dead");
    assert_eq!(owner(&store, &id).await, Some(other));
    let mut transaction = ok(store.begin(&stale).await, "beginning with a stale claim");
    ok(transaction.put_view_row(&view("rows"), row("1", "stale")).await, "writing");
    is_fenced(&transaction.commit(crate::message::Position(7).into()).await);
    assert!(ok(store.view_row(&view("rows"), "1").await, "reading a row").is_none());
    ok(move_to(&store, &newest, 1).await, "the newest claim");
}

pub(super) async fn a_heartbeat_renews(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let (first, second, measure) = (node(), node(), node());
    claimed(&store, &id).await;
    beats(&store, first, SHORT).await;
    let claim = some(ok(store.claim(&id, 1, first).await, "claiming"), "a claim");
    assert!(beats(&store, first, LONG).await);
    beats(&store, measure, SHORT).await;
    is_over(&store, measure).await;
    assert!(!claims(&store, &id, second).await, "a lease that was renewed is not over");
    ok(move_to(&store, &claim, 1).await, "the claim still stands");
}

pub(super) async fn a_silence_that_nobody_used_costs_nothing(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let first = node();
    claimed(&store, &id).await;
    beats(&store, first, SHORT).await;
    let claim = some(ok(store.claim(&id, 1, first).await, "claiming"), "a claim");
    is_over(&store, first).await;
    assert!(beats(&store, first, LONG).await, "nobody has taken it for dead");
    assert_eq!(owner(&store, &id).await, Some(first));
    ok(move_to(&store, &claim, 1).await, "the claim still stands");
}

pub(super) async fn nodes_are_listed(factory: Factory) {
    let store = factory.open().await;
    let (first, second) = (node(), node());
    let wanted: Arc<[ConsumerId]> = Arc::from([
        consumer("A"),
        ConsumerId { component: "it's \"B\"".into(), version: 7, context: "nord/süd".into() },
    ]);
    for report in ["[]", r#"["what's this? ünïcode \\"]"#] {
        for node in [first, second] {
            let (lease, wanted, report) = (LONG, wanted.clone(), report.to_owned());
            let heartbeat = Heartbeat { node, lease, wanted, report };
            ok(store.heartbeat(&heartbeat).await, "giving a heartbeat");
        }
        let nodes = ok(store.nodes().await, "reading who is alive");
        let mut told = [first, second];
        told.sort();
        assert_eq!(nodes.iter().map(|alive| alive.node).collect::<Vec<_>>(), told, "by id");
        for alive in nodes {
            assert_eq!((&*alive.wanted, &*alive.report), (&*wanted, report), "as it was told last");
        }
    }
    ok(store.leave(first).await, "leaving");
    let nodes = ok(store.nodes().await, "reading who is alive");
    assert_eq!(nodes.iter().map(|alive| alive.node).collect::<Vec<_>>(), [second]);
}

pub(super) async fn of_nodes_that_claim_at_once_one_wins(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let rivals = [node(), node(), node()];
    claimed(&store, &id).await;
    for node in rivals {
        beats(&store, node, LONG).await;
    }
    for round in 0..20 {
        // One who is dead has it, or nobody.
        let dead = node();
        if round % 2 == 0 {
            beats(&store, dead, SHORT).await;
            assert!(claims(&store, &id, dead).await);
            is_over(&store, dead).await;
        }
        let mut tasks = tokio::task::JoinSet::new();
        for node in rivals {
            let (store, id) = (Arc::clone(&store), id.clone());
            tasks.spawn(async move { ok(store.claim(&id, 1, node).await, "claiming") });
        }
        let won: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(won.len(), 1, "exactly one of those who claim at once must get it");
        ok(move_to(&store, &won[0], round).await, "the claim that won");
        ok(store.release(&won[0]).await, "giving it back");
    }
}

pub(super) async fn a_closed_store_takes_no_heartbeat(factory: Factory) {
    let store = factory.open().await;
    beats(&store, node(), LONG).await;
    store.close().await;
    let (lease, wanted, report) = (LONG, Arc::default(), String::new());
    let refused = store.heartbeat(&Heartbeat { node: node(), lease, wanted, report }).await;
    assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
}

pub(super) async fn a_lease_is_as_long_as_it_is_asked_for(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let (first, second) = (node(), node());
    claimed(&store, &id).await;
    for lease in [Duration::MAX, Duration::from_secs(u64::MAX / 2_000)] {
        beats(&store, first, lease).await;
        assert!(claims(&store, &id, first).await);
        assert_eq!(owner(&store, &id).await, Some(first), "a lease of {lease:?} is not over");
        assert!(!claims(&store, &id, second).await, "it is another's");
    }
}
