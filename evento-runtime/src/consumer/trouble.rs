//! What a consumer tells of its failures, until they are cured.

use std::sync::Arc;

use super::{ConsumerState, ConsumerTask, Progress};
use crate::{
    error::Error,
    message::{Position, Timestamp},
};

/// What failed last, and has not succeeded since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The handler of an event.
    Event(Position),
    /// Anything between reading a batch and saving what came of it.
    Round,
}

impl ConsumerTask {
    pub(super) fn tell(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(change);
    }

    fn in_trouble(&mut self, trouble: Trouble, state: ConsumerState, error: &Error) {
        self.trouble = Some(trouble);
        let text: Arc<str> = format!("{error:#}").into();
        self.tell(|progress| (progress.state, progress.last_error) = (state, Some(text)));
    }

    /// Tells of an event of a time whose handler failed; without a time, of something at that place which holds no event up.
    pub(super) fn event_failed(&mut self, event: Position, at: Option<Timestamp>, error: &Error) {
        if at.is_some() {
            self.tell_stuck(Position(event.0.saturating_sub(1)), at);
        }
        self.in_trouble(Trouble::Event(event), ConsumerState::Failing, error);
    }

    /// Tells of another error, after which it tries again.
    pub(super) fn round_failed(&mut self, state: ConsumerState, error: &Error) {
        // Nobody knows which event it is at, but how many there are.
        let done = self.progress.borrow().position;
        self.tell_stuck(done, None);
        self.in_trouble(Trouble::Round, state, error);
    }

    /// Tells that the event which failed is put aside. Its error stays.
    pub(super) fn event_parked(&mut self) {
        self.trouble = None;
        self.catching_up();
    }

    /// Tells that all events up to one are handled.
    pub(super) fn events_succeeded(&mut self, up_to: Position) {
        if matches!(self.trouble, Some(Trouble::Event(failed)) if failed <= up_to) {
            self.cured();
        }
    }

    /// Tells that an event is handled, beside others, of which the first may be failing that is named with its error.
    pub(super) fn event_succeeded(&mut self, event: Position, failing: Option<(Position, Arc<str>)>) {
        if self.trouble == Some(Trouble::Event(event)) {
            self.cured();
            self.still_failing(failing);
        }
    }

    /// Tells of an event that has failed before and is still tried again, unless something else is wrong.
    pub(super) fn still_failing(&mut self, failing: Option<(Position, Arc<str>)>) {
        let Some((event, error)) = failing.filter(|_| self.trouble.is_none()) else { return };
        self.trouble = Some(Trouble::Event(event));
        self.tell(|progress| {
            (progress.state, progress.last_error) = (ConsumerState::Failing, Some(error));
        });
    }

    /// Tells that a batch was read, handled and saved.
    pub(super) fn round_succeeded(&mut self) {
        if self.trouble == Some(Trouble::Round) {
            self.cured();
        }
    }

    /// Forgets whatever failed.
    pub(super) fn cured(&mut self) {
        self.trouble = None;
        self.tell(|progress| progress.last_error = None);
        self.catching_up();
    }

    /// Tells that it is at work, unless it is in trouble.
    pub(super) fn catching_up(&self) {
        if self.trouble.is_none() {
            self.tell(|progress| progress.state = ConsumerState::CatchingUp);
        }
    }
}
