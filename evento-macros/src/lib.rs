//! The attribute macros of evento. Use them through the `evento` crate, which re-exports them.

mod bundle;
mod component;
mod errors;
mod hash;
mod misplaced;
mod options;
mod output;
mod payload;
mod suggest;

use proc_macro::TokenStream;

use crate::{component::Method, payload::Kind as Payload};

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {$(
        $(#[$doc])*
        #[proc_macro_attribute]
        pub fn $name(options: TokenStream, item: TokenStream) -> TokenStream {
            payload::attribute(Payload::$kind, options.into(), item.into()).into()
        }
    )*};
}

macro_rules! components {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {$(
        $(#[$doc])*
        #[proc_macro_attribute]
        pub fn $name(options: TokenStream, item: TokenStream) -> TokenStream {
            component::attribute(component::Kind::$kind, options.into(), item.into()).into()
        }
    )*};
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident => $method:ident;)*) => {$(
        $(#[$doc])*
        #[proc_macro_attribute]
        pub fn $name(_options: TokenStream, item: TokenStream) -> TokenStream {
            misplaced::method(Method::$method, item.into()).into()
        }
    )*};
}

payloads! {
    /// A command for an aggregate: a struct with named fields, one of which names the aggregate by `#[aggregate_id]`.
    ///
    /// The id may be of every type that is `Display` and `Eq`: `String`, an integer, `Uuid`, a type of your own.
    ///
    /// # Options
    /// - `name = ".."`: the stored name; without it, the name of the type. It stays when the type is renamed.
    /// - `alias = ".."`: an older stored name that means the same; repeatable.
    /// - `manual(Debug, Clone, Serialize, Deserialize)`: leaves out the derives that you write yourself.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Derives
    /// The attribute stands first and adds `Debug`, `Clone` and serde's two derives; those that stand below it, also in `cfg_attr`,
    /// are recognised. A `#[derive]` above it cannot be seen, and rustc then reports two implementations.
    ///
    /// # Errors
    /// On an enum, a tuple struct, a union or a type with parameters; without `#[aggregate_id]`, with two, on an `Option` or on a
    /// type that cannot identify; for unknown, repeated or malformed options.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[domain_command(name = "todo.add")]
    /// struct AddTodo {
    ///     #[aggregate_id]
    ///     list_id: String,
    ///     content: String,
    /// }
    /// ```
    domain_command => DomainCommand;
    /// A command for a service. With `#[lock_id]` on a field, commands with one value of it are handled one after the other.
    ///
    /// # Options
    /// - `name = ".."`: the stored name; without it, the name of the type. It stays when the type is renamed.
    /// - `alias = ".."`: an older stored name that means the same; repeatable.
    /// - `manual(Debug, Clone, Serialize, Deserialize)`: leaves out the derives that you write yourself.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Derives
    /// The attribute stands first and adds `Debug`, `Clone` and serde's two derives; those that stand below it, also in `cfg_attr`,
    /// are recognised. A `#[derive]` above it cannot be seen, and rustc then reports two implementations.
    ///
    /// # Errors
    /// On an enum, a tuple struct, a union or a type with parameters; with two `#[lock_id]` or one on an `Option`; for unknown,
    /// repeated or malformed options.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[service_command]
    /// struct SendEmail {
    ///     #[lock_id]
    ///     to: String,
    ///     body: String,
    /// }
    /// ```
    service_command => ServiceCommand;
    /// An event that an aggregate decides: a struct with named fields, a unit struct or an enum.
    ///
    /// Add fields to a stored event with `#[serde(default)]`.
    ///
    /// # Options
    /// - `name = ".."`: the stored name; without it, the name of the type. It stays when the type is renamed.
    /// - `alias = ".."`: an older stored name that means the same; repeatable.
    /// - `version = 1`: the version of its shape. Later versions need upcasters, which are not supported yet.
    /// - `manual(Debug, Clone, Serialize, Deserialize)`: leaves out the derives that you write yourself.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Derives
    /// The attribute stands first and adds `Debug`, `Clone` and serde's two derives; those that stand below it, also in `cfg_attr`,
    /// are recognised. A `#[derive]` above it cannot be seen, and rustc then reports two implementations.
    ///
    /// # Errors
    /// On a tuple struct, a union or a type with parameters; for `version` above 1; for unknown, repeated or malformed options.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[domain_event(alias = "ItemAdded")]
    /// struct TodoAdded {
    ///     list_id: String,
    ///     content: String,
    /// }
    /// ```
    domain_event => DomainEvent;
    /// An event that a service emits: a struct with named fields, a unit struct or an enum.
    ///
    /// # Options
    /// - `name = ".."`: the stored name; without it, the name of the type. It stays when the type is renamed.
    /// - `alias = ".."`: an older stored name that means the same; repeatable.
    /// - `version = 1`: the version of its shape. Later versions need upcasters, which are not supported yet.
    /// - `manual(Debug, Clone, Serialize, Deserialize)`: leaves out the derives that you write yourself.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Derives
    /// The attribute stands first and adds `Debug`, `Clone` and serde's two derives; those that stand below it, also in `cfg_attr`,
    /// are recognised. A `#[derive]` above it cannot be seen, and rustc then reports two implementations.
    ///
    /// # Errors
    /// On a tuple struct, a union or a type with parameters; for `version` above 1; for unknown, repeated or malformed options.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[service_event]
    /// struct EmailSent {
    ///     to: String,
    /// }
    /// ```
    service_event => ServiceEvent;
    /// A question with a typed answer: a struct with named fields, a unit struct or an enum.
    ///
    /// # Options
    /// - `name = ".."`: the stored name; without it, the name of the type. It stays when the type is renamed.
    /// - `alias = ".."`: an older stored name that means the same; repeatable.
    /// - `response = Type`: the type of the answer. Required.
    /// - `manual(Debug, Clone, Serialize, Deserialize)`: leaves out the derives that you write yourself.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Derives
    /// The attribute stands first and adds `Debug`, `Clone` and serde's two derives; those that stand below it, also in `cfg_attr`,
    /// are recognised. A `#[derive]` above it cannot be seen, and rustc then reports two implementations.
    ///
    /// # Errors
    /// Without `response`; on a tuple struct, a union or a type with parameters; for unknown, repeated or malformed options.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[query(response = Vec<String>)]
    /// struct FindTodos {
    ///     list_id: String,
    /// }
    /// ```
    query => Query;
    /// A row of a read model: a struct with named fields, one of which identifies the row by `#[id]`.
    ///
    /// Rows can be found by the fields with `#[index]`, for each of which there is a constant: `TodoListView::BY_NAME`.
    ///
    /// # Options
    /// - `name = ".."`: the stored name; without it, the name of the type. It stays when the type is renamed.
    /// - `alias = ".."`: an older stored name that means the same; repeatable.
    /// - `manual(Debug, Clone, Serialize, Deserialize)`: leaves out the derives that you write yourself.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Derives
    /// The attribute stands first and adds `Debug`, `Clone` and serde's two derives; those that stand below it, also in `cfg_attr`,
    /// are recognised. A `#[derive]` above it cannot be seen, and rustc then reports two implementations.
    ///
    /// # Errors
    /// On an enum, a tuple struct, a union or a type with parameters; without `#[id]`, with two or on an `Option`; on indexed fields
    /// whose type has no text; for unknown, repeated or malformed options.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[view]
    /// struct TodoListView {
    ///     #[id]
    ///     list_id: String,
    ///     #[index]
    ///     name: String,
    /// }
    ///
    /// let _starting_with_a = TodoListView::BY_NAME.prefix("a");
    /// ```
    view => View;
    /// The state of an aggregate: what its sourcing handlers keep of its events, so that its command handlers can decide.
    ///
    /// A snapshot of the state is used only while the definition of the type is the same; types within it do not count.
    ///
    /// # Options
    /// - `manual(Debug, Clone, Serialize, Deserialize)`: leaves out the derives that you write yourself.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Errors
    /// On a tuple struct, a union or a type with parameters; for unknown, repeated or malformed options.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[aggregate_state]
    /// struct TodoList {
    ///     open: Vec<String>,
    /// }
    /// ```
    aggregate_state => AggregateState;
    /// The state of a saga: a struct with named fields. Events find it by the fields with `#[association]`.
    ///
    /// # Options
    /// - `manual(Debug, Clone, Serialize, Deserialize)`: leaves out the derives that you write yourself.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Errors
    /// On anything but a struct with named fields; without `#[association]`, or with one on an `Option` or on a type that cannot
    /// identify; for unknown, repeated or malformed options.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[saga_state]
    /// struct OrderSaga {
    ///     #[association]
    ///     order_id: String,
    ///     total: u64,
    /// }
    /// ```
    saga_state => SagaState;
}

components! {
    /// An aggregate: it decides domain commands and is made of domain events.
    ///
    /// The receiver is the life cycle. A command handler without receiver starts a life, one with `&self` decides on a living one. A
    /// sourcing handler without receiver makes the state, `&mut self` changes it, `self` ends the life. Deciding and sourcing are
    /// pure: neither `async` nor with access to the outside, so that they can be repeated.
    ///
    /// # Options
    /// - `snapshot_every = N`: keep the state after so many events; 100 without it.
    /// - `snapshot_version = N`: count it up when a helper of a sourcing handler has changed, so that older snapshots are not used.
    /// - `name = ".."`: the stored name; without it, the name of the type.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Errors
    /// On anything but an inherent, non-generic `impl` block; without a handler, with handlers of another kind of component, with two
    /// handlers of one payload; when no command handler starts a life; for handlers that are `async`, generic or
    /// take `self` otherwise; for returned events that the aggregate cannot apply.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[domain_command]
    /// struct Open {
    ///     #[aggregate_id]
    ///     id: String,
    /// }
    ///
    /// #[domain_event]
    /// struct Opened {
    ///     id: String,
    /// }
    ///
    /// #[aggregate_state]
    /// struct Door {
    ///     open: bool,
    /// }
    ///
    /// #[aggregate(snapshot_every = 50)]
    /// impl Door {
    ///     #[aggregate_command_handler]
    ///     fn open(command: Open) -> Opened {
    ///         Opened { id: command.id }
    ///     }
    ///
    ///     #[event_sourcing_handler]
    ///     fn opened(_event: &Opened) -> Self {
    ///         Self { open: true }
    ///     }
    /// }
    /// ```
    aggregate => Aggregate;
    /// A service: it handles service commands, talks to the world, and emits service events.
    ///
    /// Delivery to the world is at least once; take `CommandId` as the idempotency key of what you call.
    ///
    /// # Options
    /// - `name = ".."`: the stored name; without it, the name of the type.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Errors
    /// On anything but an inherent, non-generic `impl` block; without a handler, with handlers of another kind of component, with two
    /// handlers of one payload; for a payload that is no service command; for results that are no service events;
    /// without a constructor or `Default`.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[service_command]
    /// struct SendEmail {
    ///     to: String,
    /// }
    ///
    /// #[service_event]
    /// struct EmailSent {
    ///     to: String,
    /// }
    ///
    /// struct Mailer {
    ///     sender: String,
    /// }
    ///
    /// #[service]
    /// impl Mailer {
    ///     #[inject]
    ///     fn new(sender: String) -> Self {
    ///         Self { sender }
    ///     }
    ///
    ///     #[command_handler]
    ///     async fn send(&self, command: SendEmail, id: CommandId) -> Result<EmailSent> {
    ///         println!("{id}: from {} to {}", self.sender, command.to);
    ///         Ok(EmailSent { to: command.to })
    ///     }
    /// }
    /// ```
    service => Service;
    /// A projector: it turns events into read models, in the order of the log.
    ///
    /// # Options
    /// - `version = N`: from 1 on, required. A new version rebuilds its read models beside the old ones.
    /// - `name = ".."`: the stored name; without it, the name of the type.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Errors
    /// On anything but an inherent, non-generic `impl` block; without a handler, with handlers of another kind of component, with two
    /// handlers of one payload; without `version`; for parameters that a projector may not have, such as
    /// `&Commands<..>`; for a view that another projector of the bundle writes.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[domain_command]
    /// struct Open {
    ///     #[aggregate_id]
    ///     id: String,
    /// }
    ///
    /// #[domain_event]
    /// struct Opened {
    ///     id: String,
    /// }
    ///
    /// #[view]
    /// struct DoorView {
    ///     #[id]
    ///     id: String,
    /// }
    ///
    /// #[derive(Default)]
    /// struct DoorProjector;
    ///
    /// #[projector(version = 1)]
    /// impl DoorProjector {
    ///     #[event_handler]
    ///     async fn opened(&self, event: &Opened, views: &Views<DoorView>) -> Result<()> {
    ///         views.put(DoorView { id: event.id.clone() }).await?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    projector => Projector;
    /// A projection: it answers queries from read models.
    ///
    /// # Options
    /// - `reads(SomeProjector, ..)`: the projectors whose tables it reads by SQL. `&Views<..>` needs no such thing.
    /// - `name = ".."`: the stored name; without it, the name of the type.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Errors
    /// On anything but an inherent, non-generic `impl` block; without a handler, with handlers of another kind of component, with two
    /// handlers of one payload; for a result that is not the declared response; for a view that no projector of the
    /// bundle writes.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[query(response = bool)]
    /// struct IsOpen {
    ///     id: String,
    /// }
    ///
    /// #[view]
    /// struct DoorView {
    ///     #[id]
    ///     id: String,
    /// }
    ///
    /// #[derive(Default)]
    /// struct DoorProjection;
    ///
    /// #[projection]
    /// impl DoorProjection {
    ///     #[query_handler]
    ///     async fn is_open(&self, query: &IsOpen, views: &Views<DoorView>) -> Result<bool> {
    ///         Ok(views.get(&query.id).await?.is_some())
    ///     }
    /// }
    /// ```
    projection => Projection;
    /// An observer: it reacts to events by sending commands and asking queries.
    ///
    /// # Options
    /// - `version = N`: from 1 on, required. A new version goes on where the old one stopped.
    /// - `name = ".."`: the stored name; without it, the name of the type.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Errors
    /// On anything but an inherent, non-generic `impl` block; without a handler, with handlers of another kind of component, with two
    /// handlers of one payload; without `version`; for parameters that an observer may not have; for a handler with a
    /// return value.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[domain_command]
    /// struct Open {
    ///     #[aggregate_id]
    ///     id: String,
    /// }
    ///
    /// #[domain_event]
    /// struct Opened {
    ///     id: String,
    /// }
    ///
    /// #[service_command]
    /// struct Greet {
    ///     name: String,
    /// }
    ///
    /// #[derive(Default)]
    /// struct Greeter;
    ///
    /// #[observer(version = 1)]
    /// impl Greeter {
    ///     #[event_handler(retry = 3)]
    ///     async fn opened(&self, event: &Opened, commands: &Commands<Greet>) -> Result<()> {
    ///         commands.send(Greet { name: event.id.clone() }).await?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    observer => Observer;
    /// A saga: it reacts to events with a memory of what came before.
    ///
    /// A handler without receiver starts a saga and returns its state, `&mut self` goes on, `self` ends it (or returns an
    /// `Option<Self>` to decide).
    ///
    /// # Options
    /// - `version = N`: from 1 on, required. A new version goes on where the old one stopped.
    /// - `name = ".."`: the stored name; without it, the name of the type.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Errors
    /// On anything but an inherent, non-generic `impl` block; without a handler, with handlers of another kind of component, with two
    /// handlers of one payload; without `version`; when no handler starts it; for handlers without `association`, or with
    /// one that is no field of the event, no association of the state, or of another type.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[domain_event]
    /// struct OrderPlaced {
    ///     order_id: String,
    /// }
    ///
    /// #[service_event]
    /// struct PaymentTaken {
    ///     reference: String,
    /// }
    ///
    /// #[service_command]
    /// struct TakePayment {
    ///     order_id: String,
    /// }
    ///
    /// #[saga_state]
    /// struct OrderSaga {
    ///     #[association]
    ///     order_id: String,
    /// }
    ///
    /// #[saga(version = 1)]
    /// impl OrderSaga {
    ///     #[saga_event_handler(association = "order_id")]
    ///     async fn placed(event: &OrderPlaced, commands: &Commands<TakePayment>) -> Result<Self> {
    ///         commands.send(TakePayment { order_id: event.order_id.clone() }).await?;
    ///         Ok(Self { order_id: event.order_id.clone() })
    ///     }
    ///
    ///     #[saga_event_handler(association(order_id = event.reference))]
    ///     async fn paid(self, _event: &PaymentTaken) {}
    /// }
    /// ```
    saga => Saga;
    /// An invoker: the way in for callers. Its methods are those of a `Client`, without what is injected.
    ///
    /// Every parameter behind `&` is injected; every parameter by value is the caller's.
    ///
    /// # Options
    /// - `name = ".."`: the stored name; without it, the name of the type.
    /// - `crate = path`: where `evento` is, if your crate calls it otherwise.
    ///
    /// # Errors
    /// On anything but an inherent, non-generic `impl` block; without a handler, with handlers of another kind of component, with two
    /// handlers of one payload; for a caller's argument that is borrowed, such as `&str`; for parameters that an invoker
    /// may not have; without a constructor or `Default`.
    ///
    /// ```
    /// use evento::prelude::*;
    ///
    /// #[domain_command]
    /// struct Open {
    ///     #[aggregate_id]
    ///     id: String,
    /// }
    ///
    /// #[derive(Default)]
    /// struct DoorApi;
    ///
    /// #[invoker]
    /// impl DoorApi {
    ///     /// Opens a door.
    ///     #[invocation_handler]
    ///     async fn open(&self, commands: &Commands<Open>, id: String) -> Result<()> {
    ///         commands.send(Open { id }).await?;
    ///         Ok(())
    ///     }
    /// }
    ///
    /// async fn caller(api: evento::Client<DoorApi>) -> Result<()> {
    ///     api.open("front".into()).await
    /// }
    /// ```
    invoker => Invoker;
}

methods! {
    /// Decides a domain command: `fn(command)` starts a life, `fn(&self, command)` decides on a living one. Returns a domain event, a
    /// tuple, `Vec` or `Option` of events, or a `Result` of one of these.
    ///
    /// It has no options.
    ///
    /// # Errors
    /// Anywhere but on a method of an `#[aggregate]` impl. See [`macro@aggregate`], which has an example.
    aggregate_command_handler => AggregateCommandHandler;
    /// Applies a domain event: `fn(event) -> Self` starts a life, `fn(&mut self, event)` changes it, `fn(self, event)` ends it.
    ///
    /// It has no options.
    ///
    /// # Errors
    /// Anywhere but on a method of an `#[aggregate]` impl. See [`macro@aggregate`], which has an example.
    event_sourcing_handler => EventSourcingHandler;
    /// Handles a service command: `async fn(&self, command)`. Returns a service event, a tuple, `Vec` or `Option` of events, or a
    /// `Result` of one of these.
    ///
    /// It has no options.
    ///
    /// # Errors
    /// Anywhere but on a method of a `#[service]` impl. See [`macro@service`], which has an example.
    command_handler => CommandHandler;
    /// Handles an event: `async fn(&self, event, ..) -> Result<()>`.
    ///
    /// # Options
    /// - `retry = N`: how often a failed call is repeated, 0 to 100; 5 without it.
    /// - `retry_delay = MS`: the wait before the first repetition in milliseconds, which doubles with each; 100 without it.
    ///
    /// # Errors
    /// Anywhere but on a method of a `#[projector]` or `#[observer]` impl. See [`macro@projector`], which has an example.
    event_handler => EventHandler;
    /// Handles an event in a saga: `async fn(event) -> Result<Self>` starts one, `&mut self` goes on, `self` ends it.
    ///
    /// # Options
    /// - `association = "field"`: the field that the event and the saga share. Required in this form or the next.
    /// - `association(field = event.path)`: the same, where the event calls it otherwise.
    /// - `retry = N`: how often a failed call is repeated, 0 to 100; 5 without it.
    /// - `retry_delay = MS`: the wait before the first repetition in milliseconds, which doubles with each; 100 without it.
    ///
    /// # Errors
    /// Anywhere but on a method of a `#[saga]` impl. See [`macro@saga`], which has an example.
    saga_event_handler => SagaEventHandler;
    /// Answers a query: `async fn(&self, query, ..)` returns the declared response or a `Result` of it.
    ///
    /// It has no options.
    ///
    /// # Errors
    /// Anywhere but on a method of a `#[projection]` impl. See [`macro@projection`], which has an example.
    query_handler => QueryHandler;
    /// A method for callers: `async fn(&self, ..)`. Parameters behind `&` are injected, the others are the caller's.
    ///
    /// It has no options.
    ///
    /// # Errors
    /// Anywhere but on a method of an `#[invoker]` impl. See [`macro@invoker`], which has an example.
    invocation_handler => InvocationHandler;
    /// Builds the component: `fn new(..) -> Self`, also `async` and with a `Result`. Each parameter is a clone of what `.provide(..)` was
    /// given. Without a constructor, `Default` builds it.
    ///
    /// It has no options.
    ///
    /// # Errors
    /// Anywhere but on a method of a `#[service]`, `#[projector]`, `#[projection]`, `#[observer]` or `#[invoker]` impl. See [`macro@service`], which has an example.
    inject => Inject;
    /// Sets up the tables of a projector, once per version: `async fn(&self, connection, tables) -> Result<()>`.
    ///
    /// It has no options.
    ///
    /// # Errors
    /// Anywhere but on a method of a `#[projector]` impl. See [`macro@projector`], which has an example.
    setup => Setup;
}

/// A bundle: the components that are deployed together.
///
/// It makes a unit struct with `META`, `builder()` and `describe()`, and has the compiler check the whole graph of who sends, asks,
/// reads and writes what.
///
/// # Keys
/// - `id: ".."`: required.
/// - `version: N`: from 1 on, required.
/// - `components: [A, path::to::B]`: required.
/// - `remote: [C]`: commands and queries that another bundle handles.
/// - `crate: path`: where `evento` is, if your crate calls it otherwise.
///
/// # Errors
/// For missing, unknown and repeated keys; for types that are no components. At the component that makes the mistake: when two
/// components have one name or handle one command or query, when two payloads have one stored name, when a command or query that is sent is handled
/// nowhere, when a view that is read is written by nobody or by two projectors, when a projection reads the tables of a projector that is
/// not in the bundle.
///
/// ```
/// use evento::prelude::*;
///
/// #[domain_command]
/// struct Open {
///     #[aggregate_id]
///     id: String,
/// }
///
/// #[domain_event]
/// struct Opened {
///     id: String,
/// }
///
/// #[aggregate_state]
/// struct Door {
///     open: bool,
/// }
///
/// #[aggregate]
/// impl Door {
///     #[aggregate_command_handler]
///     fn open(command: Open) -> Opened {
///         Opened { id: command.id }
///     }
///
///     #[event_sourcing_handler]
///     fn opened(_event: &Opened) -> Self {
///         Self { open: true }
///     }
/// }
///
/// bundle! {
///     /// Everything about doors.
///     pub DoorBundle {
///         id: "doors",
///         version: 1,
///         components: [Door],
///     }
/// }
///
/// assert_eq!(DoorBundle::describe().components[0].name, "Door");
/// ```
#[proc_macro]
pub fn bundle(input: TokenStream) -> TokenStream {
    bundle::bundle(input.into()).into()
}
