//! What travels: identities, time, metadata and the envelopes around payloads.
//!
//! An envelope says where a payload comes from (correlation, causation), who sent it (metadata), when (timestamp) and
//! where it belongs (context). Payloads travel as JSON text, the form in which they are stored.

use std::{borrow::Cow, collections::BTreeMap, fmt, ops::Add, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// The identity of a message: of an event, a query, an invocation, or of whatever started a chain of messages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub Uuid);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The identity of a command. A command is handled once per id, so this is the idempotency key for everything that a
/// handler does outside the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub Uuid);

impl CommandId {
    /// The id that stands for a caller's own key, for instance the value of an `Idempotency-Key` header: a UUID is
    /// taken as it is, any other text is hashed (UUID version 5, RFC 9562).
    ///
    /// ```
    /// use evento_runtime::message::CommandId;
    /// assert_eq!(CommandId::from_key("order-7"), CommandId::from_key("order-7"));
    /// ```
    #[must_use]
    pub fn from_key(key: &str) -> Self {
        Self(Uuid::parse_str(key).unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_OID, key.as_bytes())))
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl From<CommandId> for MessageId {
    fn from(id: CommandId) -> Self {
        Self(id.0)
    }
}

/// The place of an event in the log: dense, 1-based, in the order of commit. Zero stands before the first event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A point in time: milliseconds since the Unix epoch, UTC, taken from the injected clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The time that has passed since `earlier`; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// The time that is so much later, in whole milliseconds; the last one that there is when that is too far away.
///
/// ```
/// use std::time::Duration;
/// use evento_runtime::message::Timestamp;
/// assert_eq!((Timestamp::from_millis(5) + Duration::from_secs(1)).as_millis(), 1_005);
/// ```
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(later.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// What a caller says about a message beside its payload: the user, a tenant, a trace id. It is handed on from a
/// command to its events, and from an event to the commands that its handlers send. Cheap to clone.
///
/// ```
/// use evento_runtime::message::Metadata;
/// let metadata = Metadata::new().with("user", "ada");
/// assert_eq!(metadata.get("user"), Some("ada"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(Arc<BTreeMap<String, String>>);

impl Metadata {
    /// Without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one entry more, which replaces one of the same key.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).insert(key.into(), value.into());
        self
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same with the entries of `other`, which win.
    #[must_use]
    pub fn merged(mut self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        if !other.is_empty() {
            Arc::make_mut(&mut self.0).extend(other.0.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
        self
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self(Arc::new(entries.into_iter().map(|(k, v)| (k.into(), v.into())).collect()))
    }
}

/// The part of the log to which an event belongs. Consumers can be bound to contexts. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Context(Cow<'static, str>);

impl Context {
    /// The context of messages that name none.
    pub const DEFAULT: Self = Self(Cow::Borrowed("default"));

    /// A context by its name.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identity of a stream: the aggregate type (or service) and the id within it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// The stored name of the aggregate or service.
    pub kind: Cow<'static, str>,
    /// The id of the aggregate; for a service, the lock id or else the id of the command.
    pub id: Arc<str>,
}

impl StreamId {
    /// A stream by type and id.
    #[must_use]
    pub fn new(kind: impl Into<Cow<'static, str>>, id: impl Into<Arc<str>>) -> Self {
        Self { kind: kind.into(), id: id.into() }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.id)
    }
}

/// A command on its way to its handler.
#[derive(Clone, Debug)]
pub struct CommandMessage {
    /// The identity of the command, which is handled once.
    pub id: CommandId,
    /// The stored name of the payload.
    pub name: Cow<'static, str>,
    /// What started the chain of messages.
    pub correlation_id: MessageId,
    /// The message whose handling sent this command; its own id for the first of a chain.
    pub causation_id: MessageId,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// What the caller says beside the payload.
    pub metadata: Metadata,
    /// The context that its events will have.
    pub context: Context,
    /// The payload as JSON.
    pub payload: Box<RawValue>,
}

/// An event as its handlers see it. Nothing in it depends on where the log put it, so that a state that was built while
/// deciding equals the one that is replayed.
#[derive(Clone, Debug)]
pub struct EventMessage {
    /// The identity of the event.
    pub id: MessageId,
    /// The stream that it belongs to.
    pub stream: StreamId,
    /// The number of the event in its stream, 1-based.
    pub version: u64,
    /// The stored name of the payload.
    pub name: Cow<'static, str>,
    /// The version of the payload's shape (not of the stream) in which it was stored.
    pub payload_version: u32,
    /// What started the chain of messages.
    pub correlation_id: MessageId,
    /// The command that decided this event.
    pub causation_id: MessageId,
    /// When it was decided.
    pub timestamp: Timestamp,
    /// What the caller of the command said beside the payload.
    pub metadata: Metadata,
    /// The part of the log to which it belongs.
    pub context: Context,
    /// The payload as JSON.
    pub payload: Box<RawValue>,
}

/// An event of the log, with its place there.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    /// The place in the log.
    pub position: Position,
    /// The event.
    pub message: EventMessage,
}

impl StoredEvent {
    /// The size that counts for limits in bytes: payload, metadata, names and a fixed share for the envelope.
    #[must_use]
    pub fn size(&self) -> usize {
        self.message.size()
    }
}

impl EventMessage {
    /// The size that counts for limits in bytes: payload, metadata, names and a fixed share for the envelope.
    #[must_use]
    pub fn size(&self) -> usize {
        const ENVELOPE: usize = 128;
        self.payload.get().len()
            + self.metadata.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>()
            + self.name.len()
            + self.stream.id.len()
            + ENVELOPE
    }
}

/// A query on its way to its handler.
#[derive(Clone, Debug)]
pub struct QueryMessage {
    /// The identity of the query.
    pub id: MessageId,
    /// The stored name of the payload.
    pub name: Cow<'static, str>,
    /// What started the chain of messages.
    pub correlation_id: MessageId,
    /// The message whose handling asked; its own id for the first of a chain.
    pub causation_id: MessageId,
    /// When it was asked.
    pub timestamp: Timestamp,
    /// What the caller says beside the payload.
    pub metadata: Metadata,
    /// The payload as JSON.
    pub payload: Box<RawValue>,
}

/// A deadline of a saga on its way to its handler: scheduled by one handler of the saga, handled by another when it is due.
#[derive(Clone, Debug)]
pub struct DeadlineMessage {
    /// The identity of the timer. One that takes its place under the same key has another.
    pub id: MessageId,
    /// The stored name of the payload.
    pub name: Cow<'static, str>,
    /// What started the chain of messages.
    pub correlation_id: MessageId,
    /// The message whose handling scheduled it.
    pub causation_id: MessageId,
    /// When it is due.
    pub due: Timestamp,
    /// The metadata of the message whose handling scheduled it.
    pub metadata: Metadata,
    /// The context of that message.
    pub context: Context,
    /// The payload as JSON.
    pub payload: Box<RawValue>,
}
