//! The sagas of a test: whom an event concerns, what handling it changes, and what is due.

use std::{collections::HashMap, time::Duration};

use serde_json::value::RawValue;

use super::super::{
    list::OneOf,
    subject::{Core, call},
    world::World,
};
use crate::{
    capability::{Scope, TimerChange, seed},
    component::{Association, ComponentMeta, HandlerKind, HandlerMeta, Receiver, SagaBody},
    consumer::{saga_id, saga_seed, timer_id},
    handler::{CallFailure, Incoming, Instance, Invocation, MessageRef, Outcome, StateAccess, StateSlot},
    message::{DeadlineMessage, MessageId, StoredEvent, Timestamp},
    panic::caught,
    registry::{Lives as Handlers, event_handlers},
    store::{SagaId, TimerRecord},
};

/// A saga, alive or about to begin.
#[derive(Clone)]
pub(super) struct Life {
    pub(super) id: SagaId,
    /// Its state as it is stored; `None` before it begins.
    pub(super) state: Option<Box<RawValue>>,
    /// The fields by which events find it, with their values.
    pub(super) associations: Vec<(&'static str, String)>,
}

/// What became of the last step.
#[derive(Default)]
pub(super) struct Step {
    /// Why it concerned nobody.
    pub(super) ignored: Option<String>,
    pub(super) ended: usize,
}

/// All sagas of a test.
pub(super) struct Lives {
    meta: &'static ComponentMeta,
    handlers: HashMap<&'static str, Handlers>,
    /// By id.
    pub(super) all: Vec<Life>,
    pub(super) timers: Vec<TimerRecord>,
    pub(super) step: Step,
}

/// Whom an event concerns.
enum Concerned {
    Sagas(&'static HandlerMeta, Vec<Life>),
    Nobody(String),
}

impl Lives {
    pub(super) fn new(meta: &'static ComponentMeta) -> Self {
        let handlers = event_handlers(meta);
        Self { meta, handlers, all: Vec::new(), timers: Vec::new(), step: Step::default() }
    }

    pub(super) fn begin_step(&mut self) {
        self.step = Step::default();
    }

    /// The saga, when there is one.
    pub(super) fn only(&self) -> Result<&Life, String> {
        match &*self.all {
            [only] => Ok(only),
            [] => Err("there is no saga: none has begun, or it has ended".to_owned()),
            several => Err(format!("there are {} sagas, and this is about one", several.len())),
        }
    }

    /// Puts a saga in place, as it is stored.
    pub(super) fn put<G: Send + Sync + 'static>(
        &mut self,
        id: SagaId,
        state: &G,
        body: &SagaBody,
    ) -> Result<(), String> {
        let life = Life::unborn(id);
        self.save(life, state, body)
    }

    /// Stores the state of a saga, and takes the state from there from now on.
    fn save(
        &mut self,
        life: Life,
        state: &(dyn std::any::Any + Send + Sync),
        body: &SagaBody,
    ) -> Result<(), String> {
        let no_json = |error| format!("the state of the saga does not survive its JSON: {error}");
        let json = (body.codec.encode)(state).map_err(no_json)?;
        (body.codec.decode)(&json).map_err(no_json)?;
        let associations = (body.associations)(state);
        self.all.retain(|other| other.id != life.id);
        self.all.push(Life { state: Some(json), associations, ..life });
        self.all.sort_by_key(|life| life.id);
        Ok(())
    }

    fn end(&mut self, id: SagaId) {
        self.all.retain(|life| life.id != id);
        self.timers.retain(|timer| timer.saga_id != id);
        self.step.ended += 1;
    }

    /// Lets every saga that an event concerns go on, in the order of their ids; or begins one where there is none.
    pub(super) fn handle_event(
        &mut self,
        core: &mut Core,
        body: &SagaBody,
        one: &OneOf,
        event: &StoredEvent,
    ) -> Result<(), String> {
        let incoming = Incoming::new(MessageRef::Stored(event));
        let handlers = self
            .handlers
            .get(one.meta.name)
            .copied()
            .ok_or_else(|| core.no_handler(HandlerKind::SagaEvent, one.meta))?;
        let (handler, lives) = match self.concerned(handlers, &incoming, core, event.message.id)? {
            Concerned::Sagas(handler, lives) => (handler, lives),
            Concerned::Nobody(why) => {
                self.step.ignored = Some(why);
                return Ok(());
            }
        };
        for life in lives {
            let component = seed(event.message.id, &core.world.qualified(self.meta.name));
            let mut scope = core.scope(event.message.id, event.message.correlation_id);
            scope.seed = saga_seed(component, life.id);
            scope.metadata = event.message.metadata.clone();
            scope.context = event.message.context.clone();
            self.live(core, body, handler, (&incoming, &scope), life, None)?;
        }
        Ok(())
    }

    fn concerned(
        &self,
        handlers: Handlers,
        incoming: &Incoming<'_>,
        core: &Core,
        event: MessageId,
    ) -> Result<Concerned, String> {
        let (mut start, mut sought) = (None, None);
        for handler in [handlers.living, handlers.starting].into_iter().flatten() {
            let Some(Association { name, value }) = handler.association else { continue };
            let value = caught(|| value(incoming))
                .map_err(|panic| format!("the association by `{name}` panicked: {panic}"))?
                .map_err(|error| format!("the association by `{name}` cannot be read: {error:#}"))?;
            let Some(value) = value else { continue };
            let has =
                |life: &&Life| life.associations.iter().any(|(field, of)| *field == name && *of == value);
            let found: Vec<_> = self.all.iter().filter(has).cloned().collect();
            if !found.is_empty() {
                return Ok(match handlers.living {
                    Some(living) => Concerned::Sagas(living, found),
                    None => Concerned::Nobody(format!(
                        "there is a saga with the {name} `{value}` already, and the handler `{}` only begins one",
                        handler.name
                    )),
                });
            }
            if matches!(handler.receiver, Receiver::None) {
                start = Some(handler);
            }
            sought.get_or_insert((name, value));
        }
        Ok(match (start, sought) {
            (Some(handler), _) => {
                let id = saga_id(event, &core.world.qualified(self.meta.name));
                Concerned::Sagas(handler, vec![Life::unborn(id)])
            }
            (None, Some((name, value))) => Concerned::Nobody(self.nobody_has(name, &value)),
            (None, None) => Concerned::Nobody("the event has no value by which to find a saga".to_owned()),
        })
    }

    fn nobody_has(&self, name: &str, value: &str) -> String {
        let others = self.all.iter().flat_map(|life| &life.associations).filter(|(field, _)| *field == name);
        let others: Vec<_> = others.map(|(_, value)| format!("`{value}`")).collect();
        let but = if others.is_empty() { String::new() } else { format!("; there is {}", others.join(", ")) };
        format!("no saga has the {name} `{value}`{but}")
    }

    /// Calls a handler, and keeps what that changes. `timer` is the key of the deadline that it handles.
    fn live(
        &mut self,
        core: &mut Core,
        body: &SagaBody,
        handler: &'static HandlerMeta,
        (incoming, scope): (&Incoming<'_>, &Scope),
        life: Life,
        timer: Option<&str>,
    ) -> Result<(), String> {
        let mut state: StateSlot = match &life.state {
            Some(json) => Some((body.codec.decode)(json).map_err(|error| error.to_string())?),
            None => None,
        };
        let mut invocation = Invocation::new(incoming, Some(scope));
        invocation.state = StateAccess::Slot(&mut state);
        invocation.replay = core.replay;
        let called = core.driver()?.wait(call(handler, invocation));
        let next: Option<Instance> = match called {
            Ok(Outcome::State(state)) => Some(state),
            Ok(Outcome::Done) => state,
            Ok(_) => None,
            Err(failure) => {
                core.double.forget_rejections(scope.seed);
                core.failure = Some(failure);
                return Ok(());
            }
        };
        let Some(next) = next else {
            // What has not begun has nothing to end.
            match life.state {
                Some(_) => self.end(life.id),
                None => self.step.ignored = Some(format!("the handler `{}` began no saga", handler.name)),
            }
            return Ok(());
        };
        let id = life.id;
        if let Err(error) = self.save(life, &*next, body) {
            core.failure = Some(CallFailure::Failed(crate::error::Error::msg(error)));
            return Ok(());
        }
        // First, so that a handler can schedule the same again.
        if let Some(key) = timer {
            self.cancel(id, key);
        }
        for change in scope.timers.take() {
            self.change_timer(id, scope, change);
        }
        Ok(())
    }

    fn cancel(&mut self, id: SagaId, key: &str) {
        self.timers.retain(|timer| timer.saga_id != id || timer.key != key);
    }

    fn change_timer(&mut self, id: SagaId, scope: &Scope, change: TimerChange) {
        let (key, deadline, due, payload) = match change {
            TimerChange::Cancel { key } => return self.cancel(id, &key),
            TimerChange::Schedule { key, deadline, due, payload } => (key, deadline, due, payload),
        };
        let message = DeadlineMessage {
            id: timer_id(scope.seed, &key),
            name: deadline.into(),
            correlation_id: scope.correlation_id,
            causation_id: scope.cause,
            due,
            metadata: scope.metadata.clone(),
            context: scope.context.clone(),
            payload,
        };
        self.cancel(id, &key);
        self.timers.push(TimerRecord { saga: self.meta.name.into(), saga_id: id, key, message });
    }

    /// A deadline that was there before the test.
    pub(super) fn schedule_given(
        &mut self,
        world: &World,
        (id, cause): (SagaId, MessageId),
        one: &OneOf,
        after: Duration,
    ) {
        let key = one.meta.name.to_owned();
        let message = DeadlineMessage {
            id: timer_id(cause, &key),
            name: one.meta.name.into(),
            correlation_id: cause,
            causation_id: cause,
            due: world.now() + after,
            metadata: world.metadata.clone(),
            context: world.context.clone(),
            payload: one.json.clone(),
        };
        self.cancel(id, &key);
        self.timers.push(TimerRecord { saga: self.meta.name.into(), saga_id: id, key, message });
    }

    /// The first deadline that is due by then.
    pub(super) fn next_due(&self, until: Timestamp) -> Option<TimerRecord> {
        let due = self.timers.iter().filter(|timer| timer.message.due <= until);
        due.min_by_key(|timer| timer.place()).cloned()
    }

    /// Lets a saga handle its deadline.
    pub(super) fn fire(
        &mut self,
        core: &mut Core,
        body: &SagaBody,
        timer: TimerRecord,
    ) -> Result<(), String> {
        let TimerRecord { saga_id, key, message, .. } = timer;
        let named =
            |handler: &&HandlerMeta| handler.payload.is_some_and(|payload| payload.is_called(&message.name));
        let handler = core
            .handlers(HandlerKind::SagaDeadline)
            .find(named)
            .ok_or_else(|| format!("no handler takes the deadline `{}`", message.name))?;
        let Some(life) = self.all.iter().find(|life| life.id == saga_id).cloned() else {
            self.cancel(saga_id, &key);
            return Ok(());
        };
        let component = seed(message.id, &core.world.qualified(self.meta.name));
        let mut scope = core.scope(message.id, message.correlation_id);
        scope.seed = saga_seed(component, saga_id);
        scope.metadata = message.metadata.clone();
        scope.context = message.context.clone();
        let incoming = Incoming::new(MessageRef::Deadline(&message));
        self.live(core, body, handler, (&incoming, &scope), life, Some(&key))
    }
}
