//! Projections: given views, or the events of a projector, when a query, then the answer.

use std::{any::Any, collections::HashMap, marker::PhantomData};

use serde_json::Value;

use super::{
    compare::compare_json,
    list::{ListOf, OneOf, kind, listed},
    projector::{IntoStore, open},
    read_model::{ReadModels, view_ids, written_by},
    settings::{fails_with, provided_to, responds_to, stream_of, time_of, world_of},
    subject::{Core, call, is_kind},
    told::stage::{Given, When},
};
use crate::{
    capability::{Access, Pinned, Reading, Serving, Tables},
    component::{Component, ComponentKind, HandlerKind, HandlerMeta},
    handler::{AccessSlot, CallFailure, Incoming, Invocation, MessageRef, Outcome, ReplayStatus, Uses},
    message::QueryMessage,
    payload::Query,
    store::ViewId,
};

/// Begins a test of the projection `P`, on a store in memory unless the test says [otherwise](ProjectionTest::on).
///
/// ```text
/// projection::<TodoListProjection>()
///     .given(TodoListView { list_id: "l".into(), .. })
///     .when(FindTodoList { list_id: "l".into() })
///     .then_answer(Some(TodoListView { list_id: "l".into(), .. }));
/// ```
#[must_use = "nothing is checked before a `then_..`"]
pub fn projection<P: Component>() -> ProjectionTest<P> {
    const { assert!(is_kind(&P::META, ComponentKind::Projection), "`projection` tests a `#[projection]`") };
    let core = Core::new(const { &P::META });
    ProjectionTest {
        core,
        models: ReadModels::default(),
        views: HashMap::new(),
        answer: None,
        types: PhantomData,
    }
}

/// A test of a projection, begun by [`projection`]. After a `when`, `R` is the response of the query.
pub struct ProjectionTest<P, S = Given, R = ()> {
    core: Core,
    models: ReadModels,
    /// Where the rows of views lie that were given.
    views: HashMap<&'static str, ViewId>,
    answer: Option<R>,
    types: PhantomData<fn() -> (P, S)>,
}

world_of!([P, S, R] ProjectionTest<P, S, R>);
time_of!([P, S, R] ProjectionTest<P, S, R>);
stream_of!([P, S, R] ProjectionTest<P, S, R>);
provided_to!([P, S, R] ProjectionTest<P, S, R>);
responds_to!([P, S, R] ProjectionTest<P, S, R>);
fails_with!([P, R] ProjectionTest<P, When, R>);

impl<P: Component> ProjectionTest<P> {
    /// On this store, which is opened within the test. The test leaves there what it writes.
    ///
    /// # Panics
    /// When the store cannot be opened.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn on<T: IntoStore, E: std::fmt::Display>(
        mut self,
        opening: impl IntoFuture<Output = Result<T, E>>,
    ) -> Self {
        let opened = open(&mut self.core, opening);
        self.models = self.core.check(opened);
        self
    }
}

impl<P: Component, S, R> ProjectionTest<P, S, R> {
    /// Views have these rows, in place of those with the same ids.
    ///
    /// # Panics
    /// When the projection does not read their view, or a row does not survive its JSON.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn given(mut self, rows: impl ListOf<kind::Views>) -> Self {
        let given = listed(rows).and_then(|rows| {
            self.core.told.given(&rows);
            self.know_views();
            let (models, views, world) = (self.models.clone(), self.views.clone(), self.core.world.clone());
            self.core.driver()?.wait(models.put_rows(rows, &views, &world))
        });
        self.core.check(given);
        self
    }

    /// These events have happened, and the projector `J` has made views or tables of them. It is built from what was provided to the
    /// test before.
    ///
    /// # Panics
    /// When the projector fails, has no handler for an event, or cannot be built; or when this is no projector.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn given_by<J: Component>(mut self, events: impl ListOf<kind::Events>) -> Self {
        const { assert!(is_kind(&J::META, ComponentKind::Projector), "`given_by` takes a `#[projector]`") };
        let given = listed(events).and_then(|events| {
            self.core.told.given(&events);
            self.projected(const { &J::META }, &events)
        });
        self.core.check(given);
        self
    }

    fn projected(
        &mut self,
        meta: &'static crate::component::ComponentMeta,
        events: &[OneOf],
    ) -> Result<(), String> {
        self.views.extend(written_by(meta, &self.core.world));
        let (models, world) = (self.models.clone(), self.core.world.clone());
        let provided = std::mem::take(&mut self.core.provided);
        let begun = self.core.driver()?.wait(models.begin(meta, &provided, &world));
        self.core.provided = provided;
        let projecting = begun?;
        for one in events {
            let handles = |handler: &&HandlerMeta| {
                let is_its = handler.payload.is_some_and(|payload| payload.is_called(one.meta.name));
                handler.kind == HandlerKind::Event && is_its
            };
            let handler = meta.handlers.iter().find(handles);
            let handler = handler
                .ok_or_else(|| format!("projector `{}` has no handler for `{}`", meta.name, one.meta.name))?;
            let message = self.core.world.stored(one).message;
            let scope = self.core.scope(message.id, message.correlation_id);
            let handled = self.core.driver()?.wait(async {
                let event = models.append(message, &world).await?;
                let handling = projecting.handle(handler, &event, &scope, ReplayStatus::Live, &models);
                handling.await.map_err(|failure| super::subject::failure_in_words(&failure))
            });
            handled.map_err(|words| format!("projector `{}`, at `{}`: {words}", meta.name, one.meta.name))?;
        }
        Ok(())
    }

    /// The projection is to answer a query.
    ///
    /// # Panics
    /// When it has no handler for the query, cannot be built, or itself asks a query to which the test says no answer.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when<Q: Query>(mut self, query: Q) -> ProjectionTest<P, When, Q::Response> {
        let asked = OneOf::of(&query).and_then(|one| {
            self.core.told.when(&one);
            self.ask(&one)
        });
        let answer = self.core.check(asked);
        let of_type = answer.map(|answer| match answer.downcast::<Q::Response>() {
            Ok(answer) => Ok(*answer),
            Err(_) => Err(format!("the answer to `{}` is of another type than it declares", Q::META.name)),
        });
        let answer = self.core.check(of_type.transpose());
        let Self { core, models, views, .. } = self;
        ProjectionTest { core, models, views, answer, types: PhantomData }
    }

    fn ask(&mut self, one: &OneOf) -> Result<Option<Box<dyn Any + Send>>, String> {
        let handler = self.core.handler(HandlerKind::Query, one.meta)?;
        self.know_views();
        self.core.instance()?;
        self.core.begin_step();
        let message = self.core.world.query(one);
        let answered = self.call(handler, &message)?;
        self.core.double.check_answered()?;
        match answered {
            Ok(Outcome::Answer(answer)) => Ok(Some(answer)),
            Ok(_) => Err("the handler gave no answer".to_owned()),
            Err(failure) => {
                self.core.failure = Some(failure);
                Ok(None)
            }
        }
    }

    fn call(
        &mut self,
        handler: &'static HandlerMeta,
        message: &QueryMessage,
    ) -> Result<Result<Outcome, CallFailure>, String> {
        let instance = self.core.instance()?;
        let scope = self.core.scope(message.id, message.correlation_id);
        let (store, views) = (self.models.store.clone(), self.views.clone());
        let tables =
            Tables::of_version(self.core.meta.reads.iter().map(|read| read.version).min().unwrap_or(0));
        self.core.driver()?.wait(async {
            let wants_connection = handler.params.iter().any(|uses| matches!(uses, Uses::Connection(_)));
            let connection = match wants_connection {
                true => Some(store.read_connection().await.map_err(|error| error.to_string())?),
                false => None,
            };
            // Each view is read where it was given, whichever version that is.
            let projector = "given";
            let reading = Reading { serving: Serving::new(store.clone()), pinned: Pinned::new() };
            let mut access = Access::read(store, reading, connection, view_ids(&views, projector));
            let incoming = Incoming::new(MessageRef::Query(message));
            let mut invocation = Invocation::new(&incoming, Some(&scope));
            invocation.instance = Some(&**instance);
            invocation.access = AccessSlot::Exclusive(&mut access);
            invocation.tables = Some(&tables);
            Ok(call(handler, invocation).await)
        })
    }

    /// The views that the projection reads and of which nothing was given have no rows.
    fn know_views(&mut self) {
        for (view, id) in written_by(self.core.meta, &self.core.world) {
            self.views.entry(view).or_insert(ViewId { version: 1, ..id });
        }
    }
}

impl<P, R: serde::Serialize> ProjectionTest<P, When, R> {
    /// The query was answered with this. It is compared by its JSON.
    ///
    /// # Panics
    /// When the answer is another one, with the difference, or when the handler failed.
    #[track_caller]
    pub fn then_answer(self, expected: R) -> Self {
        let compared = self.answer().and_then(|found| {
            let json = |value: &R| serde_json::to_value(value).map_err(|error| format!("no JSON: {error}"));
            let (expected, found): (Value, Value) = (json(&expected)?, json(found)?);
            compare_json("answer", &expected, &found)
        });
        self.core.check(compared);
        self
    }
}

impl<P, R> ProjectionTest<P, When, R> {
    /// Looks at the answer.
    ///
    /// # Panics
    /// When the handler failed.
    #[track_caller]
    pub fn then_answered(self, check: impl FnOnce(&R)) -> Self {
        check(self.core.check(self.answer()));
        self
    }

    fn answer(&self) -> Result<&R, String> {
        self.core.succeeded()?;
        self.answer.as_ref().ok_or_else(|| "there is no answer".to_owned())
    }
}
