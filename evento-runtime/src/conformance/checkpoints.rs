//! Checkpoints, claims and fences.

use std::{borrow::Cow, sync::Arc, time::Duration};

use uuid::Uuid;

use super::{StoreFactory, kit::*};
use crate::{
    message::Position,
    store::{Claim, ConsumerId, ConsumerRecord, FirstStart, Heartbeat, LogMark, ReplayCommands, StoreError},
};

type Factory = Arc<dyn StoreFactory>;

pub(super) async fn consumers_are_created_once(factory: Factory) {
    let store = factory.open().await;
    let id = consumer("Projector");
    assert_eq!(ok(store.consumer(&id).await, "reading a consumer"), None, "it is not there yet");
    assert_eq!(
        ok(store.claim(&id, 1, node()).await, "claiming"),
        None,
        "what is not there cannot be claimed"
    );

    let dropped = ok(store.create_consumer(&id, FirstStart::Beginning, 3).await, "creating a consumer");
    drop(some(dropped, "the transaction that creates a consumer"));
    assert_eq!(
        ok(store.consumer(&id).await, "reading a consumer"),
        None,
        "a creation that was dropped creates nothing"
    );

    let created = ok(store.create_consumer(&id, FirstStart::Beginning, 3).await, "creating a consumer");
    let mut created = some(created, "the transaction that creates a consumer");
    assert_eq!(created.checkpoint, Position::START);
    let view = view("made with it");
    ok(created.transaction.put_view_row(&view, row("1", "a")).await, "writing while creating");
    ok(created.transaction.commit(created.checkpoint.into()).await, "committing the creation");
    let (consumer, token) = (id.clone(), Uuid::nil());
    let (owner, paused, resets) = (None, false, 0);
    let checkpoint = Position::START;
    let (replay_until, replay) = (Position::START, ReplayCommands::Suppressed);
    let record = ConsumerRecord {
        consumer,
        checkpoint,
        epoch: 0,
        token,
        code_version: 3,
        owner,
        paused,
        pause_reason: None,
        request: None,
        resets,
        replay_until,
        replay,
    };
    assert_eq!(ok(store.consumer(&id).await, "reading a consumer"), Some(record));
    assert!(ok(store.view_row(&view, "1").await, "reading a view").is_some());

    let again = ok(store.create_consumer(&id, FirstStart::Beginning, 3).await, "creating a consumer again");
    assert!(again.is_none(), "a consumer that is there is not created again");
    fill(&store, &stream("still writable"), 1).await;
}

pub(super) async fn a_first_start_at_the_head(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("a"), 3).await;
    let id = consumer("Observer");
    let created = ok(store.create_consumer(&id, FirstStart::Head, 1).await, "creating a consumer");
    let created = some(created, "the transaction that creates a consumer");
    assert_eq!(created.checkpoint, Position(3), "it begins behind the last event that is there");
    ok(created.transaction.commit(created.checkpoint.into()).await, "committing the creation");
    let claim = some(ok(store.claim(&id, 1, node()).await, "claiming"), "the consumer");
    assert_eq!(claim.checkpoint, Position(3));
}

pub(super) async fn claims_count_up(factory: Factory) {
    let store = factory.open().await;
    let id = consumer("Projector");
    let first = claimed(&store, &id).await;
    ok(move_to(&store, &first, 5).await, "moving the checkpoint");
    let second = some(ok(store.claim(&id, 9, node()).await, "claiming again"), "the consumer");
    assert!(second.epoch > first.epoch, "each claim has a number of its own, in order");
    assert!(first.token != second.token && !first.token.is_nil(), "and a token of its own");
    assert_eq!(second.checkpoint, Position(5), "a claim tells the checkpoint");
    let record = some(ok(store.consumer(&id).await, "reading a consumer"), "the consumer");
    assert_eq!((record.epoch, record.code_version), (second.epoch, 9), "a claim records who runs it");
    assert_eq!(record.token, second.token, "the record tells the newest claim");
}

pub(super) async fn a_claim_of_the_same_number_writes_nothing(factory: Factory) {
    let store = factory.open().await;
    let (id, view) = (consumer("Projector"), view("rows"));
    let first = claimed(&store, &id).await;
    let newest = some(ok(store.claim(&id, 1, node()).await, "claiming again"), "the consumer");
    // Claims that were made on a log before it went back to an older copy may have the number of the newest one, or one that
    // is still to come.
    let numbered = |epoch, token| Claim { epoch, token, ..newest.clone() };
    let strangers = [
        numbered(newest.epoch, new_id().0),
        numbered(newest.epoch, first.token),
        numbered(newest.epoch, Uuid::nil()),
        numbered(newest.epoch + 1, newest.token),
        numbered(first.epoch, newest.token),
    ];
    for stranger in strangers {
        let mut transaction = ok(store.begin(&stranger).await, "beginning with a claim of another log");
        ok(transaction.put_view_row(&view, row("1", "stranger")).await, "writing");
        is_fenced(&transaction.commit(Position(9).into()).await);
        assert!(ok(store.view_row(&view, "1").await, "reading a view").is_none(), "no row must be written");
        let record = some(ok(store.consumer(&id).await, "reading a consumer"), "the consumer");
        assert_eq!(record.checkpoint, Position::START, "the checkpoint must not move");
    }
    ok(move_to(&store, &newest, 2).await, "the newest claim");
}

pub(super) async fn a_stale_claim_writes_nothing(factory: Factory) {
    let store = factory.open().await;
    let id = consumer("Projector");
    let view = view("rows");
    let stale = claimed(&store, &id).await;
    let newest = some(ok(store.claim(&id, 1, node()).await, "claiming again"), "the consumer");

    let mut transaction = ok(store.begin(&stale).await, "beginning with a stale claim");
    ok(transaction.put_view_row(&view, row("1", "stale")).await, "writing");
    ok(transaction.put_saga(saga(saga_id(1), "stale")).await, "writing");
    is_fenced(&transaction.commit(Position(9).into()).await);

    assert!(ok(store.view_row(&view, "1").await, "reading a view").is_none(), "no row must be written");
    let sagas = ok(store.list_sagas("OrderSaga", None, 10).await, "listing sagas");
    assert!(sagas.is_empty(), "no saga must be written");
    let record = some(ok(store.consumer(&id).await, "reading a consumer"), "the consumer");
    assert_eq!(record.checkpoint, Position::START, "the checkpoint must not move");

    ok(move_to(&store, &newest, 2).await, "the newest claim");
    is_fenced(&move_to(&store, &stale, 1).await);
    let record = some(ok(store.consumer(&id).await, "reading a consumer"), "the consumer");
    assert_eq!(record.checkpoint, Position(2), "a stale claim must not move the checkpoint back");
}

pub(super) async fn consumers_are_listed(factory: Factory) {
    let store = factory.open().await;
    let id = |component: &'static str, version, context: &'static str| ConsumerId {
        component: Cow::Borrowed(component),
        version,
        context: Cow::Borrowed(context),
    };
    let mut all = [id("B", 1, "*"), id("A", 2, "*"), id("A", 10, "*"), id("A", 2, "berlin")];
    for id in &all {
        claimed(&store, id).await;
    }
    all.sort();
    let listed = ok(store.consumers().await, "listing consumers");
    let listed: Vec<_> = listed.into_iter().map(|record| record.consumer).collect();
    assert_eq!(listed, all, "consumers are listed by id");
}

pub(super) async fn a_checkpoint_names_its_event(factory: Arc<dyn StoreFactory>) {
    let store = factory.open().await;
    fill(&store, &stream("a"), 2).await;
    let events = whole_log(&store).await;
    let id = consumer("Projector");
    let other = LogMark { event: Some(new_id()), ..LogMark::from(&events[1]) };
    let beyond = LogMark { position: Position(7), event: Some(events[1].message.id) };
    for place in [other, beyond] {
        let created = ok(store.create_consumer(&id, FirstStart::Head, 1).await, "creating a consumer");
        let created = some(created, "the transaction that creates a consumer");
        let refused = created.transaction.commit(place).await;
        assert!(
            matches!(refused, Err(StoreError::LogWentBack { seen, .. }) if seen == place.position),
            "a consumer that begins at an event that is not there must be refused, not {refused:?}"
        );
        assert_eq!(ok(store.consumer(&id).await, "reading a consumer"), None, "nobody was created");
    }
    let claim = claimed(&store, &id).await;
    for place in [other, beyond] {
        let mut transaction = ok(store.begin(&claim).await, "beginning");
        ok(transaction.put_view_row(&view("orders"), row("1", "a")).await, "putting a row");
        match transaction.commit(place).await {
            Err(StoreError::LogWentBack { seen, found }) => {
                assert_eq!((seen, found), (place.position, Position(2)));
            }
            other => panic!("a checkpoint at an event that is not there must be refused, not {other:?}"),
        }
    }
    let rows = ok(store.view_row(&view("orders"), "1").await, "reading a row");
    assert!(rows.is_none(), "nothing of it must be stored");
    let transaction = ok(store.begin(&claim).await, "beginning");
    ok(transaction.commit((&events[1]).into()).await, "moving to an event that is there");
    let record = some(ok(store.consumer(&id).await, "reading a consumer"), "the consumer");
    assert_eq!(record.checkpoint, Position(2));
}

pub(super) async fn an_older_program_does_not_take_over_from_a_newer_one(factory: Factory) {
    let store = factory.open().await;
    let id = consumer("OrderSaga");
    claimed(&store, &id).await;
    let (newer_node, older_node) = (node(), node());
    let lease = Duration::from_secs(600);
    for node in [older_node, newer_node] {
        let heartbeat = Heartbeat { node, lease, wanted: Arc::default(), report: "[]".to_owned() };
        ok(store.heartbeat(&heartbeat).await, "giving a heartbeat");
    }
    some(ok(store.claim(&id, 1, older_node).await, "claiming in the older version"), "the consumer");
    let newer =
        some(ok(store.claim(&id, 2, newer_node).await, "claiming in a newer version"), "the consumer");
    let older = ok(store.claim(&id, 1, older_node).await, "claiming in an older version");
    assert_eq!(older, None, "an older program must not get it");
    ok(move_to(&store, &newer, 0).await, "the newer program has it still");
    let record = some(ok(store.consumer(&id).await, "reading a consumer"), "the consumer");
    assert_eq!((record.code_version, record.epoch, record.token), (2, newer.epoch, newer.token));
    assert!(ok(store.claim(&id, 2, newer_node).await, "claiming in the same version").is_some());
}
