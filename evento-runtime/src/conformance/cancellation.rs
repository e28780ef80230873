//! Futures that are dropped on their way.

use std::{collections::HashMap, sync::Arc};

use tokio::{task::JoinSet, time::Instant};

use super::{StoreFactory, kit::*};
use crate::{
    message::{CommandId, Position},
    store::{Claim, Expected, LedgerOutcome, SharedStore, StoreError, ViewId},
};

type Factory = Arc<dyn StoreFactory>;

pub(super) async fn a_dropped_append_is_whole_or_absent(factory: Factory) {
    let store = factory.open().await;
    let mut lots = lots();
    let mut tasks = JoinSet::new();
    for _ in 0..6 {
        let (store, mut lots) = (Arc::clone(&store), lots.fork());
        tasks.spawn(async move {
            let mut sent = Vec::new();
            for _ in 0..40 {
                let stream = stream(&lots.u8(..3).to_string());
                let next = append(&stream, Expected::Any, &["A", "B", "C"][..lots.usize(0..4)]);
                let (command, count) = (next.command, next.events.len());
                let outcome = poll_at_most(store.append(next, far()), lots.u32(..4)).await;
                if let Some(outcome) = &outcome
                    && let Err(error) = outcome
                {
                    panic!("an append that was not dropped must succeed, but: {error}");
                }
                sent.push((command, count, outcome.is_some()));
            }
            sent
        });
    }
    let mut sent = Vec::new();
    while let Some(some) = tasks.join_next().await {
        sent.extend(ok(some, "appending"));
    }
    // Those that still wait are behind their end when this one, which comes later, is done.
    fill(&store, &stream("last"), 1).await;

    let mut events: HashMap<CommandId, usize> = HashMap::new();
    let mut versions: HashMap<String, u64> = HashMap::new();
    for event in whole_log(&store).await {
        *events.entry(CommandId(event.message.causation_id.0)).or_default() += 1;
        let version = versions.entry(event.message.stream.id.to_string()).or_default();
        *version += 1;
        assert_eq!(event.message.version, *version, "versions of a stream must stay dense");
    }
    for (command, count, answered) in sent {
        let entry = ok(store.ledger_entry(command).await, "reading the ledger");
        let stored = events.get(&command).copied().unwrap_or_default();
        match entry.map(|entry| entry.outcome) {
            Some(LedgerOutcome::Accepted { count: recorded, .. }) => {
                assert_eq!((recorded as usize, stored), (count, count), "an append must be whole");
            }
            Some(other) => panic!("an append must be accepted or absent, not {other:?}"),
            None => {
                assert_eq!((stored, answered), (0, false), "events must not be there without their command")
            }
        }
    }
}

/// Counts up in a view, in step with the checkpoint, again while a transaction that was dropped, and that the server has not
/// undone yet, is in the way.
async fn count(store: &SharedStore, claim: &Claim, view: &ViewId, to: u64) -> Result<(), StoreError> {
    let deadline = far();
    loop {
        match count_once(store, claim, view, to).await {
            Err(error) if error.is_transient() && Instant::now() < deadline => {}
            outcome => return outcome,
        }
    }
}

async fn count_once(store: &SharedStore, claim: &Claim, view: &ViewId, to: u64) -> Result<(), StoreError> {
    let mut transaction = store.begin(claim).await?;
    transaction.put_view_row(view, row("passing", "x")).await?;
    transaction.delete_view_row(view, "passing").await?;
    transaction.put_view_row(view, row("count", &to.to_string())).await?;
    transaction.commit(Position(to).into()).await
}

pub(super) async fn a_dropped_transaction_leaves_the_store_usable(factory: Factory) {
    let store = factory.open().await;
    let (view, id) = (view("counts"), consumer("Projector"));
    let claim = claimed(&store, &id).await;
    let mut lots = lots();
    for round in 1..=60 {
        let outcome = poll_at_most(count(&store, &claim, &view, round), lots.u32(..14)).await;
        if let Some(Err(error)) = outcome {
            panic!("a transaction that was not dropped must commit, but: {error}");
        }
        let next = append(&stream("a"), Expected::Any, &["A"]);
        ok(store.append(next, far()).await, "appending after a transaction was dropped");
        let (record, row) = loop {
            let record = some(ok(store.consumer(&id).await, "reading a consumer"), "the consumer");
            let row = ok(store.view_row(&view, "count").await, "reading a row");
            // A commit that was dropped on its way may still arrive, and not in the middle of what is looked at here.
            if ok(store.consumer(&id).await, "reading a consumer").as_ref() == Some(&record) {
                break (record, row);
            }
        };
        let counted = row.map_or_else(
            || "0".to_owned(),
            |row| {
                let [_, count] = ok(serde_json::from_str::<[String; 2]>(row.get()), "reading a row");
                count
            },
        );
        assert_eq!(counted, record.checkpoint.to_string(), "view and checkpoint must move together");
        assert!(outcome.is_none() || record.checkpoint.0 == round, "what was committed must be there");
        let passing = ok(store.view_row(&view, "passing").await, "reading a row");
        assert!(passing.is_none(), "half a transaction must never be there");
    }
    ok(count(&store, &claim, &view, 1_000).await, "a transaction after all those that were dropped");
    assert_eq!(whole_log(&store).await.len(), 60);
}
