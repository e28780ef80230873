//! Scheduling the deadlines of a saga: `&Timers<(A, B)>`.

use std::{
    marker::PhantomData,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ref_cast::RefCast;
use serde_json::value::RawValue;
use thiserror::Error;

use super::{Scope, at, declared::for_each_tuple};
use crate::{
    message::Timestamp,
    payload::{Deadline, PayloadMeta},
    store::TimerRecord,
};

/// A set of deadlines: one deadline, or a tuple of up to sixteen.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a deadline nor a tuple of deadlines",
    label = "only deadlines are scheduled",
    note = "write `&Timers<A>` or `&Timers<(A, B)>` with `#[deadline]`s; more than sixteen: take a second `&Timers<(..)>` parameter"
)]
pub trait DeadlineSet: 'static {
    /// The deadlines, as data for the graph.
    const DEADLINES: &'static [&'static PayloadMeta];
}

/// The set `Self` contains the deadline `D`. `At` is inferred.
#[diagnostic::on_unimplemented(
    message = "this handler does not declare that it schedules `{D}`",
    label = "`{D}` is not among the declared deadlines",
    note = "declared: `{Self}`",
    note = "add `{D}` to the `&Timers<(..)>` parameter of the handler"
)]
pub trait Schedules<D, At> {}

impl<D: Deadline> DeadlineSet for D {
    const DEADLINES: &'static [&'static PayloadMeta] = &[&D::META];
}

#[diagnostic::do_not_recommend]
impl<D: Deadline> Schedules<D, at::Alone> for D {}
#[diagnostic::do_not_recommend]
impl<D: Deadline> Schedules<at::Nothing, at::Nothing> for D {}

macro_rules! schedules_tuple {
    ($(($member:ident $index:literal))+) => {
        impl<$($member: Deadline),+> DeadlineSet for ($($member,)+) {
            const DEADLINES: &'static [&'static PayloadMeta] = &[$(&$member::META),+];
        }
        schedules_tuple!(@members ($($member),+) $(($member $index))+);
        #[diagnostic::do_not_recommend]
        impl<$($member),+> Schedules<at::Nothing, at::Nothing> for ($($member,)+) {}
    };
    (@members $all:tt $($one:tt)+) => { $(schedules_tuple!(@member $all $one);)+ };
    (@member ($($all:ident),+) ($member:ident $index:literal)) => {
        #[diagnostic::do_not_recommend]
        impl<$($all),+> Schedules<$member, at::Nth<$index>> for ($($all,)+) {}
    };
}

for_each_tuple!(schedules_tuple);

/// Why a deadline was not scheduled. Nothing was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// The payload cannot become JSON.
    #[error("deadline `{deadline}` has no JSON: {source}")]
    NoJson {
        /// The deadline.
        deadline: &'static str,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
    /// The key is none that every store can keep.
    #[error(
        "the key of deadline `{deadline}` {reason}: take a text of 1 to {} bytes without the character NUL",
        TimerRecord::KEY_LIMIT
    )]
    BadKey {
        /// The deadline.
        deadline: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Schedules the deadlines of the set `S`, and no others.
///
/// Taken as a parameter, `&Timers<(A, B)>` declares what the handler schedules. A deadline belongs to the saga whose handler
/// schedules it, is stored in the transaction that saves the saga, and is handled once by the saga's
/// `#[saga_deadline_handler]` when the clock of the application says so, however often the process is restarted in between.
/// When the handler fails, or the saga ends, nothing of it is left.
///
/// A saga has one timer for each key, which is the name of the deadline unless [`key`](Scheduling::key) says otherwise.
#[derive(RefCast)]
#[repr(transparent)]
pub struct Timers<S> {
    scope: Scope,
    #[trivial]
    set: PhantomData<fn(S)>,
}

impl<S> Timers<S> {
    pub(crate) fn of(scope: &Scope) -> &Self {
        Self::ref_cast(scope)
    }

    /// Schedules a deadline, in place of the one with the same key. Nothing happens until it is said when, by
    /// [`at`](Scheduling::at) or [`after`](Scheduling::after).
    pub fn schedule<D: Deadline, At>(&self, deadline: D) -> Scheduling<'_>
    where
        S: Schedules<D, At>,
    {
        let payload = serde_json::value::to_raw_value(&deadline);
        Scheduling { scope: &self.scope, deadline: D::META.name, key: None, payload }
    }

    /// Cancels the deadline of this key, if there is one.
    pub fn cancel_key(&self, key: &str) {
        self.scope.timers.push(TimerChange::Cancel { key: key.to_owned() });
    }
}

/// Cancels a deadline by its type: `timers.cancel::<PaymentTimeout>()`. In the prelude.
///
/// A trait, because whoever calls writes the deadline, and `At` is inferred.
pub trait Cancels<At> {
    /// What may be scheduled, and so be cancelled.
    type Set;

    /// Cancels the deadline of this type that was scheduled without a key of its own, if there is one.
    fn cancel<D: Deadline>(&self)
    where
        Self::Set: Schedules<D, At>;
}

impl<S, At> Cancels<At> for Timers<S> {
    type Set = S;

    fn cancel<D: Deadline>(&self)
    where
        S: Schedules<D, At>,
    {
        self.cancel_key(D::META.name);
    }
}

/// A deadline that is about to be scheduled: give it a key, then say when it is due.
#[must_use = "a deadline is scheduled when it is said when it is due: `.at(..)` or `.after(..)`"]
pub struct Scheduling<'a> {
    scope: &'a Scope,
    deadline: &'static str,
    key: Option<String>,
    payload: Result<Box<RawValue>, serde_json::Error>,
}

impl Scheduling<'_> {
    /// What tells this deadline from others of the saga, in place of its name.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Due at a time. One that is over is due at once.
    ///
    /// # Errors
    /// [`ScheduleError`] when the payload cannot become JSON, or the key cannot be stored.
    pub fn at(self, due: Timestamp) -> Result<(), ScheduleError> {
        let Self { scope, deadline, key, payload } = self;
        let payload = payload.map_err(|source| ScheduleError::NoJson { deadline, source })?;
        let key = key.unwrap_or_else(|| deadline.to_owned());
        if let Some(reason) = mistake(&key) {
            return Err(ScheduleError::BadKey { deadline, reason });
        }
        scope.timers.push(TimerChange::Schedule { key, deadline, due, payload });
        Ok(())
    }

    /// Due when so much time has passed since the handler was called, by the clock of the application. A time since the event
    /// is `at(timestamp + time)`, with the handler's [`Timestamp`].
    ///
    /// # Errors
    /// [`ScheduleError`] when the payload cannot become JSON, or the key cannot be stored.
    pub fn after(self, time: Duration) -> Result<(), ScheduleError> {
        let due = self.scope.timestamp + time;
        self.at(due)
    }
}

fn mistake(key: &str) -> Option<&'static str> {
    if key.is_empty() {
        Some("is empty")
    } else if key.len() > TimerRecord::KEY_LIMIT {
        Some("is too long")
    } else if key.contains('\0') {
        Some("contains NUL")
    } else {
        None
    }
}

/// What a handler wants of the timers of its saga.
#[derive(Debug)]
pub(crate) enum TimerChange {
    /// A timer in place of the one with its key.
    Schedule { key: String, deadline: &'static str, due: Timestamp, payload: Box<RawValue> },
    /// No timer of this key.
    Cancel { key: String },
}

/// What one call of a handler wants of the timers of its saga, in order.
#[derive(Default)]
pub(crate) struct TimerChanges(Mutex<Vec<TimerChange>>);

impl TimerChanges {
    fn push(&self, change: TimerChange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }

    /// Takes them away.
    pub(crate) fn take(&self) -> Vec<TimerChange> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_a_store_cannot_keep_are_refused() {
        let longest = "é".repeat(TimerRecord::KEY_LIMIT / 2);
        assert_eq!(mistake(&longest), None);
        for (key, reason) in
            [("", "is empty"), ("a\0", "contains NUL"), (&*format!("{longest}é"), "is too long")]
        {
            assert_eq!(mistake(key), Some(reason));
        }
    }
}
