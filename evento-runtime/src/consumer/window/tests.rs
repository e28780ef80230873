//! The window against a store and handlers that do what they like, and an application that crashes.

use std::time::Duration;

use serde_json::value::RawValue;
use uuid::Uuid;

use super::*;
use crate::{
    component::{HandlerKind, Receiver, Retry},
    handler::{Decided, Run},
    message::{Context, EventMessage, MessageId, Metadata, StreamId},
    payload::SourceLocation,
    store::ConsumerId,
};

static HANDLER: HandlerMeta = HandlerMeta {
    name: "on",
    kind: HandlerKind::Event,
    payload: None,
    receiver: Receiver::Ref,
    params: &[],
    decides: Decided::NONE,
    association: None,
    retry: Retry::DEFAULT,
    executor: None,
    run: Run::Direct,
    source: SourceLocation { file: file!(), line: 1 },
};

const LANES: usize = 2;

fn event(position: u64, key: &str) -> StoredEvent {
    let id = MessageId(Uuid::from_u128(position.into()));
    StoredEvent {
        position: Position(position),
        message: EventMessage {
            id,
            stream: StreamId::new("Stream", key),
            version: 1,
            name: "Happened".into(),
            payload_version: 1,
            correlation_id: id,
            causation_id: id,
            timestamp: Timestamp::from_millis(position.cast_signed()),
            metadata: Metadata::new(),
            context: Context::DEFAULT,
            payload: RawValue::from_string("{}".to_owned()).expect("it is JSON"),
        },
    }
}

fn dead(position: Position, key: &str) -> DeadEvent {
    let (consumer, at) =
        (ConsumerId { component: "c".into(), version: 0, context: "*".into() }, Timestamp::from_millis(0));
    DeadEvent {
        consumer,
        position,
        timer: None,
        key: key.to_owned(),
        error: None,
        attempts: 0,
        first_at: at,
        at,
    }
}

/// Everything but the window, and what it must come to.
struct World {
    lots: fastrand::Rng,
    /// Positions and keys.
    log: Vec<(u64, String)>,
    checkpoint: LogMark,
    /// What is stored of dead events.
    stored: BTreeSet<(Position, String)>,
    window: Window,
    parked: HashSet<String>,
    under_way: Vec<Position>,
    now: Instant,
    /// How often each event was handled.
    handled: BTreeMap<Position, u32>,
    /// The last event of each key that was handled since the last crash.
    last: HashMap<String, Position>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut lots = fastrand::Rng::with_seed(seed);
        let (mut log, mut position) = (Vec::new(), 0);
        for _ in 0..60 {
            // What the filter leaves out makes holes.
            position += lots.u64(1..4);
            log.push((position, format!("key {}", lots.u8(0..5))));
        }
        Self {
            lots,
            log,
            checkpoint: LogMark::START,
            stored: BTreeSet::new(),
            window: Window::new(LogMark::START, LANES),
            parked: HashSet::new(),
            under_way: Vec::new(),
            now: Instant::now(),
            handled: BTreeMap::new(),
            last: HashMap::new(),
        }
    }

    fn key(&self, position: Position) -> String {
        let found = self.log.iter().find(|(at, _)| *at == position.0);
        found.expect("an event of the log").1.clone()
    }

    fn read(&mut self) {
        let end = self.window.end().position.0;
        let Some((position, key)) = self.log.iter().find(|(position, _)| *position > end).cloned() else {
            return;
        };
        let event = event(position, &key);
        let mark = LogMark::from(&event);
        let is_parked = self.parked.contains(&key);
        let lane = self.lots.usize(0..LANES);
        self.window.admit(event, &HANDLER, lane, key, is_parked);
        self.window.read_up_to(mark);
    }

    fn start(&mut self) {
        let lane = self.lots.usize(0..LANES);
        let Some(open) = self.window.take(lane) else { return };
        let (position, key) = (open.event.position, self.key(open.event.position));
        let same = self.under_way.iter().find(|other| self.key(**other) == key);
        assert_eq!(same, None, "{position} of {key} is tried beside another one of its key");
        assert!(!self.parked.contains(&key), "{position} of {key} is tried behind a dead event");
        self.under_way.push(position);
    }

    fn land(&mut self, fails: bool) {
        if self.under_way.is_empty() {
            return;
        }
        let position = self.under_way.swap_remove(self.lots.usize(0..self.under_way.len()));
        match if fails { self.lots.u8(0..6) } else { 5 } {
            0 => {
                let at = self.now + Duration::from_secs(self.lots.u64(0..4));
                self.window.try_again(position, at, "later");
            }
            1 => self.window.give_back(position),
            2 => {
                let key = self.key(position);
                self.window.put_aside(position, dead(position, &key));
            }
            _ => {
                self.note_handled(position);
                self.window.handled(position);
            }
        }
    }

    fn note_handled(&mut self, position: Position) {
        let key = self.key(position);
        let before = self.log.iter().filter(|(at, of)| *at < position.0 && *of == key);
        for (at, _) in before {
            assert!(self.handled.contains_key(&Position(*at)), "{position} of {key} overtakes {at}");
        }
        let last = self.last.insert(key.clone(), position);
        assert!(last < Some(position), "{position} of {key} comes after {last:?} of the same life");
        *self.handled.entry(position).or_default() += 1;
    }

    fn settle(&mut self, passes: bool) {
        let most = self.lots.usize(1..8);
        let Some(settled) = self.window.settle(most, |event, key| dead(event.position, key)) else { return };
        assert!(settled.place.position > self.checkpoint.position, "a checkpoint goes on");
        if self.lots.u8(0..8) == 0 {
            // The store could not be reached.
            return;
        }
        self.checkpoint = settled.place;
        for dead in &settled.dead {
            assert!(dead.position <= settled.place.position, "nothing is put aside ahead of the checkpoint");
            let is_new = self.stored.insert((dead.position, dead.key.clone()));
            assert!(is_new, "{} is put aside twice", dead.position);
        }
        let until = settled.place.position;
        for (position, key) in self.log.iter().filter(|(position, _)| *position <= until.0) {
            let is_stored = self.stored.contains(&(Position(*position), key.clone()));
            let is_handled = self.handled.contains_key(&Position(*position));
            assert!(is_stored || is_handled, "the checkpoint passes {position}, which is not done");
        }
        self.parked = self.stored.iter().map(|(_, key)| key.clone()).collect();
        if passes {
            self.window.pass(settled.place);
        } else {
            // Nobody heard that it was saved.
            self.under_way.drain(..).for_each(|position| self.window.give_back(position));
            assert!(self.window.resume(until, &self.parked), "this process has saved it");
        }
    }

    /// The first dead event of a key is handled again, and taken off the list.
    fn replay(&mut self) {
        let Some((position, key)) = self.stored.first().cloned() else { return };
        self.note_handled(position);
        self.stored.remove(&(position, key.clone()));
        if !self.stored.iter().any(|(_, of)| *of == key) {
            self.parked.remove(&key);
        }
        self.window.release(&self.parked);
    }

    fn crash(&mut self) {
        self.window = Window::new(self.checkpoint, LANES);
        self.parked = self.stored.iter().map(|(_, key)| key.clone()).collect();
        self.under_way.clear();
        self.last.clear();
    }

    fn step(&mut self) {
        match self.lots.u8(0..32) {
            0..6 => self.read(),
            6..14 => self.start(),
            14..22 => self.land(true),
            22..26 => self.settle(true),
            26 => self.settle(false),
            27..29 => {
                self.now += Duration::from_secs(1);
                self.window.wake(self.now);
            }
            29 => self.replay(),
            30 => self.window.release(&self.parked),
            _ => {
                if self.lots.u8(0..4) == 0 {
                    self.crash();
                }
            }
        }
    }

    fn is_at_the_end(&self) -> bool {
        self.log.last().is_some_and(|(last, _)| self.checkpoint.position.0 == *last)
    }
}

#[test]
fn whatever_happens_order_holds_and_nothing_is_passed_that_is_not_done() {
    for seed in 0..400 {
        let mut world = World::new(seed);
        for _ in 0..600 {
            world.step();
        }
        // Nothing fails any more.
        for _ in 0..20_000 {
            if world.is_at_the_end() && world.stored.is_empty() {
                break;
            }
            world.now += Duration::from_secs(1);
            world.window.wake(world.now);
            world.read();
            (0..LANES).for_each(|_| world.start());
            world.land(false);
            world.settle(true);
            if world.lots.bool() {
                world.replay();
            }
        }
        assert!(world.is_at_the_end(), "seed {seed}: it comes to the end");
        assert_eq!(world.handled.len(), world.log.len(), "seed {seed}: everything was handled");
        let (events, bytes) = world.window.load();
        assert_eq!((events, bytes), (0, 0), "seed {seed}: nothing is left");
        assert!(world.window.keys.is_empty() && world.window.failing.is_empty(), "seed {seed}");
    }
}

#[test]
fn what_waits_is_handled_when_its_key_opens_and_not_put_aside() {
    let mut window = Window::new(LogMark::START, 1);
    window.admit(event(1, "a"), &HANDLER, 0, "a".to_owned(), false);
    window.admit(event(2, "b"), &HANDLER, 0, "b".to_owned(), true);
    assert_eq!(window.take(0).map(|open| open.event.position), Some(Position(1)));
    assert!(window.take(0).is_none() && window.is_still(), "the second waits");
    assert!(!window.can_settle(), "the first is under way");
    window.release(&HashSet::new());
    assert_eq!(window.take(0).map(|open| open.event.position), Some(Position(2)));
    window.handled(Position(2));
    assert!(!window.can_settle(), "the first is under way");
    window.handled(Position(1));
    let settled = window.settle(9, |event, key| dead(event.position, key)).expect("both are done");
    assert!(settled.dead.is_empty());
}

#[test]
fn the_place_is_that_of_the_last_one_that_is_done_without_a_gap() {
    let mut window = Window::new(Position(4).into(), 1);
    let nobody = |_: &StoredEvent, _: &str| unreachable!("nothing waits");
    for (position, key) in [(6, "a"), (8, "b"), (9, "c")] {
        window.admit(event(position, key), &HANDLER, 0, key.to_owned(), false);
    }
    window.read_up_to(Position(20).into());
    while window.take(0).is_some() {}
    window.handled(Position(8));
    assert!(window.settle(9, nobody).is_none() && window.place() == Position(4).into());
    window.handled(Position(6));
    let settled = window.settle(9, nobody).expect("two are done");
    assert_eq!(settled.place, LogMark::from(&event(8, "b")), "and not what was read behind them");
    window.pass(settled.place);
    assert_eq!(window.oldest(), Some(Timestamp::from_millis(9)));
    window.handled(Position(9));
    assert_eq!(window.settle(9, nobody).expect("all are done").place, Position(20).into());
}
