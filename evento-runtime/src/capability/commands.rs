//! Sending commands: `&Commands<(A, B)>`.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use futures_core::future::BoxFuture;
use ref_cast::RefCast;
use serde_json::value::RawValue;

use super::{Origin, OutgoingCommand, Scope, at, declared::for_each_tuple};
use crate::{
    clock,
    message::{CommandId, CommandMessage, Context, Metadata},
    metrics,
    outcome::{Receipt, SendError},
    payload::{Command, PayloadMeta},
};

/// A set of commands: one command, or a tuple of up to sixteen.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a command nor a tuple of commands",
    label = "only commands are sent",
    note = "write `&Commands<A>` or `&Commands<(A, B)>` with `#[domain_command]`s and `#[service_command]`s; more than sixteen: take a second `&Commands<(..)>` parameter"
)]
pub trait CommandSet: 'static {
    /// The commands, as data for the graph.
    const COMMANDS: &'static [&'static PayloadMeta];
}

/// The set `Self` contains the command `C`. `At` is inferred.
#[diagnostic::on_unimplemented(
    message = "this handler does not declare that it sends `{C}`",
    label = "`{C}` is not among the declared commands",
    note = "declared: `{Self}`",
    note = "add `{C}` to the `&Commands<(..)>` parameter of the handler"
)]
pub trait Emits<C, At> {}

impl<C: Command> CommandSet for C {
    const COMMANDS: &'static [&'static PayloadMeta] = &[&C::META];
}

#[diagnostic::do_not_recommend]
impl<C: Command> Emits<C, at::Alone> for C {}
#[diagnostic::do_not_recommend]
impl<C: Command> Emits<at::Nothing, at::Nothing> for C {}

macro_rules! emits_tuple {
    ($(($member:ident $index:literal))+) => {
        impl<$($member: Command),+> CommandSet for ($($member,)+) {
            const COMMANDS: &'static [&'static PayloadMeta] = &[$(&$member::META),+];
        }
        emits_tuple!(@members ($($member),+) $(($member $index))+);
        #[diagnostic::do_not_recommend]
        impl<$($member),+> Emits<at::Nothing, at::Nothing> for ($($member,)+) {}
    };
    (@members $all:tt $($one:tt)+) => { $(emits_tuple!(@member $all $one);)+ };
    (@member ($($all:ident),+) ($member:ident $index:literal)) => {
        #[diagnostic::do_not_recommend]
        impl<$($all),+> Emits<$member, at::Nth<$index>> for ($($all,)+) {}
    };
}

for_each_tuple!(emits_tuple);

/// Sends the commands of the set `S`, and no others.
///
/// Taken as a parameter, `&Commands<(A, B)>` declares what the handler emits. Messages sent through it inherit the
/// correlation id, the metadata and the context of what is being handled, and get an id that is derived from it: when the
/// handler is repeated after a crash, the commands that were handled already are answered with their first outcome.
#[derive(RefCast)]
#[repr(transparent)]
pub struct Commands<S> {
    scope: Scope,
    #[trivial]
    set: PhantomData<fn(S)>,
}

impl<S> Commands<S> {
    pub(crate) fn of(scope: &Scope) -> &Self {
        Self::ref_cast(scope)
    }

    /// Sends a command. Nothing happens until the returned [`Sending`] is awaited.
    ///
    /// An observer or a saga that handles again what it has handled before sends nothing, unless whoever put it back has allowed
    /// it. It gets a receipt without events then, which [says so](Receipt::is_suppressed), and goes on.
    pub fn send<C: Command, At>(&self, command: C) -> Sending<'_, C>
    where
        S: Emits<C, At>,
    {
        Sending::new(&self.scope, &command)
    }
}

/// A command that is about to be sent: adjust it, then await it.
///
/// Dropped while it is awaited, it cuts the handling off where it is: an aggregate has then accepted the command or not, and a
/// service may have acted without telling of it.
#[must_use = "a command is sent when it is awaited"]
pub struct Sending<'a, C> {
    stage: Stage<'a>,
    command: PhantomData<fn(C)>,
}

enum Stage<'a> {
    Preparing(Box<Draft<'a>>),
    Sent(BoxFuture<'a, Result<Receipt, SendError>>),
    Done,
}

struct Draft<'a> {
    scope: &'a Scope,
    meta: &'static PayloadMeta,
    payload: Result<Box<RawValue>, serde_json::Error>,
    target: Option<String>,
    ordinal: u32,
    key: Option<String>,
    id: Option<CommandId>,
    within: Option<Duration>,
    metadata: Option<Metadata>,
    context: Option<Context>,
}

impl<'a, C: Command> Sending<'a, C> {
    fn new(scope: &'a Scope, command: &C) -> Self {
        let payload = serde_json::value::to_raw_value(command);
        let draft = Draft::new(scope, &C::META, payload, command.target());
        Self { stage: Stage::Preparing(draft), command: PhantomData }
    }

    fn adjust(mut self, adjust: impl FnOnce(&mut Draft<'a>)) -> Self {
        if let Stage::Preparing(draft) = &mut self.stage {
            adjust(draft);
        }
        self
    }

    /// How long to wait for the outcome, in place of the gateway's default (30 s). A deadline of whoever called the handler
    /// that comes earlier stays in force.
    pub fn within(self, deadline: Duration) -> Self {
        self.adjust(|draft| draft.within = Some(deadline))
    }

    /// Metadata beside the inherited, whose entries it replaces.
    pub fn metadata(self, metadata: Metadata) -> Self {
        self.adjust(|draft| draft.metadata = Some(metadata))
    }

    /// The context of the events, in place of the inherited one.
    pub fn context(self, context: Context) -> Self {
        self.adjust(|draft| draft.context = Some(context))
    }

    /// The id of the command, in place of a derived one. Sent again with the same payload, it is answered with its first
    /// outcome; with another payload, it is refused as [`SendError::IdReused`].
    pub fn id(self, id: CommandId) -> Self {
        self.adjust(|draft| draft.id = Some(id))
    }

    /// What tells this command from others of its type that the same handler sends, in place of the order of sending. Needed
    /// where a repetition of the handler may send in another order.
    pub fn key(self, key: impl Into<String>) -> Self {
        self.adjust(|draft| draft.key = Some(key.into()))
    }
}

impl<'a> Draft<'a> {
    fn new(
        scope: &'a Scope,
        meta: &'static PayloadMeta,
        payload: Result<Box<RawValue>, serde_json::Error>,
        target: Option<String>,
    ) -> Box<Self> {
        let ordinal = scope.next_ordinal(meta.name);
        Box::new(Self {
            scope,
            meta,
            payload,
            target,
            ordinal,
            key: None,
            id: None,
            within: None,
            metadata: None,
            context: None,
        })
    }

    fn send(self) -> BoxFuture<'a, Result<Receipt, SendError>> {
        let Self { scope, meta, payload, target, ordinal, key, id, within, metadata, context } = self;
        if let Some(refused) = scope.refused() {
            let refused = refused.clone();
            return Box::pin(async { Err(SendError::Intercepted(refused)) });
        }
        let payload = match payload {
            Ok(payload) => payload,
            Err(source) => {
                return Box::pin(async move { Err(SendError::NoJson { command: meta.name, source }) });
            }
        };
        let (id, origin) = match (id, scope.origin) {
            (Some(id), _) => (id, Origin::Caller),
            (None, Origin::Fresh) => (CommandId(scope.bus.fresh_id()), Origin::Fresh),
            (None, origin) => {
                let discriminator = key.map_or_else(|| format!("#{ordinal}"), |key| format!("={key}"));
                (scope.derive_id(meta.name, &discriminator), origin)
            }
        };
        let asked = within.map(clock::deadline);
        let deadline = match (asked, scope.deadline) {
            (Some(asked), Some(inherited)) => Some(asked.min(inherited)),
            (asked, inherited) => asked.or(inherited),
        };
        if scope.suppresses {
            metrics::suppressed(meta.name);
            tracing::info!(command = meta.name, %id, cause = %scope.cause, "a command of a replay is not sent");
            return Box::pin(async move { Ok(Receipt::suppressed(id)) });
        }
        let message = CommandMessage {
            id,
            name: meta.name.into(),
            correlation_id: scope.correlation_id,
            causation_id: scope.cause,
            timestamp: scope.bus.now(),
            metadata: match metadata {
                Some(metadata) => scope.metadata().clone().merged(&metadata),
                None => scope.metadata().clone(),
            },
            context: context.unwrap_or_else(|| scope.context.clone()),
            payload,
        };
        scope.bus.send(OutgoingCommand {
            message,
            target,
            origin,
            cause: (origin == Origin::Derived).then_some(scope.seed),
            deadline,
            nested: scope.nested,
            held: scope.held.clone(),
        })
    }
}

impl<C> Future for Sending<'_, C> {
    type Output = Result<Receipt, SendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        self.stage.poll(context)
    }
}

impl Stage<'_> {
    /// The same for every command, so that it is compiled once.
    fn poll(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<Receipt, SendError>> {
        loop {
            match std::mem::replace(self, Stage::Done) {
                Stage::Preparing(draft) => *self = Stage::Sent(draft.send()),
                Stage::Sent(mut sent) => {
                    let polled = sent.as_mut().poll(context);
                    if polled.is_pending() {
                        *self = Stage::Sent(sent);
                    }
                    return polled;
                }
                // A future that is polled after it is done may do as it likes, but must not panic for our users.
                Stage::Done => return Poll::Pending,
            }
        }
    }
}
