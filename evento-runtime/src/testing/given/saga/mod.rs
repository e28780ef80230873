//! Sagas: given events or a state, when an event or time passes, then commands, the state, deadlines, the end.

mod lives;
mod then;

use std::{marker::PhantomData, time::Duration};

use self::lives::{Life, Lives};
use super::{
    list::{ListOf, OneOf, kind, listed, parsed},
    observer::single,
    settings::{answers_to, fails_with, responds_to, sends, stream_of, world_of},
    subject::{Core, is_kind},
    told::stage::{Given, When},
};
use crate::{
    clock::IdSource,
    component::{Component, ComponentBody, ComponentKind, SagaBody},
    handler::ReplayStatus,
    message::{MessageId, Timestamp},
    payload::{Deadline, Event, SagaState},
    store::SagaId,
};

/// Begins a test of the saga `G`.
///
/// ```text
/// saga::<OrderProcess>()
///     .given(ordered("o1", 70))
///     .when_time_passes(RESERVED_WITHIN)
///     .then_commands(reject("o1", Reason::ReservationOverdue))
///     .then_ended();
/// ```
#[must_use = "nothing is checked before a `then_..`"]
pub fn saga<G: Component + SagaState>() -> SagaTest<G> {
    const { assert!(is_kind(&G::META, ComponentKind::Saga), "`saga` tests a `#[saga]`") };
    let core = Core::new(const { &G::META });
    let ComponentBody::Saga(body) = &core.meta.body else { panic!("a saga has the body of a saga") };
    let lives = Lives::new(core.meta);
    SagaTest { core, body, lives, types: PhantomData }
}

/// A test of a saga, begun by [`saga()`].
pub struct SagaTest<G, S = Given> {
    core: Core,
    body: &'static SagaBody,
    lives: Lives,
    types: PhantomData<fn() -> (G, S)>,
}

world_of!([C, S] SagaTest<C, S>);
stream_of!([C, S] SagaTest<C, S>);
answers_to!([C, S] SagaTest<C, S>);
responds_to!([C, S] SagaTest<C, S>);
sends!([C] SagaTest<C, When>);
fails_with!([C] SagaTest<C, When>);

impl<G: Component + SagaState> SagaTest<G> {
    /// The time at which the test begins, in place of 0 milliseconds, or to which it jumps before anything is scheduled. Later it
    /// [passes](Self::when_time_passes).
    #[must_use = "nothing is checked before a `then_..`"]
    pub fn at(self, time: Timestamp) -> Self {
        self.core.world.clock.set(time);
        self
    }

    /// There is a saga with this state.
    ///
    /// # Panics
    /// When the state does not survive its JSON.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn given_state(mut self, state: G) -> Self {
        let encoded = serde_json::value::to_raw_value(&state)
            .map_err(|error| format!("the state that was given has no JSON: {error}"));
        let json = self.core.check(encoded);
        let id = SagaId(self.core.world.ids.next());
        self.core.told.tell("given", format!("a saga with the state {}", parsed(&json)));
        let added = self.lives.put(id, &state, self.body);
        self.core.check(added);
        self
    }

    /// The saga that there is waits for a deadline, which is due after this time.
    ///
    /// # Panics
    /// When there is no saga, or several.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn given_deadline<D: Deadline>(mut self, deadline: D, after: Duration) -> Self {
        let scheduled = OneOf::of(&deadline).and_then(|one| {
            let id = self.lives.only()?.id;
            self.core.told.tell("given", format!("`{}` is due after {after:?}", one.meta.name));
            let cause = MessageId(self.core.world.ids.next());
            self.lives.schedule_given(&self.core.world, (id, cause), &one, after);
            Ok(())
        });
        self.core.check(scheduled);
        self
    }
}

impl<G: Component + SagaState, S> SagaTest<G, S> {
    /// These events have happened, in this order, and the sagas that they concern have handled them. The commands that were sent
    /// then were accepted, without events.
    ///
    /// # Panics
    /// When a handler fails, or asks a query.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn given(mut self, events: impl ListOf<kind::Events>) -> Self {
        let given = listed(events).and_then(|events| {
            self.core.told.given(&events);
            events.iter().try_for_each(|one| self.happened(one))
        });
        self.core.check(given);
        self
    }

    fn happened(&mut self, one: &OneOf) -> Result<(), String> {
        let answers = self.core.double.put_away_answers();
        self.event(one)?;
        self.core.double.put_back_answers(answers);
        match self.core.failure.take() {
            None => Ok(()),
            Some(failure) => Err(format!(
                "at `{}`, which was given: {}",
                one.meta.name,
                super::subject::failure_in_words(&failure)
            )),
        }
    }

    /// From here on, sagas handle again what they have handled before: their handlers are told so, and what they send goes nowhere.
    #[must_use = "nothing is checked before a `then_..`"]
    pub fn replaying(mut self) -> Self {
        self.core.replay = ReplayStatus::Replaying;
        self
    }

    /// An event happens, and the sagas that it concerns handle it; or one begins, where there is none.
    ///
    /// # Panics
    /// When the saga has no handler for it, or asks a query to which the test says no answer.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when<E: Event>(self, event: E) -> SagaTest<G, When> {
        self.when_stored(event)
    }

    /// The same with an event as it was [stored](super::stored()) once.
    ///
    /// # Panics
    /// As [`when`](Self::when); also when this is not one event.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when_stored(mut self, event: impl ListOf<kind::Events>) -> SagaTest<G, When> {
        let handled = single(event).and_then(|one| {
            self.core.told.when(&one);
            self.event(&one)
        });
        self.core.check(handled);
        self.now()
    }

    /// Time passes. The deadlines that are due meanwhile are handled one after the other, in the order in which they are due, each at
    /// its time; those included that are scheduled meanwhile. When a handler fails, the time stands still there.
    ///
    /// # Panics
    /// When a deadline has no handler, or its handler asks a query to which the test says no answer.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when_time_passes(mut self, time: Duration) -> SagaTest<G, When> {
        self.core.told.tell("when", format!("{time:?} pass"));
        let passed = self.time_passes(time);
        self.core.check(passed);
        self.now()
    }

    fn now(self) -> SagaTest<G, When> {
        let Self { core, body, lives, .. } = self;
        SagaTest { core, body, lives, types: PhantomData }
    }

    fn event(&mut self, one: &OneOf) -> Result<(), String> {
        self.core.begin_step();
        self.lives.begin_step();
        let event = self.core.world.stored(one);
        self.lives.handle_event(&mut self.core, self.body, one, &event)?;
        self.core.double.check_answered()
    }

    fn time_passes(&mut self, time: Duration) -> Result<(), String> {
        self.core.begin_step();
        self.lives.begin_step();
        let until = self.core.world.now() + time;
        while let Some(timer) = self.lives.next_due(until) {
            let now = self.core.world.now();
            self.core.world.clock.set(timer.message.due.max(now));
            self.lives.fire(&mut self.core, self.body, timer)?;
            self.core.double.check_answered()?;
            if self.core.failure.is_some() {
                return Ok(());
            }
        }
        self.core.world.clock.set(until);
        Ok(())
    }
}

impl Life {
    /// A saga that has not begun.
    const fn unborn(id: SagaId) -> Self {
        Self { id, state: None, associations: Vec::new() }
    }
}
