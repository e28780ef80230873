//! Decisions: what command handlers may return, proved by types.
//!
//! `Order: Sources<Paid>` says that `Order` can apply `Paid`; `Order: Starts<Placed>` says that `Placed` can start the life
//! of an `Order`. The attribute of an event implements [`Decision`] and [`Begins`] for that event and every aggregate for
//! which this holds; `Result`, `Option`, `Vec` and tuples pass the question on to what they contain, so that rustc blames
//! the very event that is not covered.

use serde_json::value::RawValue;

use super::{HandlerError, HandlerResult, Outcome};
use crate::{
    error::Error,
    payload::{Event, PayloadMeta},
};

/// The aggregate has an event-sourcing handler for the event. Implemented by `#[aggregate]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot apply `{E}`",
    label = "`{Self}` has no event-sourcing handler for `{E}`",
    note = "add `#[event_sourcing_handler] fn apply(&mut self, event: &{E}) {{ .. }}` to `#[aggregate] impl {Self}`"
)]
pub trait Sources<E> {}

/// The aggregate has an event-sourcing handler without receiver for the event. Implemented by `#[aggregate]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no handler for `{E}` that starts a life",
    label = "a command handler without `self` starts a life, so its first event must start one",
    note = "add `#[event_sourcing_handler] fn apply(event: &{E}) -> Self {{ .. }}` to `#[aggregate] impl {Self}`, or give the command handler a `&self`"
)]
pub trait Starts<E>: Sources<E> {}

/// An event on its way into the log.
pub struct NewEvent {
    /// Its type.
    pub meta: &'static PayloadMeta,
    /// Its payload.
    pub payload: Box<RawValue>,
}

/// The events that a handler returned, in order.
#[derive(Default)]
pub struct NewEvents(Vec<NewEvent>);

impl NewEvents {
    /// Adds an event.
    ///
    /// # Errors
    /// What serde says of a payload that has no JSON.
    pub fn push<E: Event>(&mut self, event: &E) -> Result<(), Error> {
        self.add(&E::META, serde_json::value::to_raw_value(event))
    }

    fn add(
        &mut self,
        meta: &'static PayloadMeta,
        payload: Result<Box<RawValue>, serde_json::Error>,
    ) -> Result<(), Error> {
        self.0.push(NewEvent { meta, payload: payload? });
        Ok(())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The events.
    #[must_use]
    pub fn into_vec(self) -> Vec<NewEvent> {
        self.0
    }
}

/// The events that a return type may contain.
#[derive(Clone, Copy)]
pub enum Decided {
    /// This one.
    One(&'static PayloadMeta),
    /// All of these.
    All(&'static [Self]),
}

impl Decided {
    /// None.
    pub const NONE: Self = Self::All(&[]);

    /// Calls `each` for every event type.
    pub fn for_each(&self, each: &mut impl FnMut(&'static PayloadMeta)) {
        match self {
            Self::One(meta) => each(meta),
            Self::All(all) => all.iter().for_each(|decided| decided.for_each(each)),
        }
    }
}

/// What a command handler of the aggregate `A` may return: a domain event, a tuple, `Vec` or `Option` of them, or a
/// `Result` of one of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no decision of `{A}`",
    label = "a command handler returns domain events",
    note = "return a `#[domain_event]`, a tuple, `Vec` or `Option` of them, or a `Result` of one of these"
)]
pub trait Decision<A> {
    /// The events that it may contain.
    const EVENTS: Decided;

    /// Adds the events in order.
    ///
    /// # Errors
    /// The handler's own, or what serde says of a payload that has no JSON.
    fn decide(self, events: &mut NewEvents) -> Result<(), Error>;

    /// The outcome of the handler.
    ///
    /// # Errors
    /// Those of [`decide`](Self::decide).
    fn outcome(self) -> HandlerResult
    where
        Self: Sized,
    {
        let mut events = NewEvents::default();
        self.decide(&mut events)?;
        Ok(Outcome::Events(events))
    }
}

/// A [`Decision`] whose first event starts a life.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not start the life of `{A}`",
    label = "a command handler without `self` returns an event that starts a life",
    note = "return a `#[domain_event]` whose event-sourcing handler has no receiver"
)]
pub trait Begins<A>: Decision<A> {
    /// The events that it may contain. Said again here, so that a decision that begins nothing is one error and not two.
    const BEGINNING: Decided = Self::EVENTS;

    /// The outcome of the handler.
    ///
    /// # Errors
    /// Those of [`decide`](Decision::decide).
    fn begin(self) -> HandlerResult
    where
        Self: Sized,
    {
        self.outcome()
    }
}

/// What a command handler of a service may return: a service event, a tuple, `Vec` or `Option` of them, or a `Result` of
/// one of these.
#[diagnostic::on_unimplemented(
    message = "a service cannot emit `{Self}`",
    label = "a service emits service events",
    note = "return a `#[service_event]`, a tuple, `Vec` or `Option` of them, or a `Result` of one of these"
)]
pub trait Effects {
    /// The events that it may contain.
    const EVENTS: Decided;

    /// Adds the events in order.
    ///
    /// # Errors
    /// The handler's own, or what serde says of a payload that has no JSON.
    fn effects(self, events: &mut NewEvents) -> Result<(), Error>;

    /// The outcome of the handler.
    ///
    /// # Errors
    /// Those of [`effects`](Self::effects).
    fn outcome(self) -> HandlerResult
    where
        Self: Sized,
    {
        let mut events = NewEvents::default();
        self.effects(&mut events)?;
        Ok(Outcome::Events(events))
    }
}

impl<A, D: Decision<A>, E: HandlerError> Decision<A> for Result<D, E> {
    const EVENTS: Decided = D::EVENTS;

    fn decide(self, events: &mut NewEvents) -> Result<(), Error> {
        self.map_err(HandlerError::into_error)?.decide(events)
    }
}

impl<A, D: Begins<A>, E: HandlerError> Begins<A> for Result<D, E> {}

impl<A, D: Decision<A>> Decision<A> for Option<D> {
    const EVENTS: Decided = D::EVENTS;

    fn decide(self, events: &mut NewEvents) -> Result<(), Error> {
        self.map_or(Ok(()), |decision| decision.decide(events))
    }
}

impl<A, D: Begins<A>> Begins<A> for Option<D> {}

impl<A, D: Decision<A>> Decision<A> for Vec<D> {
    const EVENTS: Decided = D::EVENTS;

    fn decide(self, events: &mut NewEvents) -> Result<(), Error> {
        self.into_iter().try_for_each(|decision| decision.decide(events))
    }
}

impl<A, D: Begins<A>> Begins<A> for Vec<D> {}

impl<D: Effects, E: HandlerError> Effects for Result<D, E> {
    const EVENTS: Decided = D::EVENTS;

    fn effects(self, events: &mut NewEvents) -> Result<(), Error> {
        self.map_err(HandlerError::into_error)?.effects(events)
    }
}

impl<D: Effects> Effects for Option<D> {
    const EVENTS: Decided = D::EVENTS;

    fn effects(self, events: &mut NewEvents) -> Result<(), Error> {
        self.map_or(Ok(()), |effect| effect.effects(events))
    }
}

impl<D: Effects> Effects for Vec<D> {
    const EVENTS: Decided = D::EVENTS;

    fn effects(self, events: &mut NewEvents) -> Result<(), Error> {
        self.into_iter().try_for_each(|effect| effect.effects(events))
    }
}

/// Tuples: the first event of one that begins a life starts it, the others follow. They are kept out of rustc's lists of what
/// else a handler may return, in which they would hide the rest; of a tuple that does not fit, rustc blames the whole.
macro_rules! tuples {
    ($(($first:ident $($rest:ident)*))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<A, $first: Decision<A>, $($rest: Decision<A>),*> Decision<A> for ($first, $($rest,)*) {
            const EVENTS: Decided = Decided::All(&[$first::EVENTS, $($rest::EVENTS),*]);

            #[allow(non_snake_case, reason = "a variable is named after its type parameter")]
            fn decide(self, events: &mut NewEvents) -> Result<(), Error> {
                let ($first, $($rest,)*) = self;
                $first.decide(events)?;
                $($rest.decide(events)?;)*
                Ok(())
            }
        }

        #[diagnostic::do_not_recommend]
        impl<A, $first: Begins<A>, $($rest: Decision<A>),*> Begins<A> for ($first, $($rest,)*) {}

        #[diagnostic::do_not_recommend]
        impl<$first: Effects, $($rest: Effects),*> Effects for ($first, $($rest,)*) {
            const EVENTS: Decided = Decided::All(&[$first::EVENTS, $($rest::EVENTS),*]);

            #[allow(non_snake_case, reason = "a variable is named after its type parameter")]
            fn effects(self, events: &mut NewEvents) -> Result<(), Error> {
                let ($first, $($rest,)*) = self;
                $first.effects(events)?;
                $($rest.effects(events)?;)*
                Ok(())
            }
        }
    )*};
}

tuples! {
    (D0 D1)
    (D0 D1 D2)
    (D0 D1 D2 D3)
    (D0 D1 D2 D3 D4)
    (D0 D1 D2 D3 D4 D5)
    (D0 D1 D2 D3 D4 D5 D6)
    (D0 D1 D2 D3 D4 D5 D6 D7)
}
