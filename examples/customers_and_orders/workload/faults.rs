//! Faults of handlers, which a command orders by its metadata: they concern what follows from it, in the component that they
//! name.

use std::{collections::BTreeSet, time::Duration};

use evento::{
    component::ComponentKind,
    interceptor::{Call, Handled, Interceptor, Next, async_trait},
    prelude::*,
};
use thiserror::Error;
use tokio::time::sleep;

use super::journal::{Journal, Note, now};

/// The key of the metadata. Its value is a kind, a component, and an event.
const KEY: &str = "fault";
/// How often a handler fails that succeeds in the end. With the waits in between, about a second.
const TRANSIENT_ATTEMPTS: u32 = 4;

/// One mail of so many is slow, and so slow.
const ONE_SLOW_MAIL_OF: u128 = 4;
const SLOW_MAIL: Duration = Duration::from_millis(150);

/// What can happen to a handler.
const KINDS: [&str; 4] = ["transient", "late", "permanent", "panic"];
/// To whom it can happen, and with which event.
const PLACES: [(&str, &str); 7] = [
    ("CreditOffice", "OrderCreated"),
    ("OrderHistorian", "OrderCreated"),
    ("OrderProcess", "OrderCreated"),
    ("OrderProcess", "CreditReserved"),
    ("ApprovalMailer", "OrderApproved"),
    ("OrderHistorian", "OrderApproved"),
    ("CreditOffice", "OrderRejected"),
];

/// The text of every error of this file, by which the audit knows that it was ordered.
pub const ORDERED: &str = "a fault that was ordered";

#[derive(Debug, Error)]
#[error("{ORDERED}: {0}")]
struct Ordered(&'static str);

/// Metadata that orders the fault of this number. Numbers that follow each other order each kind in turn.
pub fn order(metadata: Metadata, number: usize) -> Metadata {
    let (kind, (component, event)) = (KINDS[number % KINDS.len()], PLACES[number % PLACES.len()]);
    metadata.with(KEY, format!("{kind} {component} {event}"))
}

/// Whether a handler fails for good with a fault of this kind.
pub fn is_permanent(kind: &str) -> bool {
    matches!(kind, "permanent" | "panic")
}

/// Lets some mails take their time behind the delivery, so that a process may be killed before it has stored that.
async fn slowly<'c>(call: &mut Call, next: Next<'c>) -> Result<Handled<'c>> {
    let handled = next.run(call).await?;
    if call.message_id().0.as_u128().is_multiple_of(ONE_SLOW_MAIL_OF) {
        sleep(SLOW_MAIL).await;
    }
    Ok(handled)
}

/// How many events each kind of fault struck.
pub fn struck<'n>(notes: impl Iterator<Item = &'n Note>) -> Vec<(&'static str, usize)> {
    let events: BTreeSet<(&str, &str, u64)> = notes
        .filter_map(|note| match note {
            Note::Fault { kind, component, position, .. } => Some((&**kind, &**component, *position)),
            _ => None,
        })
        .collect();
    let of_kind = |kind| events.iter().filter(|(struck, _, _)| *struck == kind).count();
    let words = |kind| match kind {
        "transient" => "handlers that failed for a while",
        "late" => "handlers that failed for a while, after they had done their work",
        "permanent" => "handlers that failed for good",
        _ => "handlers that panicked",
    };
    KINDS.iter().map(|kind| (words(*kind), of_kind(*kind))).collect()
}

/// Lets handlers of events fail as they were ordered to.
pub struct Faults(Journal);

impl Faults {
    pub fn new(journal: Journal) -> Self {
        Self(journal)
    }
}

#[async_trait]
impl Interceptor for Faults {
    async fn around<'c>(&self, call: &mut Call, next: Next<'c>) -> Result<Handled<'c>> {
        if call.role() == ComponentKind::Service {
            return slowly(call, next).await;
        }
        let ordered: Vec<&str> =
            call.metadata().get(KEY).map(|fault| fault.split(' ').collect()).unwrap_or_default();
        let (&[kind, component, event], Some(position)) = (&*ordered, call.position()) else {
            return next.run(call).await;
        };
        let is_meant = component == call.component() && Some(event) == call.payload();
        if !is_meant || (!is_permanent(kind) && call.attempt() >= TRANSIENT_ATTEMPTS) {
            return next.run(call).await;
        }
        let (kind, component) = (kind.to_owned(), component.to_owned());
        let note = Note::Fault { kind: kind.clone(), component, position: position.0, at: now() };
        self.0.note(&note)?;
        match &*kind {
            "transient" => Err(Transient::new(Ordered("it passes")).into()),
            // The handler has done all that it does.
            "late" => {
                let _ = next.run(call).await?;
                Err(Transient::new(Ordered("it passes, but comes late")).into())
            }
            "permanent" => Err(Ordered("it stays").into()),
            _ => panic!("{}", Ordered("a panic")),
        }
    }
}
