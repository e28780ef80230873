//! Asking queries: `&Queries<(A, B)>`.

use std::{
    any::Any,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use futures_core::future::BoxFuture;
use ref_cast::RefCast;
use serde_json::value::RawValue;

use super::{OutgoingQuery, Scope, at, declared::for_each_tuple};
use crate::{
    clock,
    message::{MessageId, Metadata, QueryMessage, StoredEvent},
    outcome::{QueryError, Receipt},
    payload::{PayloadMeta, Query},
};

/// A set of queries: one query, or a tuple of up to sixteen.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a query nor a tuple of queries",
    label = "only queries are asked",
    note = "write `&Queries<A>` or `&Queries<(A, B)>` with `#[query]`s; more than sixteen: take a second `&Queries<(..)>` parameter"
)]
pub trait QuerySet: 'static {
    /// The queries, as data for the graph.
    const QUERIES: &'static [&'static PayloadMeta];
}

/// The set `Self` contains the query `Q`. `At` is inferred.
#[diagnostic::on_unimplemented(
    message = "this handler does not declare that it asks `{Q}`",
    label = "`{Q}` is not among the declared queries",
    note = "declared: `{Self}`",
    note = "add `{Q}` to the `&Queries<(..)>` parameter of the handler"
)]
pub trait Asks<Q, At> {}

impl<Q: Query> QuerySet for Q {
    const QUERIES: &'static [&'static PayloadMeta] = &[&Q::META];
}

#[diagnostic::do_not_recommend]
impl<Q: Query> Asks<Q, at::Alone> for Q {}
#[diagnostic::do_not_recommend]
impl<Q: Query> Asks<at::Nothing, at::Nothing> for Q {}

macro_rules! asks_tuple {
    ($(($member:ident $index:literal))+) => {
        impl<$($member: Query),+> QuerySet for ($($member,)+) {
            const QUERIES: &'static [&'static PayloadMeta] = &[$(&$member::META),+];
        }
        asks_tuple!(@members ($($member),+) $(($member $index))+);
        #[diagnostic::do_not_recommend]
        impl<$($member),+> Asks<at::Nothing, at::Nothing> for ($($member,)+) {}
    };
    (@members $all:tt $($one:tt)+) => { $(asks_tuple!(@member $all $one);)+ };
    (@member ($($all:ident),+) ($member:ident $index:literal)) => {
        #[diagnostic::do_not_recommend]
        impl<$($all),+> Asks<$member, at::Nth<$index>> for ($($all,)+) {}
    };
}

for_each_tuple!(asks_tuple);

/// Asks the queries of the set `S`, and no others.
#[derive(RefCast)]
#[repr(transparent)]
pub struct Queries<S> {
    scope: Scope,
    #[trivial]
    set: PhantomData<fn(S)>,
}

impl<S> Queries<S> {
    pub(crate) fn of(scope: &Scope) -> &Self {
        Self::ref_cast(scope)
    }

    /// Asks a query. Nothing happens until the returned [`Asking`] is awaited.
    pub fn query<Q: Query, At>(&self, query: Q) -> Asking<'_, Q>
    where
        S: Asks<Q, At>,
    {
        Asking::new(&self.scope, &query)
    }
}

/// A query that is about to be asked: adjust it, then await it.
#[must_use = "a query is asked when it is awaited"]
pub struct Asking<'a, Q> {
    stage: Stage<'a>,
    query: PhantomData<fn(Q)>,
}

enum Stage<'a> {
    Preparing(Box<Draft<'a>>),
    Asked(BoxFuture<'a, Result<Box<dyn Any + Send>, QueryError>>),
    Done,
}

struct Draft<'a> {
    scope: &'a Scope,
    name: &'static str,
    payload: Result<Box<RawValue>, serde_json::Error>,
    within: Option<Duration>,
    metadata: Option<Metadata>,
    after: Vec<Arc<[StoredEvent]>>,
}

impl<'a, Q: Query> Asking<'a, Q> {
    fn new(scope: &'a Scope, query: &Q) -> Self {
        let draft = Draft::new(scope, Q::META.name, serde_json::value::to_raw_value(query));
        Self { stage: Stage::Preparing(draft), query: PhantomData }
    }

    fn adjust(mut self, adjust: impl FnOnce(&mut Draft<'a>)) -> Self {
        if let Stage::Preparing(draft) = &mut self.stage {
            adjust(draft);
        }
        self
    }

    /// How long to wait for the answer, in place of the gateway's default (30 s). A deadline of whoever called the handler
    /// that comes earlier stays in force.
    pub fn within(self, deadline: Duration) -> Self {
        self.adjust(|draft| draft.within = Some(deadline))
    }

    /// Metadata beside the inherited, whose entries it replaces.
    pub fn metadata(self, metadata: Metadata) -> Self {
        self.adjust(|draft| draft.metadata = Some(metadata))
    }

    /// Reads one's own write: the answer is made from read models that have the events of this receipt. Waits for that until the
    /// deadline, and not at all for projectors that handle none of them. Said several times, it waits for all.
    ///
    /// See [`QueryError::NotYet`] for a projector that does not come to them in time, and [`QueryError::Parked`] for one
    /// that has put one of them aside.
    pub fn after(self, receipt: &Receipt) -> Self {
        self.adjust(|draft| draft.after.push(receipt.events.clone()))
    }
}

impl<'a> Draft<'a> {
    fn new(
        scope: &'a Scope,
        name: &'static str,
        payload: Result<Box<RawValue>, serde_json::Error>,
    ) -> Box<Self> {
        let after = scope.after.clone();
        Box::new(Self { scope, name, payload, within: None, metadata: None, after })
    }

    fn ask(self) -> BoxFuture<'a, Result<Box<dyn Any + Send>, QueryError>> {
        let Self { scope, name, payload, within, metadata, after } = self;
        if let Some(refused) = scope.refused() {
            let refused = refused.clone();
            return Box::pin(async { Err(QueryError::Intercepted(refused)) });
        }
        let payload = match payload {
            Ok(payload) => payload,
            Err(source) => return Box::pin(async move { Err(QueryError::NoJson { query: name, source }) }),
        };
        let asked = within.map(clock::deadline);
        let deadline = match (asked, scope.deadline) {
            (Some(asked), Some(inherited)) => Some(asked.min(inherited)),
            (asked, inherited) => asked.or(inherited),
        };
        let message = QueryMessage {
            id: MessageId(scope.bus.fresh_id()),
            name: name.into(),
            correlation_id: scope.correlation_id,
            causation_id: scope.cause,
            timestamp: scope.bus.now(),
            metadata: match metadata {
                Some(metadata) => scope.metadata().clone().merged(&metadata),
                None => scope.metadata().clone(),
            },
            payload,
        };
        scope.bus.ask(OutgoingQuery { message, deadline, nested: scope.nested, after })
    }
}

impl<Q: Query> Future for Asking<'_, Q> {
    type Output = Result<Q::Response, QueryError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        self.stage.poll(context).map(|answer| match answer?.downcast() {
            Ok(answer) => Ok(*answer),
            Err(_) => Err(QueryError::WrongAnswer { query: Q::META.name }),
        })
    }
}

impl Stage<'_> {
    /// The same for every query, so that it is compiled once.
    fn poll(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<Box<dyn Any + Send>, QueryError>> {
        loop {
            match std::mem::replace(self, Stage::Done) {
                Stage::Preparing(draft) => *self = Stage::Asked(draft.ask()),
                Stage::Asked(mut asked) => {
                    let polled = asked.as_mut().poll(context);
                    if polled.is_pending() {
                        *self = Stage::Asked(asked);
                    }
                    return polled;
                }
                // A future that is polled after it is done may do as it likes, but must not panic for our users.
                Stage::Done => return Poll::Pending,
            }
        }
    }
}
