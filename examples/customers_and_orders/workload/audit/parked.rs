//! Events that were put aside: what they explain, and whether somebody ordered that.

use std::collections::{BTreeMap, BTreeSet};

use evento::{
    LiveSaga,
    consumer::ConsumerStatus,
    prelude::*,
    store::{DeadEvent, StateStore},
};

use super::{Counts, Logged};
use crate::workload::{
    faults::{ORDERED, is_permanent},
    journal::Note,
};

/// How many dead events are read at once.
const PAGE: usize = 1_000;

/// All events that were put aside.
pub struct Parked {
    events: Vec<(String, DeadEvent)>,
    /// Component and order.
    orders: BTreeSet<(String, String)>,
    /// Component and customer.
    customers: BTreeSet<(String, String)>,
}

impl Parked {
    pub async fn read(
        store: &dyn StateStore,
        status: &[ConsumerStatus],
        logged: &Logged,
        sagas: &[LiveSaga],
    ) -> Result<Self> {
        let of_sagas: BTreeMap<String, &LiveSaga> =
            sagas.iter().map(|saga| (format!("{} {}", saga.key.saga, saga.key.id), saga)).collect();
        let mut parked = Self { events: Vec::new(), orders: BTreeSet::new(), customers: BTreeSet::new() };
        for one in status {
            let component = one.consumer.component.rsplit('/').next().unwrap_or_default().to_owned();
            let mut after = Position::START;
            loop {
                let page = store.dead_events(&one.consumer, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = last.position;
                for event in page {
                    // The position of a deadline says nothing; the saga does.
                    let order = match (&event.timer, of_sagas.get(&event.key)) {
                        (Some(_), saga) => saga.and_then(|saga| order_of(saga)),
                        (None, _) => logged.field(event.position, "order_id"),
                    };
                    parked.orders.extend(order.map(|order| (component.clone(), order)));
                    let customer = logged.field(event.position, "customer_id");
                    parked.customers.extend(customer.map(|customer| (component.clone(), customer)));
                    parked.events.push((component.clone(), event));
                }
            }
        }
        Ok(parked)
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether one of these components has put aside an event of an order.
    pub fn explains(&self, order: &str, components: &[&str]) -> bool {
        components.iter().any(|component| self.orders.contains(&((*component).to_owned(), order.to_owned())))
    }

    /// The same of a customer.
    pub fn explains_customer(&self, customer: &str, component: &str) -> bool {
        self.customers.contains(&(component.to_owned(), customer.to_owned()))
    }

    /// Whatever failed for good was ordered to, once for each time.
    pub fn count<'n>(&self, notes: impl Iterator<Item = &'n Note>, counts: &mut Counts) {
        let ordered: BTreeSet<(&str, u64)> = notes
            .filter_map(|note| match note {
                Note::Fault { kind, component, position, .. } if is_permanent(kind) => {
                    Some((component.as_str(), *position))
                }
                _ => None,
            })
            .collect();
        let is_ordered = |component: &str, event: &DeadEvent| match &event.error {
            None => true,
            Some(error) => error.contains(ORDERED) && ordered.contains(&(component, event.position.0)),
        };
        let wrong = self.events.iter().filter(|(component, event)| !is_ordered(component, event));
        counts
            .add("parked events whose failure nobody ordered", wrong.map(|(_, event)| format!("{event:?}")));
        let put_aside: BTreeSet<(&str, u64)> =
            self.events.iter().map(|(component, event)| (component.as_str(), event.position.0)).collect();
        let missing = ordered.iter().filter(|fault| !put_aside.contains(fault));
        counts.add(
            "ordered failures for good after which nothing is parked",
            missing.map(|(component, position)| format!("{component} at {position}")),
        );
    }
}

/// The order that a saga is for.
pub fn order_of(saga: &LiveSaga) -> Option<String> {
    let order = saga.associations.iter().find(|(field, _)| field == "order_id");
    order.map(|(_, value)| value.clone())
}
