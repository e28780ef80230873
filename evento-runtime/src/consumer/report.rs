//! What a process tells others of the consumers that it runs, with each heartbeat.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ConsumerState, Progress};
use crate::{
    message::Position,
    store::{ConsumerId, ConsumerRecord, NodeRecord},
};

/// One consumer in a report.
#[derive(Serialize, Deserialize)]
struct Told {
    component: String,
    version: u32,
    context: String,
    state: ConsumerState,
    position: u64,
    last_error: Option<String>,
    rate: f64,
    parked: u64,
    unmatched: u64,
    begun_already: u64,
    #[serde(default)]
    resets: u64,
}

/// The report of a process.
pub(super) fn report<'p>(consumers: impl Iterator<Item = (&'p ConsumerId, Progress)>) -> String {
    let told = consumers.map(|(id, progress)| Told {
        component: id.component.to_string(),
        version: id.version,
        context: id.context.to_string(),
        state: progress.state,
        position: progress.position.0,
        last_error: progress.last_error.as_deref().map(str::to_owned),
        parked: progress.parked,
        unmatched: progress.unmatched,
        begun_already: progress.begun_already,
        resets: progress.resets,
        rate: progress.pace.rate(),
    });
    // Nobody depends on a report; texts and numbers always encode.
    serde_json::to_string(&told.collect::<Vec<_>>()).unwrap_or_default()
}

/// What a process has told of a consumer, and its rate; nothing when somebody has put the consumer elsewhere since. Another version
/// of this library may tell what this one does not understand.
pub(crate) fn told(node: &NodeRecord, record: &ConsumerRecord) -> Option<(Progress, f64)> {
    let consumer = &record.consumer;
    let entries: Vec<serde_json::Value> = serde_json::from_str(&node.report).ok()?;
    let mut told = entries.into_iter().filter_map(|entry| serde_json::from_value::<Told>(entry).ok());
    let told = told.find(|told| {
        (&*told.component, told.version, &*told.context)
            == (&*consumer.component, consumer.version, &*consumer.context)
    })?;
    let progress = Progress {
        state: told.state,
        position: Position(told.position),
        last_error: told.last_error.map(Arc::from),
        parked: told.parked,
        unmatched: told.unmatched,
        begun_already: told.begun_already,
        resets: told.resets,
        ..Progress::default()
    };
    (!progress.is_outdated(record)).then_some((progress, told.rate))
}
