//! What is to be seen of a saga after a step.

use std::time::Duration;

use super::{SagaTest, When};
use crate::{
    component::Component,
    message::DeadlineMessage,
    payload::{Deadline, SagaState},
    store::TimerRecord,
    testing::{
        diff::diff,
        given::{
            compare::{compare_json, compare_value},
            list::{OneOf, parsed},
            subject::failure_in_words,
        },
    },
};

impl<G: Component + SagaState> SagaTest<G, When> {
    /// Looks at the state of the saga that there is.
    ///
    /// # Panics
    /// When there is none, or several, or the last handler failed.
    #[track_caller]
    pub fn then_state(self, check: impl FnOnce(&G)) -> Self {
        check(&self.core.check(self.state()));
        self
    }

    /// The saga that there is has this state. It is compared by its JSON.
    ///
    /// # Panics
    /// When it has another one, with the difference; when there is none, or several, or the last handler failed.
    #[track_caller]
    pub fn then_state_is(self, expected: G) -> Self {
        let compared = self.state().and_then(|found| compare_value("state", &expected, &found));
        self.core.check(compared);
        self
    }

    /// The JSON of the state of the saga that there is is this: for states whose fields the test cannot name.
    ///
    /// # Panics
    /// When it is another one, with the difference; when there is none, or several, or the last handler failed.
    #[track_caller]
    pub fn then_state_json(self, expected: &serde_json::Value) -> Self {
        let found =
            self.state().and_then(|state| serde_json::to_value(state).map_err(|error| error.to_string()));
        self.core.check(found.and_then(|found| compare_json("state", expected, &found)));
        self
    }

    /// So many sagas live.
    ///
    /// # Panics
    /// When it is another number, or the last handler failed.
    #[track_caller]
    pub fn then_sagas(self, count: usize) -> Self {
        let found = self.lives.all.len();
        let counted = self.succeeded().and_then(|()| match found == count {
            true => Ok(()),
            false => Err(format!("{count} sagas were to live, and it is {found}")),
        });
        self.core.check(counted);
        self
    }

    /// A saga has ended in the last step, and none is left.
    ///
    /// # Panics
    /// When none has ended, one is left, or the last handler failed.
    #[track_caller]
    pub fn then_ended(self) -> Self {
        let ended = self.succeeded().and_then(|()| match (self.lives.step.ended, self.lives.all.len()) {
            (0, 0) => Err("a saga was to end, and there was none".to_owned()),
            (0, _) => Err(format!("the saga was to end, and it goes on{}", self.why_ignored())),
            (_, 0) => Ok(()),
            (ended, left) => Err(format!("{ended} ended, and {left} go on")),
        });
        self.core.check(ended);
        self
    }

    /// The event concerned no saga, and began none.
    ///
    /// # Panics
    /// When a saga has handled it.
    #[track_caller]
    pub fn then_ignored(self) -> Self {
        let ignored = self.succeeded().and_then(|()| match &self.lives.step.ignored {
            Some(_) => Ok(()),
            None => Err("it was to concern no saga, and one has handled it".to_owned()),
        });
        self.core.check(ignored);
        self
    }

    /// The saga waits for this deadline, which is due after this time. It is compared by its JSON.
    ///
    /// # Panics
    /// When it does not, or the deadline is due at another time, or the last handler failed.
    #[track_caller]
    pub fn then_due<D: Deadline>(self, deadline: D, after: Duration) -> Self {
        let found = self.succeeded().and_then(|()| self.waits_for(&OneOf::of(&deadline)?, after));
        self.core.check(found);
        self
    }

    /// No saga waits for any deadline.
    ///
    /// # Panics
    /// When one does, or the last handler failed.
    #[track_caller]
    pub fn then_no_deadlines(self) -> Self {
        let found = self.succeeded().and_then(|()| match self.lives.timers.is_empty() {
            true => Ok(()),
            false => Err(format!("no deadline was to be waited for; {}", self.pending())),
        });
        self.core.check(found);
        self
    }

    /// Looks at all deadlines that sagas wait for, in the order in which they are due.
    pub fn then_deadlines(self, check: impl FnOnce(&[DeadlineMessage])) -> Self {
        let mut timers = self.lives.timers.clone();
        timers.sort_by_key(TimerRecord::place);
        let messages: Vec<_> = timers.into_iter().map(|timer| timer.message).collect();
        check(&messages);
        self
    }

    fn succeeded(&self) -> Result<(), String> {
        self.core.failure.as_ref().map_or(Ok(()), |failure| Err(failure_in_words(failure)))
    }

    fn state(&self) -> Result<G, String> {
        self.succeeded()?;
        let life = self.lives.only().map_err(|error| format!("{error}{}", self.why_ignored()))?;
        let json = life.state.as_ref().ok_or_else(|| "the saga has not begun".to_owned())?;
        serde_json::from_str(json.get()).map_err(|error| format!("the state cannot be read: {error}"))
    }

    fn why_ignored(&self) -> String {
        self.lives.step.ignored.as_ref().map_or(String::new(), |why| format!("; {why}"))
    }

    fn waits_for(&self, expected: &OneOf, after: Duration) -> Result<(), String> {
        let name = expected.meta.name;
        let named: Vec<_> = self.lives.timers.iter().filter(|timer| timer.message.name == name).collect();
        let (due, payload) = (self.core.world.now() + after, parsed(&expected.json));
        let is_it =
            |timer: &&&TimerRecord| timer.message.due == due && parsed(&timer.message.payload) == payload;
        if named.iter().any(|timer| is_it(&timer)) {
            return Ok(());
        }
        let same = named.iter().find(|timer| parsed(&timer.message.payload) == payload);
        if let Some(timer) = same {
            let found = timer.message.due.since(self.core.world.now());
            return Err(format!("`{name}` was to be due after {after:?}, and it is due after {found:?}"));
        }
        match &*named {
            [other] => Err(format!(
                "another `{name}` than expected (-), namely (+):\n{}",
                diff(&payload, &parsed(&other.message.payload))
            )),
            _ => Err(format!("no `{name}` is waited for; {}", self.pending())),
        }
    }

    fn pending(&self) -> String {
        let now = self.core.world.now();
        let mut timers: Vec<_> = self.lives.timers.iter().collect();
        timers.sort_by_key(|timer| timer.place());
        let each = |timer: &&TimerRecord| {
            format!("`{}` after {:?}", timer.message.name, timer.message.due.since(now))
        };
        let pending: Vec<_> = timers.iter().map(each).collect();
        if pending.is_empty() {
            "there is none".to_owned()
        } else {
            format!("there is {}", pending.join(", "))
        }
    }
}
