//! What is counted and measured, told through the [`metrics`](https://docs.rs/metrics) facade.
//!
//! Install a recorder of your choice before you start the application: what is counted often is asked of the recorder once, at
//! start, and not for each command. Without a recorder nothing is kept.
//!
//! Each name is a constant here, and [`ALL`] lists them with what they mean; `docs/observability.md` shows the same list.

use std::{collections::HashMap, fmt, time::Duration};

use ::metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram,
};

/// How commands ended. Counted; labels `component`, `command` and `outcome`: `accepted`, `rejected` (also because the aggregate
/// does not exist, exists already or is deleted), `refused` (nothing was done), `conflict` (others were faster in each
/// attempt), `duplicate` (answered with an earlier outcome), `unknown`, or `failed`.
pub const COMMANDS: &str = "evento_commands_total";

/// Attempts at a command that found its aggregate changed by others meanwhile. Counted; labels `component` and `command`.
pub const CONFLICTS: &str = "evento_command_conflicts_total";

/// Commands that a repeated handler sent with another payload than the first time. Counted; label `command`.
pub const NONDETERMINISTIC_RESENDS: &str = "evento_nondeterministic_resends_total";

/// How long attempts at handlers took, with their interceptors; of an aggregate, the decision alone. A histogram in seconds;
/// labels `role`, `component` and `handler`.
pub const HANDLER_SECONDS: &str = "evento_handler_seconds";

/// How many appends were committed together. A histogram without labels; the store in memory forms no groups.
pub const APPEND_GROUP_SIZE: &str = "evento_append_group_size";

/// Events that a consumer is done with, those that it put aside included. Counted; label `consumer`.
pub const CONSUMER_EVENTS: &str = "evento_consumer_events_total";

/// How many events of the log a consumer has not come to, of which its filter may pass none. A gauge; label `consumer`.
pub const CONSUMER_LAG_EVENTS: &str = "evento_consumer_lag_events";

/// The age of the event that a consumer is at, 0 when it is at the head of the log. A gauge in seconds; label `consumer`.
pub const CONSUMER_LAG_SECONDS: &str = "evento_consumer_lag_seconds";

/// Events that were put aside, once for each key under which that was done. Counted; label `consumer`.
pub const CONSUMER_PARKED: &str = "evento_consumer_parked_total";

/// What became of dead events because somebody has asked for it. Counted; labels `consumer` and `outcome`: `replayed`, `failed` or
/// `discarded`.
pub const CONSUMER_DEAD_EVENTS: &str = "evento_consumer_dead_events_total";

/// Attempts at events that failed and are repeated. Counted; labels `component` and `handler`.
pub const CONSUMER_RETRIES: &str = "evento_consumer_retries_total";

/// Commands that observers and sagas have not sent, because they handle again what they have handled before. Counted; label
/// `command`.
pub const COMMANDS_SUPPRESSED: &str = "evento_commands_suppressed_total";

/// Changes of the ownership of consumers, as this process sees them. Counted; labels `consumer` and `change`: `claimed`, `lost`
/// or `released`.
pub const CONSUMER_LEASE_CHANGES: &str = "evento_consumer_lease_changes_total";

/// The kinds of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It is what it is now.
    Gauge,
    /// Values are spread over buckets.
    Histogram,
}

/// What is known of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: MetricKind,
    /// The unit of its values.
    pub unit: Unit,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub about: &'static str,
}

const fn metric(
    name: &'static str,
    kind: MetricKind,
    unit: Unit,
    labels: &'static [&'static str],
    about: &'static str,
) -> Metric {
    Metric { name, kind, unit, labels, about }
}

/// Every metric.
pub const ALL: &[Metric] = {
    use MetricKind::{Counter, Gauge, Histogram};
    &[
        metric(COMMANDS, Counter, Unit::Count, &["component", "command", "outcome"], "how commands ended"),
        metric(
            CONFLICTS,
            Counter,
            Unit::Count,
            &["component", "command"],
            "attempts at a command that found its aggregate changed by others meanwhile",
        ),
        metric(
            NONDETERMINISTIC_RESENDS,
            Counter,
            Unit::Count,
            &["command"],
            "commands that a repeated handler sent with another payload than the first time",
        ),
        metric(
            HANDLER_SECONDS,
            Histogram,
            Unit::Seconds,
            &["role", "component", "handler"],
            "how long attempts at handlers took, with their interceptors; of an aggregate, the decision alone",
        ),
        metric(
            APPEND_GROUP_SIZE,
            Histogram,
            Unit::Count,
            &[],
            "how many appends were committed together; the store in memory forms no groups",
        ),
        metric(
            CONSUMER_EVENTS,
            Counter,
            Unit::Count,
            &["consumer"],
            "events that a consumer is done with, those that it put aside included",
        ),
        metric(
            CONSUMER_LAG_EVENTS,
            Gauge,
            Unit::Count,
            &["consumer"],
            "events of the log that a consumer has not come to, of which its filter may pass none",
        ),
        metric(
            CONSUMER_LAG_SECONDS,
            Gauge,
            Unit::Seconds,
            &["consumer"],
            "the age of the event that a consumer is at, 0 when it is at the head of the log",
        ),
        metric(
            CONSUMER_PARKED,
            Counter,
            Unit::Count,
            &["consumer"],
            "events that were put aside, once for each key under which that was done",
        ),
        metric(
            CONSUMER_DEAD_EVENTS,
            Counter,
            Unit::Count,
            &["consumer", "outcome"],
            "what became of dead events because somebody has asked for it",
        ),
        metric(
            CONSUMER_RETRIES,
            Counter,
            Unit::Count,
            &["component", "handler"],
            "attempts at events that failed and are repeated",
        ),
        metric(
            COMMANDS_SUPPRESSED,
            Counter,
            Unit::Count,
            &["command"],
            "commands that observers and sagas have not sent, because they handle again what they have handled before",
        ),
        metric(
            CONSUMER_LEASE_CHANGES,
            Counter,
            Unit::Count,
            &["consumer", "change"],
            "changes of the ownership of consumers, as this process sees them",
        ),
    ]
};

/// Tells the recorder what the metrics are.
pub(crate) fn describe() {
    for Metric { name, kind, unit, about, .. } in ALL.iter().copied() {
        match kind {
            MetricKind::Counter => describe_counter!(name, unit, about),
            MetricKind::Gauge => describe_gauge!(name, unit, about),
            MetricKind::Histogram => describe_histogram!(name, unit, about),
        }
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandOutcome {
    Accepted,
    Rejected,
    Refused,
    Conflict,
    Duplicate,
    Unknown,
    Failed,
}

impl CommandOutcome {
    /// In the order in which they are declared.
    const LABELS: [&str; 7] =
        ["accepted", "rejected", "refused", "conflict", "duplicate", "unknown", "failed"];
}

/// A handler as metrics tell it from others.
pub(crate) struct HandlerLabels {
    /// What stands for it where it is called; unique in the process.
    pub(crate) key: usize,
    pub(crate) role: &'static str,
    pub(crate) component: &'static str,
    pub(crate) name: &'static str,
    /// The command that it handles, if it handles one.
    pub(crate) command: Option<&'static str>,
}

/// What is counted for each command: asked of the recorder once, because asking costs more than counting.
#[derive(Default)]
pub(crate) struct Metrics {
    handlers: HashMap<usize, Histogram>,
    commands: HashMap<&'static str, [Counter; CommandOutcome::LABELS.len()]>,
}

impl Metrics {
    /// The metrics of an application with these handlers.
    pub(crate) fn new(handlers: impl IntoIterator<Item = HandlerLabels>) -> Self {
        let mut metrics = Self::default();
        for HandlerLabels { key, role, component, name, command } in handlers {
            let labels = [("role", role), ("component", component), ("handler", name)];
            metrics.handlers.insert(key, ::metrics::histogram!(HANDLER_SECONDS, &labels));
            if let Some(command) = command {
                let counter = |outcome: &'static str| {
                    counter!(
                        COMMANDS,
                        &[("component", component), ("command", command), ("outcome", outcome)]
                    )
                };
                metrics.commands.insert(command, CommandOutcome::LABELS.map(counter));
            }
        }
        metrics
    }

    /// An attempt at a handler took so long.
    pub(crate) fn handled(&self, key: usize, took: Duration) {
        if let Some(seconds) = self.handlers.get(&key) {
            seconds.record(took);
        }
    }

    /// A command ended.
    pub(crate) fn command(&self, name: &str, outcome: CommandOutcome) {
        if let Some(outcomes) = self.commands.get(name) {
            outcomes[outcome as usize].increment(1);
        }
    }
}

/// What became of a dead event that somebody has asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revival {
    /// It was handled.
    Replayed,
    /// It failed again.
    Failed,
    /// Nobody handles it any more.
    Discarded,
}

/// What is counted of one consumer.
pub(crate) struct ConsumerMetrics {
    consumer: String,
    events: Counter,
    lag_events: Gauge,
    lag_seconds: Gauge,
}

impl ConsumerMetrics {
    pub(crate) fn new(consumer: &impl fmt::Display) -> Self {
        let consumer = consumer.to_string();
        let labels = [("consumer", consumer.clone())];
        Self {
            events: counter!(CONSUMER_EVENTS, &labels),
            lag_events: ::metrics::gauge!(CONSUMER_LAG_EVENTS, &labels),
            lag_seconds: ::metrics::gauge!(CONSUMER_LAG_SECONDS, &labels),
            consumer,
        }
    }

    /// The consumer is done with so many events more.
    pub(crate) fn done(&self, events: u64) {
        self.events.increment(events);
    }

    /// The consumer put so many events aside.
    pub(crate) fn parked(&self, events: u64) {
        counter!(CONSUMER_PARKED, "consumer" => self.consumer.clone()).increment(events);
    }

    /// Something became of a dead event.
    pub(crate) fn revived(&self, revival: Revival) {
        let outcome = match revival {
            Revival::Replayed => "replayed",
            Revival::Failed => "failed",
            Revival::Discarded => "discarded",
        };
        counter!(CONSUMER_DEAD_EVENTS, "consumer" => self.consumer.clone(), "outcome" => outcome)
            .increment(1);
    }

    /// The consumer has not come to so many events, and is at one that is that old.
    pub(crate) fn lag(&self, events: u64, age: Duration) {
        self.lag_events(events);
        self.lag_age(age);
    }

    /// The consumer has not come to so many events.
    pub(crate) fn lag_events(&self, events: u64) {
        self.lag_events.set(count(events));
    }

    /// The consumer is at an event that is that old.
    pub(crate) fn lag_age(&self, age: Duration) {
        self.lag_seconds.set(age);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge that is off by one in 2^53 tells the same")]
fn count(number: u64) -> f64 {
    number as f64
}

/// An attempt at an event failed and is repeated.
pub(crate) fn retried(component: &'static str, handler: &'static str) {
    counter!(CONSUMER_RETRIES, "component" => component, "handler" => handler).increment(1);
}

/// A command of a replay was not sent.
pub(crate) fn suppressed(command: &'static str) {
    counter!(COMMANDS_SUPPRESSED, "command" => command).increment(1);
}

/// An attempt at a command found its aggregate changed by others.
pub(crate) fn conflicted(component: &'static str, command: &'static str) {
    counter!(CONFLICTS, "component" => component, "command" => command).increment(1);
}

/// A repeated handler sent a command with another payload than the first time.
pub(crate) fn resent_differently(command: &'static str) {
    counter!(NONDETERMINISTIC_RESENDS, "command" => command).increment(1);
}

/// So many appends are committed together.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) fn grouped(appends: usize) {
    ::metrics::histogram!(APPEND_GROUP_SIZE).record(count(appends as u64));
}

/// What happened to the ownership of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaseChange {
    /// This process has it now.
    Claimed,
    /// Another process has it now.
    Lost,
    /// This process gave it away.
    Released,
}

/// The ownership of a consumer changed.
pub(crate) fn lease_changed(consumer: &impl fmt::Display, change: LeaseChange) {
    let change = match change {
        LeaseChange::Claimed => "claimed",
        LeaseChange::Lost => "lost",
        LeaseChange::Released => "released",
    };
    counter!(CONSUMER_LEASE_CHANGES, "consumer" => consumer.to_string(), "change" => change).increment(1);
}
