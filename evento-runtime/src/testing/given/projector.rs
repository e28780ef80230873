//! Projectors: given events, when an event, then views or rows.

use std::{any::Any, marker::PhantomData};

use serde_json::Value;

use super::{
    compare::{compare, compare_json},
    list::{ListOf, OneOf, kind, listed, parsed},
    observer::single,
    read_model::{Projecting, ReadModels, written_by},
    settings::{fails_with, provided_to, responds_to, stream_of, time_of, world_of},
    subject::{Core, is_kind},
    told::stage::{Given, When},
    world::CountedIds,
};
use crate::{
    capability::Tables,
    component::{Component, ComponentKind, HandlerKind},
    handler::ReplayStatus,
    payload::{Event, Key, View},
    store::{SharedStore, StateStore, ViewId},
};

/// Begins a test of the projector `P`, on a store in memory unless the test says [otherwise](ProjectorTest::on).
///
/// ```text
/// projector::<TodoListProjector>()
///     .given((created("l"), added("l", "milk")))
///     .when(checked("l", "milk"))
///     .then_view(TodoListView { .. });
/// ```
#[must_use = "nothing is checked before a `then_..`"]
pub fn projector<P: Component>() -> ProjectorTest<P> {
    const { assert!(is_kind(&P::META, ComponentKind::Projector), "`projector` tests a `#[projector]`") };
    let core = Core::new(const { &P::META });
    ProjectorTest { core, models: ReadModels::default(), projecting: None, types: PhantomData }
}

/// A test of a projector, begun by [`projector`].
pub struct ProjectorTest<P, S = Given> {
    core: Core,
    models: ReadModels,
    projecting: Option<Projecting>,
    types: PhantomData<fn() -> (P, S)>,
}

world_of!([P, S] ProjectorTest<P, S>);
time_of!([P, S] ProjectorTest<P, S>);
stream_of!([P, S] ProjectorTest<P, S>);
provided_to!([P, S] ProjectorTest<P, S>);
responds_to!([P, S] ProjectorTest<P, S>);
fails_with!([P] ProjectorTest<P, When>);

impl<P: Component> ProjectorTest<P> {
    /// On this store, which is opened within the test. The test leaves there what it writes.
    ///
    /// ```text
    /// projector::<AccountTable>().on(SqliteStore::open(":memory:"))
    /// ```
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

/// A store of a test: of its own type, or as [`open_store`](crate::open_store) opens it.
pub trait IntoStore {
    /// The store, shared.
    fn into_store(self) -> SharedStore;
}

impl<T: StateStore> IntoStore for T {
    fn into_store(self) -> SharedStore {
        std::sync::Arc::new(self)
    }
}

impl IntoStore for SharedStore {
    fn into_store(self) -> SharedStore {
        self
    }
}

/// Opens a store within a test.
pub(super) fn open<T: IntoStore, E: std::fmt::Display>(
    core: &mut Core,
    opening: impl IntoFuture<Output = Result<T, E>>,
) -> Result<ReadModels, String> {
    let opened = core.driver()?.wait(opening.into_future());
    let store = opened.map_err(|error| format!("the store cannot be opened: {error:#}"))?;
    core.world.ids = CountedIds::of_its_own();
    Ok(ReadModels { store: store.into_store() })
}

impl<P: Component, S> ProjectorTest<P, S> {
    /// These events have happened, in this order, and the projector has handled them.
    ///
    /// # Panics
    /// When the projector has no handler for one of them, or fails, or cannot be built.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn given(mut self, events: impl ListOf<kind::Events>) -> Self {
        let given = listed(events).and_then(|events| {
            self.core.told.given(&events);
            events.iter().try_for_each(|one| {
                self.handle(one)?;
                match self.core.failure.take() {
                    None => Ok(()),
                    Some(failure) => {
                        let words = super::subject::failure_in_words(&failure);
                        Err(format!("at `{}`, which was given: {words}", one.meta.name))
                    }
                }
            })
        });
        self.core.check(given);
        self
    }

    /// From here on, the projector handles what nobody waits for, as when its read model is built: its handlers are told so.
    #[must_use = "nothing is checked before a `then_..`"]
    pub fn replaying(mut self) -> Self {
        self.core.replay = ReplayStatus::Replaying;
        self
    }

    /// The projector is to handle an event. When it fails, nothing that it wrote is there.
    ///
    /// # Panics
    /// When it has no handler for the event, cannot be built, or asks a query to which the test says no answer.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when<E: Event>(self, event: E) -> ProjectorTest<P, When> {
        self.when_stored(event)
    }

    /// The same with an event as it was [stored](super::stored()) once.
    ///
    /// # Panics
    /// As [`when`](Self::when); also when this is not one event.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when_stored(mut self, event: impl ListOf<kind::Events>) -> ProjectorTest<P, When> {
        let handled = single(event).and_then(|one| {
            self.core.told.when(&one);
            self.handle(&one)
        });
        self.core.check(handled);
        let Self { core, models, projecting, .. } = self;
        ProjectorTest { core, models, projecting, types: PhantomData }
    }

    fn handle(&mut self, one: &OneOf) -> Result<(), String> {
        let handler = self.core.handler(HandlerKind::Event, one.meta)?;
        self.begin()?;
        self.core.begin_step();
        let message = self.core.world.stored(one).message;
        let (world, models, replay) = (self.core.world.clone(), self.models.clone(), self.core.replay);
        let event = self.core.driver()?.wait(models.append(message, &world))?;
        let mut scope = self.core.scope(event.message.id, event.message.correlation_id);
        scope.metadata = event.message.metadata.clone();
        scope.context = event.message.context.clone();
        let Some(projecting) = &self.projecting else { return Err("the projector does not run".to_owned()) };
        let handling = projecting.handle(handler, &event, &scope, replay, &models);
        let handled = self.core.driver()?.wait(handling);
        self.core.double.check_answered()?;
        self.core.failure = handled.err();
        Ok(())
    }

    /// Begins to run the projector, once.
    fn begin(&mut self) -> Result<(), String> {
        if self.projecting.is_none() {
            let (world, models, meta) = (self.core.world.clone(), self.models.clone(), self.core.meta);
            let provided = std::mem::take(&mut self.core.provided);
            let begun = self.core.driver()?.wait(models.begin(meta, &provided, &world));
            self.projecting = Some(begun?);
        }
        Ok(())
    }

    /// The view has a row of this id, and it is this one. It is compared by its JSON.
    ///
    /// # Panics
    /// When there is another one, with the difference, or none; or when the last handler failed.
    #[track_caller]
    pub fn then_view<V: View>(mut self, expected: V) -> Self {
        let compared = self.row_is(&expected);
        self.core.check(compared);
        self
    }

    fn row_is<V: View>(&mut self, expected: &V) -> Result<(), String> {
        let (id, one) = (expected.view_id(), OneOf::of(expected)?);
        match self.row::<V>(&id)? {
            Some(found) => compare_json("row", &parsed(&one.json), &found),
            None => {
                let others = self.rows::<V>()?;
                Err(format!(
                    "the view `{}` has no row `{id}`; it has {} rows: {}",
                    V::META.name,
                    others.len(),
                    Value::Array(others)
                ))
            }
        }
    }

    /// The view has no row of this id.
    ///
    /// # Panics
    /// When it has one, or when the last handler failed.
    #[track_caller]
    pub fn then_no_view<V: View>(mut self, id: &(impl Key + ?Sized)) -> Self {
        let id = id.key();
        let found = self.row::<V>(&id).and_then(|found| match found {
            None => Ok(()),
            Some(row) => {
                Err(format!("the view `{}` was to have no row `{id}`, and it has\n{row:#}", V::META.name))
            }
        });
        self.core.check(found);
        self
    }

    /// The view has these rows, in the order of their ids, and no others.
    ///
    /// # Panics
    /// When it has others, with the difference, or when the last handler failed.
    #[track_caller]
    pub fn then_views<V: View>(mut self, expected: Vec<V>) -> Self {
        let compared = listed::<kind::Views>(expected).and_then(|expected| {
            let found = self.rows::<V>()?.into_iter().map(|row| (V::META.name.to_owned(), row));
            compare("rows", &expected, found.collect())
        });
        self.core.check(compared);
        self
    }

    /// Looks at the projector's tables, by SQL, on the connection of the [store](Self::on). The names of the tables are those of the
    /// projector's version.
    ///
    /// ```text
    /// .then_rows(async |connection: &mut SqliteConnection, tables| {
    ///     let sql = format!("SELECT balance FROM {} WHERE id = 'a'", tables.name("account"));
    ///     let balance: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap();
    ///     assert_eq!(balance, 30);
    /// })
    /// ```
    ///
    /// # Panics
    /// When the store has no such connection, or when the last handler failed.
    #[track_caller]
    pub fn then_rows<C: Any>(mut self, check: impl AsyncFnOnce(&mut C, &Tables)) -> Self {
        let looked = self.look(check);
        self.core.check(looked);
        self
    }

    fn look<C: Any>(&mut self, check: impl AsyncFnOnce(&mut C, &Tables)) -> Result<(), String> {
        self.core.succeeded()?;
        self.begin()?;
        let (store, tables) = (self.models.store.clone(), Tables::of_version(self.core.meta.version));
        self.core.driver()?.wait(async {
            let mut lent = store.read_connection().await.map_err(|error| error.to_string())?;
            let connection = lent.connection().and_then(|connection| connection.downcast_mut::<C>());
            let none = || format!("{} lends no `{}`", store.describe(), std::any::type_name::<C>());
            check(connection.ok_or_else(none)?, &tables).await;
            Ok::<(), String>(())
        })
    }

    fn view<V: View>(&self) -> Result<ViewId, String> {
        let mut views = written_by(self.core.meta, &self.core.world);
        let id = views.remove(V::META.name);
        id.ok_or_else(|| {
            let known = written_by(self.core.meta, &self.core.world);
            let hint = super::compare::not_among(V::META.name, known.keys().copied());
            format!(
                "it does not write the view `{}`{}",
                V::META.name,
                hint.replace("it handles", "it writes")
            )
        })
    }

    fn row<V: View>(&mut self, id: &str) -> Result<Option<Value>, String> {
        self.core.succeeded()?;
        let (models, view) = (self.models.clone(), self.view::<V>()?);
        let row = self.core.driver()?.wait(models.row(&view, id))?;
        Ok(row.map(|row| parsed(&row)))
    }

    fn rows<V: View>(&mut self) -> Result<Vec<Value>, String> {
        self.core.succeeded()?;
        let (models, view) = (self.models.clone(), self.view::<V>()?);
        let rows = self.core.driver()?.wait(models.rows(&view))?;
        Ok(rows.iter().map(|row| parsed(row)).collect())
    }
}
