//! What became of each event that was delivered, counted before the checkpoint passes it.
//!
//! The [audit](super::audit) sees to it that a page has every event of its range. From there on, each of them is handled, put
//! aside, or skipped as somebody has asked for, once and in order; otherwise nothing is committed.

use std::collections::VecDeque;

use thiserror::Error;

use crate::message::Position;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// A handler succeeded, or it concerns nobody.
    Handled,
    /// It was put aside, because it failed or waits behind one that did.
    Parked,
}

/// The events of a range are not those with which something was done.
#[derive(Debug, Error)]
#[error(
    "the tally failed: of the {delivered} events up to {until} that were delivered, {handled} were handled, {parked} put aside \
     and {skipped} skipped, or not in their order (see {first}); nothing is passed until that adds up"
)]
pub(super) struct TallyFailed {
    until: Position,
    delivered: u64,
    handled: u64,
    parked: u64,
    skipped: u64,
    first: Position,
}

/// Keeps count of the events that the checkpoint has not passed.
#[derive(Default)]
pub(super) struct Tally {
    /// With whether they are to be skipped.
    delivered: VecDeque<(Position, bool)>,
    done: VecDeque<(Position, Fate)>,
}

impl Tally {
    /// These events are about to be delivered, those that are to be skipped included.
    pub(super) fn begin(&mut self, events: impl Iterator<Item = (Position, bool)>) {
        self.done.clear();
        self.delivered.clear();
        self.delivered.extend(events);
    }

    /// Something was done with an event, which counts when it is committed.
    pub(super) fn note(&mut self, event: Position, fate: Fate) {
        self.done.push_back((event, fate));
    }

    /// More events are delivered, behind those that are.
    pub(super) fn more(&mut self, events: impl Iterator<Item = (Position, bool)>) {
        self.delivered.extend(events);
    }

    /// The same as [`note`](Self::note) of an event that is done before others which stand before it. What is in order among
    /// them, others see to.
    pub(super) fn note_ahead(&mut self, event: Position, fate: Fate) {
        let place = self.done.partition_point(|(position, _)| *position <= event);
        self.done.insert(place, (event, fate));
    }

    /// What was noted of an event does not count.
    pub(super) fn take_back(&mut self, event: Position) {
        self.done.retain(|(position, _)| *position != event);
    }

    /// What was done since the last commit is undone.
    pub(super) fn undo(&mut self) {
        self.done.clear();
    }

    /// Whether something was done with each event up to a position, once and in order.
    pub(super) fn check(&self, until: Position) -> Result<(), TallyFailed> {
        let due = self.delivered.iter().take_while(|(position, _)| *position <= until);
        let mut done = self.done.iter().take_while(|(position, _)| *position <= until);
        let mut expected = due.clone().filter(|(_, skipped)| !skipped);
        let first = loop {
            match (expected.next(), done.next()) {
                (None, None) => return Ok(()),
                (Some((delivered, _)), Some((noted, _))) if delivered == noted => {}
                (Some((position, _)), _) | (None, Some((position, _))) => break *position,
            }
        };
        let noted = self.done.iter().take_while(|(position, _)| *position <= until);
        let count = |fate| noted.clone().filter(|(_, noted)| *noted == fate).count() as u64;
        Err(TallyFailed {
            until,
            delivered: due.clone().count() as u64,
            handled: count(Fate::Handled),
            parked: count(Fate::Parked),
            skipped: due.filter(|(_, skipped)| *skipped).count() as u64,
            first,
        })
    }

    /// The checkpoint is at a position. Returns how many events it has passed.
    pub(super) fn pass(&mut self, checkpoint: Position) -> u64 {
        let mut passed = 0;
        while self.delivered.pop_front_if(|(position, _)| *position <= checkpoint).is_some() {
            passed += 1;
        }
        while self.done.pop_front_if(|(position, _)| *position <= checkpoint).is_some() {}
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delivers 1 to 5, of which 3 is to be skipped.
    fn delivered() -> Tally {
        let mut tally = Tally::default();
        tally.begin((1..=5).map(|position| (Position(position), position == 3)));
        tally
    }

    #[test]
    fn what_is_handled_put_aside_or_skipped_is_passed() {
        let mut tally = delivered();
        for (position, fate) in [(1, Fate::Handled), (2, Fate::Parked)] {
            tally.note(Position(position), fate);
        }
        tally.check(Position(3)).expect("everything is accounted for");
        assert_eq!(tally.pass(Position(3)), 3);
        tally.check(Position(3)).expect("nothing is left");
        tally.note(Position(4), Fate::Handled);
        tally.undo();
        for position in [4, 5] {
            tally.note(Position(position), Fate::Handled);
        }
        tally.check(Position(9)).expect("everything is accounted for");
        assert_eq!(tally.pass(Position(9)), 2);
    }

    #[test]
    fn what_is_done_ahead_of_others_is_counted_in_its_place() {
        let mut tally = Tally::default();
        tally.begin([(Position(1), false)].into_iter());
        tally.more((2..=4).map(|position| (Position(position), position == 3)));
        for position in [4, 2] {
            tally.note_ahead(Position(position), Fate::Handled);
        }
        tally.check(Position(2)).expect_err("the first is not done");
        tally.note_ahead(Position(1), Fate::Parked);
        tally.check(Position(4)).expect("everything is accounted for");
        tally.take_back(Position(2));
        tally.check(Position(4)).expect_err("the second is not done");
        for _ in 0..2 {
            tally.note_ahead(Position(2), Fate::Handled);
        }
        tally.check(Position(4)).expect_err("the second is done twice");
        assert_eq!(tally.pass(Position(4)), 4);
        tally.check(Position(9)).expect("nothing is left");
    }

    #[test]
    fn what_is_lost_repeated_or_out_of_order_is_noticed_at_once() {
        for (noted, first) in [
            (&[1, 4][..], 2),
            (&[1, 2, 2, 4], 4),
            (&[2, 1, 4], 1),
            (&[1, 2, 3, 4], 4),
            (&[1, 2], 4),
            (&[], 1),
        ] {
            let mut tally = delivered();
            for position in noted {
                tally.note(Position(*position), Fate::Handled);
            }
            let failed = tally.check(Position(4)).expect_err("it does not add up");
            assert_eq!(failed.first, Position(first), "{noted:?}: {failed}");
            assert_eq!((failed.delivered, failed.skipped), (4, 1));
        }
    }
}
