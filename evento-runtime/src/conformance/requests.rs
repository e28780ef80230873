//! What is asked of dead events.

use std::sync::Arc;

use uuid::Uuid;

use super::{StoreFactory, kit::*};
use crate::{
    message::{Position, Timestamp},
    store::{Claim, ConsumerId, DeadEventRequest, RequestAnswer, RequestKind, SharedStore},
};

type Factory = Arc<dyn StoreFactory>;

const DAY: i64 = 24 * 60 * 60 * 1_000;

fn request(consumer: &ConsumerId, id: u128, kind: RequestKind, at: i64) -> DeadEventRequest {
    let body = "{\"what\":\"it's \\u0000 broken? \\\\ é\"}".to_owned();
    let (id, consumer, at) = (Uuid::from_u128(id), consumer.clone(), Timestamp::from_millis(at));
    DeadEventRequest { id, consumer, kind, body, at, answer: None }
}

fn answer(at: i64) -> RequestAnswer {
    RequestAnswer { body: "{\"done\":\"é?\"}".to_owned(), at: Timestamp::from_millis(at) }
}

async fn ask(store: &SharedStore, request: &DeadEventRequest) -> bool {
    ok(store.ask(request).await, "asking")
}

/// What the record of a consumer says is open.
async fn open(store: &SharedStore, id: &ConsumerId) -> Option<Uuid> {
    let record = some(ok(store.consumer(id).await, "reading a consumer"), "the consumer");
    let listed = ok(store.consumers().await, "reading the consumers");
    let listed = some(listed.into_iter().find(|one| one.consumer == *id), "the consumer among all");
    assert_eq!(record.request, listed.request, "both say the same");
    record.request
}

async fn answered(store: &SharedStore, claim: &Claim, id: u128, at: i64) {
    let mut transaction = ok(store.begin(claim).await, "beginning");
    ok(transaction.answer(Uuid::from_u128(id), answer(at)).await, "answering");
    ok(transaction.commit(Position(1).into()).await, "committing");
}

pub(super) async fn one_request_of_a_consumer_is_open_at_a_time(factory: Factory) {
    let (store, id, other) = (factory.open().await, consumer("Projector"), consumer("Projector2"));
    let first = request(&id, 1, RequestKind::Replay, 5);
    assert!(!ask(&store, &first).await, "nobody is there who could answer");
    let claim = claimed(&store, &id).await;
    claimed(&store, &other).await;
    assert_eq!(open(&store, &id).await, None);
    assert!(ask(&store, &first).await);
    assert!(!ask(&store, &request(&id, 2, RequestKind::Discard, 6)).await, "one is open");
    assert!(ask(&store, &request(&other, 1, RequestKind::Discard, 6)).await, "of another consumer");
    assert_eq!(open(&store, &id).await, Some(first.id));
    let find = async |number| ok(store.request(&id, Uuid::from_u128(number)).await, "reading a request");
    assert_eq!(find(1).await, Some(first.clone()), "it reads back as it was");
    assert_eq!(find(2).await, None, "what was refused is not there");
    ok(move_to(&store, &claim, 1).await, "asking fences nobody");

    answered(&store, &claim, 1, 9).await;
    assert_eq!(open(&store, &id).await, None);
    assert_eq!(find(1).await, Some(DeadEventRequest { answer: Some(answer(9)), ..first.clone() }));
    answered(&store, &claim, 1, 99).await;
    assert_eq!(find(1).await.and_then(|one| one.answer), Some(answer(9)), "the first answer stays");
    assert!(ask(&store, &request(&id, 2, RequestKind::Replay, 10)).await, "the next one");
    assert_eq!(open(&store, &other).await, Some(Uuid::from_u128(1)), "others are not answered with it");
}

pub(super) async fn what_is_asked_twice_is_noted_once(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let claim = claimed(&store, &id).await;
    let (first, next) = (request(&id, 1, RequestKind::Discard, 5), request(&id, 2, RequestKind::Replay, 7));
    let find = async || ok(store.request(&id, first.id).await, "reading a request");
    for _ in 0..3 {
        assert!(ask(&store, &first).await, "whoever has not heard the answer asks again");
        assert_eq!(find().await, Some(first.clone()));
        assert_eq!(open(&store, &id).await, Some(first.id));
    }
    answered(&store, &claim, 1, 9).await;
    let done = DeadEventRequest { answer: Some(answer(9)), ..first.clone() };
    assert!(ask(&store, &first).await, "it was noted, and is answered");
    assert_eq!((find().await, open(&store, &id).await), (Some(done.clone()), None), "the answer stays");
    assert!(ask(&store, &next).await, "nothing is open");
    assert!(ask(&store, &first).await, "it was noted, whatever is open now");
    assert_eq!((find().await, open(&store, &id).await), (Some(done), Some(next.id)));
    let other = consumer("Projector2");
    claimed(&store, &other).await;
    let same_id = DeadEventRequest { consumer: other.clone(), ..first.clone() };
    assert!(ask(&store, &same_id).await, "each consumer has its own");
    assert_eq!(open(&store, &other).await, Some(first.id));
}

pub(super) async fn an_answer_is_committed_with_its_transaction(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let stale = claimed(&store, &id).await;
    assert!(ask(&store, &request(&id, 1, RequestKind::Replay, 5)).await);
    let mut dropped = ok(store.begin(&stale).await, "beginning");
    ok(dropped.answer(Uuid::from_u128(1), answer(6)).await, "answering");
    drop(dropped);
    let claim = some(ok(store.claim(&id, 1, node()).await, "claiming"), "a claim");
    let mut fenced = ok(store.begin(&stale).await, "beginning");
    ok(fenced.answer(Uuid::from_u128(1), answer(7)).await, "answering");
    is_fenced(&fenced.commit(Position(1).into()).await);
    assert_eq!(open(&store, &id).await, Some(Uuid::from_u128(1)), "nobody has answered");
    answered(&store, &claim, 1, 8).await;
    assert_eq!(open(&store, &id).await, None);
}

pub(super) async fn answered_requests_are_listed_and_old_replays_forgotten(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let claim = claimed(&store, &id).await;
    let (replay, discard) = (RequestKind::Replay, RequestKind::Discard);
    let list = async |kind, limit| {
        let found = ok(store.answered_requests(&id, kind, limit).await, "listing requests");
        found.into_iter().map(|one| one.id.as_u128()).collect::<Vec<_>>()
    };
    for (number, kind) in [(1, replay), (2, discard), (3, discard), (4, replay)] {
        assert!(ask(&store, &request(&id, number, kind, 100)).await);
        let open = list(kind, 9).await;
        assert!(!open.contains(&number), "what is open is not listed");
        answered(&store, &claim, number, if number == 1 { 100 } else { 200 }).await;
    }
    assert_eq!(list(discard, 9).await, [2, 3]);
    assert_eq!(list(discard, 1).await, [2], "up to the limit");
    assert_eq!(list(replay, 9).await, [4, 1], "the last answered first");
    assert!(ask(&store, &request(&id, 5, replay, DAY + 150)).await);
    assert_eq!(list(replay, 9).await, [4], "one that was answered more than a day before is forgotten");
    assert_eq!(list(discard, 9).await, [2, 3], "what was discarded is not");
}
