//! The window of the log that an observer works on: what it has read, from the first event that is not done to the last one.
//!
//! Events of one stream are handled one after the other, those of different streams in any order, so behind an event that takes
//! long there are others that are done. The checkpoint moves to the end of what is done without a gap, and knows nothing of what
//! is done behind a gap: after a crash that is handled again, which is what at least once means. How far the window reaches is
//! bounded, and with it how much that can be.
//!
//! **Dead events** behind a gap are no different. They are stored in the transaction that moves the checkpoint past them, not
//! before. A dead event that were stored ahead of the checkpoint would have to be told from those behind it for ever after: a
//! replay could handle it and open its key, and the events of the key between checkpoint and dead event, which are handled again
//! after a crash, would then come after it. So after a crash it is tried again, in its turn, like everything else behind the
//! gap; it has no row that it could get twice, and nothing of its key has overtaken it. The price: it is listed when all that
//! comes before it is done. The status of the consumer tells its error at once.
//!
//! **What waits** behind a dead event of its key is put aside in its turn only, when the checkpoint comes to it, and not when it
//! is read: if a replay opens the key before, nothing has to be put aside, and it is handled at once. The dead event itself is
//! stored by then or in the same transaction, so no replay can open a key between an event and one that waits behind it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use tokio::time::Instant;

use crate::{
    component::HandlerMeta,
    message::{Position, StoredEvent, Timestamp},
    store::{DeadEvent, LogMark},
};

/// The events of a window, in the order of the log, and whose turn it is.
pub(super) struct Window {
    slots: VecDeque<Slot>,
    keys: HashMap<Arc<str>, Key>,
    /// Those that may be tried now, by lane.
    ready: Vec<BTreeSet<Position>>,
    /// Those that wait for their next attempt.
    due: BTreeSet<(Instant, Position)>,
    /// The errors of those that have failed and are tried again.
    failing: BTreeMap<Position, Arc<str>>,
    /// The size of those that are not done.
    bytes: usize,
    /// Up to where everything is done, if there are any events.
    passed: LogMark,
    /// Up to where the log was read.
    read: LogMark,
}

/// A place for an event.
struct Slot {
    mark: LogMark,
    at: Timestamp,
    state: State,
}

enum State {
    Open(Box<Open>),
    Handled,
    /// It is to be put aside.
    Dead(Box<DeadEvent>),
}

/// An event that is not done.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) event: Arc<StoredEvent>,
    pub(super) handler: &'static HandlerMeta,
    pub(super) key: Arc<str>,
    pub(super) lane: usize,
    /// The number of its next attempt, from 0.
    pub(super) attempt: u32,
}

/// What is in order among itself.
struct Key {
    /// Those that are not done, the first of which is the one whose turn it is.
    open: VecDeque<Position>,
    gate: Gate,
}

/// Whether the events of a key may be handled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    /// One has failed for good, and is not stored yet.
    Failed,
    /// There are stored dead events of the key.
    Shut,
}

/// What can be saved at once.
pub(super) struct Settled {
    /// Up to where everything is done then.
    pub(super) place: LogMark,
    /// What is put aside with it, in order.
    pub(super) dead: Vec<DeadEvent>,
    /// Those of them that wait behind another one.
    pub(super) waiting: Vec<Position>,
}

impl Window {
    /// An empty window at a place, for events in so many lanes.
    pub(super) fn new(place: LogMark, lanes: usize) -> Self {
        Self {
            slots: VecDeque::new(),
            keys: HashMap::new(),
            ready: vec![BTreeSet::new(); lanes],
            due: BTreeSet::new(),
            failing: BTreeMap::new(),
            bytes: 0,
            passed: place,
            read: place,
        }
    }

    /// Up to where everything is done and saved, or concerns nobody.
    pub(super) fn place(&self) -> LogMark {
        if self.slots.is_empty() { self.read } else { self.passed }
    }

    /// Up to where the log was read.
    pub(super) fn end(&self) -> LogMark {
        self.read
    }

    /// How many events are between the place and the end, and how many bytes those have that are not done.
    pub(super) fn load(&self) -> (usize, usize) {
        (self.slots.len(), self.bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// When the first event happened that is not passed.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.slots.front().map(|slot| slot.at)
    }

    /// The first of those that have failed and are tried again, with its error.
    pub(super) fn failing(&self) -> Option<(Position, Arc<str>)> {
        self.failing.first_key_value().map(|(position, error)| (*position, error.clone()))
    }

    /// Takes up an event behind all others that nobody handles.
    pub(super) fn admit_done(&mut self, event: &StoredEvent) {
        self.push(event.into(), event.message.timestamp, State::Handled);
    }

    /// Takes up an event behind all others. `is_parked` says whether there are stored dead events of its key.
    pub(super) fn admit(
        &mut self,
        event: StoredEvent,
        handler: &'static HandlerMeta,
        lane: usize,
        key: String,
        is_parked: bool,
    ) {
        let (mark, at, position) = (LogMark::from(&event), event.message.timestamp, event.position);
        self.bytes += event.size();
        let name = match self.keys.get_key_value(key.as_str()) {
            Some((name, _)) => name.clone(),
            None => Arc::from(key),
        };
        let gate = if is_parked { Gate::Shut } else { Gate::Open };
        let key = self.keys.entry(name.clone()).or_insert(Key { open: VecDeque::new(), gate });
        key.open.push_back(position);
        if key.open.len() == 1 && key.gate == Gate::Open {
            self.ready[lane].insert(position);
        }
        let open = Open { event: Arc::new(event), handler, key: name, lane, attempt: 0 };
        self.push(mark, at, State::Open(Box::new(open)));
    }

    fn push(&mut self, mark: LogMark, at: Timestamp, state: State) {
        if self.slots.is_empty() {
            self.passed = self.read;
        }
        self.slots.push_back(Slot { mark, at, state });
    }

    /// Everything up to a place was read.
    pub(super) fn read_up_to(&mut self, place: LogMark) {
        self.read = place;
    }

    /// Takes the first event of a lane that may be tried.
    pub(super) fn take(&mut self, lane: usize) -> Option<Open> {
        let position = self.ready[lane].pop_first()?;
        self.open(position).cloned()
    }

    /// Whether a lane has nothing that may be tried.
    pub(super) fn has_empty_lane(&self) -> bool {
        self.ready.iter().any(BTreeSet::is_empty)
    }

    /// Whether nothing may be tried.
    pub(super) fn is_still(&self) -> bool {
        self.ready.iter().all(BTreeSet::is_empty)
    }

    /// An event that is not done.
    pub(super) fn open(&self, position: Position) -> Option<&Open> {
        match &self.slots.get(self.index(position)?)?.state {
            State::Open(open) => Some(open),
            State::Handled | State::Dead(_) => None,
        }
    }

    fn index(&self, position: Position) -> Option<usize> {
        self.slots.binary_search_by_key(&position, |slot| slot.mark.position).ok()
    }

    /// An event was handled: the next one of its key may be.
    pub(super) fn handled(&mut self, position: Position) {
        let Some(open) = self.finish(position, State::Handled) else { return };
        let Some(key) = self.keys.get_mut(&open.key) else { return };
        key.open.pop_front();
        match key.open.front().copied() {
            Some(next) => self.make_ready(next),
            None => drop(self.keys.remove(&open.key)),
        }
    }

    /// An event has failed for good: those behind it of its key are not handled.
    pub(super) fn put_aside(&mut self, position: Position, dead: DeadEvent) {
        let Some(open) = self.finish(position, State::Dead(Box::new(dead))) else { return };
        if let Some(key) = self.keys.get_mut(&open.key) {
            key.open.pop_front();
            key.gate = Gate::Failed;
        }
    }

    fn finish(&mut self, position: Position, state: State) -> Option<Box<Open>> {
        let index = self.index(position)?;
        self.failing.remove(&position);
        match std::mem::replace(&mut self.slots[index].state, state) {
            State::Open(open) => {
                self.bytes -= open.event.size();
                Some(open)
            }
            State::Handled | State::Dead(_) => None,
        }
    }

    /// An event has failed and is tried again at a time.
    pub(super) fn try_again(&mut self, position: Position, at: Instant, error: &str) {
        if let Some(open) = self.open_mut(position) {
            open.attempt += 1;
            self.failing.insert(position, error.into());
            self.due.insert((at, position));
        }
    }

    /// An attempt came to nothing that does not count.
    pub(super) fn give_back(&mut self, position: Position) {
        self.make_ready(position);
    }

    /// The same, and those before do not count either.
    pub(super) fn begin_again(&mut self, position: Position) {
        if let Some(open) = self.open_mut(position) {
            open.attempt = 0;
        }
        self.make_ready(position);
    }

    fn open_mut(&mut self, position: Position) -> Option<&mut Open> {
        let index = self.index(position)?;
        match &mut self.slots.get_mut(index)?.state {
            State::Open(open) => Some(open),
            State::Handled | State::Dead(_) => None,
        }
    }

    fn make_ready(&mut self, position: Position) {
        if let Some(lane) = self.open(position).map(|open| open.lane) {
            self.ready[lane].insert(position);
        }
    }

    /// When the next one that waits for its next attempt may be tried.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Those may be tried that have waited for it until now.
    pub(super) fn wake(&mut self, now: Instant) {
        while self.due.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, position)) = self.due.pop_first() {
                self.make_ready(position);
            }
        }
    }

    /// Those may be tried whose key has no dead events any more.
    pub(super) fn release(&mut self, parked: &HashSet<String>) {
        let mut released = Vec::new();
        for (name, key) in &mut self.keys {
            if key.gate == Gate::Shut && !parked.contains(&**name) {
                key.gate = Gate::Open;
                released.extend(key.open.front());
            }
        }
        self.keys.retain(|_, key| !(key.gate == Gate::Open && key.open.is_empty()));
        for position in released {
            self.make_ready(position);
        }
    }

    /// Whether anything is done that the checkpoint has not passed.
    pub(super) fn can_settle(&self) -> bool {
        self.slots.front().is_some_and(|slot| self.is_done(slot))
    }

    /// Whether an event is done as far as those are that come before it.
    fn is_done(&self, slot: &Slot) -> bool {
        match &slot.state {
            State::Handled | State::Dead(_) => true,
            State::Open(open) => self.keys.get(&open.key).is_some_and(|key| key.gate != Gate::Open),
        }
    }

    /// What is done without a gap, as far as so many events. `waits` makes a dead event of one that waits behind another.
    pub(super) fn settle(
        &self,
        most: usize,
        waits: impl Fn(&StoredEvent, &str) -> DeadEvent,
    ) -> Option<Settled> {
        let (mut dead, mut waiting) = (Vec::new(), Vec::new());
        let done = self.slots.iter().take(most).take_while(|slot| self.is_done(slot));
        let (mut count, mut place) = (0, self.passed);
        for slot in done {
            match &slot.state {
                State::Handled => {}
                State::Dead(event) => dead.push((**event).clone()),
                State::Open(open) => {
                    dead.push(waits(&open.event, &open.key));
                    waiting.push(slot.mark.position);
                }
            }
            (count, place) = (count + 1, slot.mark);
        }
        if count == 0 {
            return None;
        }
        let place = if count == self.slots.len() { self.read } else { place };
        Some(Settled { place, dead, waiting })
    }

    /// The checkpoint is at a place, and what was put aside up to there is stored.
    pub(super) fn pass(&mut self, place: LogMark) {
        while let Some(slot) = self.slots.pop_front_if(|slot| slot.mark.position <= place.position) {
            match slot.state {
                State::Handled => {}
                State::Dead(dead) => self.shut(&dead.key, None),
                State::Open(open) => {
                    self.bytes -= open.event.size();
                    self.shut(&open.key, Some(slot.mark.position));
                }
            }
        }
        self.passed = place;
    }

    /// A dead event of a key is stored: one of those that wait, or the one that they wait for.
    fn shut(&mut self, name: &str, waited: Option<Position>) {
        let Some(key) = self.keys.get_mut(name) else { return };
        key.gate = Gate::Shut;
        if waited.is_some() && key.open.front() == waited.as_ref() {
            key.open.pop_front();
        }
        if key.open.is_empty() {
            self.keys.remove(name);
        }
    }

    /// Goes on where the checkpoint turns out to be, as only this process can have moved it. Returns whether that can be.
    pub(super) fn resume(&mut self, checkpoint: Position, parked: &HashSet<String>) -> bool {
        let passed = self.slots.iter().take_while(|slot| slot.mark.position <= checkpoint);
        let mut place = None;
        for slot in passed {
            if !self.is_done(slot) {
                return false;
            }
            place = Some(slot.mark);
        }
        if let Some(place) = place {
            let all = self.slots.back().is_some_and(|last| last.mark == place);
            self.pass(if all { self.read } else { place });
        }
        self.release(parked);
        self.place().position >= checkpoint
    }
}

#[cfg(test)]
mod tests;
