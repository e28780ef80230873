//! The views, compared with those that a fresh application makes of the same log.

use std::{collections::BTreeMap, time::Duration};

use evento::{
    bundle,
    memory::MemoryStore,
    prelude::*,
    serde_json::{self, Value},
    store::{Append, EventStore, Expected, Page, Recording, SharedStore, StateStore, ViewId, ViewMatch},
};
use tokio::time::Instant;

use super::{Counts, Evidence};
use crate::{read_side::OrderHistorian, workload::next::Release};

const PROJECTOR: &str = "OrderHistorian";
/// How many rows are read at once.
const PAGE: u32 = 500;
/// How long a replay may take.
const PATIENCE: Duration = Duration::from_secs(120);

bundle! {
    Replay { id: "orders", version: 1, components: [OrderHistorian] }
}

pub async fn count(
    store: &SharedStore,
    release: Release,
    evidence: &Evidence,
    counts: &mut Counts,
) -> Result<()> {
    let fresh = MemoryStore::new();
    for event in &evidence.logged.events {
        let message = event.message.clone();
        let command = CommandId(message.causation_id.0);
        let recording = Recording { name: "copied".into(), digest: 0, cause: None, at: message.timestamp };
        let append = Append {
            stream: message.stream.clone(),
            expected: Expected::Version(message.version - 1),
            command,
            recording,
            events: vec![message],
            closes: false,
        };
        fresh.append(append, Instant::now() + PATIENCE).await?;
    }
    let app = Replay::builder().state_store(fresh.clone()).start().await?;
    app.wait_for_head(PATIENCE).await?;
    let (expected, found) = (rows(&fresh, Release::First).await?, rows(&**store, release).await?);
    app.shutdown().await?;
    let is_explained = |customer: &str| evidence.parked.explains_customer(customer, PROJECTOR);
    let customers = expected.keys().chain(found.keys().filter(|customer| !expected.contains_key(*customer)));
    let wrong = customers
        .filter(|customer| expected.get(*customer) != found.get(*customer) && !is_explained(customer))
        .map(|customer| {
            format!("{customer}: {:?} instead of {:?}", found.get(customer), expected.get(customer))
        });
    counts.add("views that differ from a fresh replay, and no parked event explains it", wrong);
    Ok(())
}

/// The histories, by customer.
async fn rows<S: StateStore + ?Sized>(store: &S, release: Release) -> Result<BTreeMap<String, Value>> {
    let view = ViewId { view: "OrderHistory".into(), version: release.projector() };
    let mut rows = BTreeMap::new();
    for number in 0.. {
        let page = store.find_view_rows(&view, &ViewMatch::All, Page::new(number, PAGE)).await?;
        for row in &page {
            let row: Value = serde_json::from_str(row.get())?;
            let customer = row.get("customer_id").and_then(Value::as_str).unwrap_or_default().to_owned();
            rows.insert(customer, row);
        }
        if page.len() < PAGE as usize {
            break;
        }
    }
    Ok(rows)
}
