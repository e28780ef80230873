//! What an observer takes in: pages of the log, as far as its window has room.
//!
//! That is how load is passed on backwards: who handles slowly has a full window, and then nobody reads.

use tokio::{sync::watch, time::Instant};

use super::{
    ConsumerSpec, ConsumerTask, failure::Interruption, fetch::Fetch, flight::Flight, react::stream_key,
    spec::NewerEvent, tally::Fate,
};
use crate::{
    clock,
    message::{Position, StoredEvent},
    store::LogMark,
};

/// Where an observer reads the log.
pub(super) struct Reading {
    fetch: Fetch,
    head: watch::Receiver<Position>,
    /// Whether anybody tells the head.
    is_head_told: bool,
    next: Next,
    /// What was told last of how far the observer is, and whether that is all.
    pub(super) told: Option<(Position, bool)>,
}

/// When there is something to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Now.
    More,
    /// When the window has another load than this one, with which it is as large as it may be, or an event of newer code stands
    /// behind it.
    Full((usize, usize)),
    /// When the log has grown, or at this time.
    End(Instant),
}

impl Reading {
    pub(super) fn new(spec: &ConsumerSpec) -> Self {
        Self {
            fetch: Fetch::new(spec),
            head: spec.environment.store.watch_head(),
            is_head_told: true,
            next: Next::More,
            told: None,
        }
    }

    /// Whether to read now: what is read early waits in memory, so nobody reads before there is somebody who could handle it.
    pub(super) fn is_due(&mut self, flight: &Flight) -> bool {
        let is_over = match self.next {
            Next::More => false,
            Next::Full(load) => flight.window.load() != load,
            Next::End(at) => Instant::now() >= at,
        };
        if is_over {
            self.next = Next::More;
        }
        self.next == Next::More && flight.window.has_empty_lane()
    }

    pub(super) fn is_full(&self) -> bool {
        matches!(self.next, Next::Full(_))
    }

    pub(super) fn is_at_the_end(&self) -> bool {
        matches!(self.next, Next::End(_))
    }

    /// When to look for more, whoever tells of it.
    pub(super) fn looks_at(&self) -> Option<Instant> {
        match self.next {
            Next::End(at) => Some(at),
            Next::More | Next::Full(_) => None,
        }
    }

    /// Waits, at the end of the log, until it has grown.
    pub(super) async fn more(&mut self) {
        if self.is_head_told && self.is_at_the_end() {
            match self.head.changed().await {
                Ok(()) => return self.next = Next::More,
                // A head that nobody tells any more (the store is closing) leaves the interval.
                Err(_) => self.is_head_told = false,
            }
        }
        std::future::pending().await
    }
}

impl ConsumerTask {
    /// Reads a page, or what was left of one, and takes up as much of it as there is room for.
    pub(super) async fn read(
        &mut self,
        flight: &mut Flight,
        reading: &mut Reading,
    ) -> Result<(), Interruption> {
        reading.head.borrow_and_update();
        reading.told = None;
        let after = flight.window.end();
        let mut page = flight.beside(self.audited(&mut reading.fetch, after)).await?;
        if page.events.is_empty() {
            flight.window.read_up_to(page.scanned);
            reading.next = Next::End(clock::deadline(self.spec.options.poll));
            return Ok(());
        }
        let (fitting, newer) = self.fitting(flight, &page.events);
        let rest = page.events.split_off(fitting);
        let taken = std::mem::replace(&mut page.events, rest);
        let done = taken.last().map_or(after, LogMark::from);
        self.tally.more(taken.iter().map(|event| (event.position, self.skips.contains(&event.position))));
        self.admit(flight, taken);
        if page.events.is_empty() {
            flight.window.read_up_to(page.scanned);
            reading.next = Next::More;
        } else {
            flight.window.read_up_to(done);
            reading.fetch.keep(page, done);
            reading.next = Next::Full(flight.window.load());
        }
        match newer {
            Some(newer) if flight.window.is_empty() => Err(Interruption::Failed(newer.into())),
            _ => Ok(()),
        }
    }

    /// How many of these events the window has room for, of which none was written by newer code, or the first that was.
    fn fitting(&self, flight: &Flight, events: &[StoredEvent]) -> (usize, Option<NewerEvent>) {
        let (most_events, most_bytes) = self.spec.options.window;
        let (mut count, mut bytes) = flight.window.load();
        for (index, event) in events.iter().enumerate() {
            if self.skips.contains(&event.position) {
                continue;
            }
            if let Some(newer) = self.spec.newer(event) {
                return (index, Some(newer));
            }
            (count, bytes) = (count + 1, bytes + event.size());
            if count > 1 && (count > most_events || bytes > most_bytes) {
                return (index, None);
            }
        }
        (events.len(), None)
    }

    fn admit(&mut self, flight: &mut Flight, events: Vec<StoredEvent>) {
        self.catching_up();
        for event in events {
            if self.skips.contains(&event.position) {
                continue;
            }
            let handlers = self.spec.handlers.get(&*event.message.name);
            let Some(handler) = handlers.and_then(|lives| lives.living) else {
                self.tally.note_ahead(event.position, Fate::Handled);
                flight.window.admit_done(&event);
                continue;
            };
            let (lane, key) = (self.spec.executors.lane(handler), stream_key(&event));
            let is_parked = self.parked.contains(&key);
            flight.window.admit(event, handler, lane, key, is_parked);
        }
    }
}
