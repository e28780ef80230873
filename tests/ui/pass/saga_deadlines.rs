//! Scheduling, handling and cancelling deadlines, in every form.

use std::time::Duration;

use evento::prelude::*;

#[domain_event]
struct Placed {
    order: u64,
}

#[deadline]
struct PaymentTimeout;

#[deadline(name = "reminder", alias = "Reminded")]
struct Reminder {
    number: u32,
}

#[deadline]
#[derive(Copy)]
enum Escalation {
    First,
    Last,
}

#[saga_state]
struct Order {
    #[association]
    order: u64,
}

type Waits = Timers<(PaymentTimeout, Escalation)>;

#[saga(version = 3, adopts = 1, strict)]
impl Order {
    #[saga_event_handler(association = "order")]
    async fn placed(event: &Placed, timers: &Timers<(PaymentTimeout, Reminder)>, at: Timestamp) -> Result<Self> {
        timers.schedule(PaymentTimeout).after(Duration::from_secs(900))?;
        timers.schedule(Reminder { number: 1 }).key("first").at(at + Duration::from_secs(60))?;
        Ok(Self { order: event.order })
    }

    #[saga_event_handler(association = "order")]
    fn placed_again(&mut self, _event: &Placed, timers: &Waits, more: &Timers<Reminder>) -> Result<()> {
        timers.cancel::<PaymentTimeout>();
        more.cancel_key("first");
        escalate(timers)
    }

    #[saga_deadline_handler]
    async fn unpaid(self, _deadline: PaymentTimeout) {}

    #[saga_deadline_handler(retry = 0, retry_delay = 0)]
    fn reminded(&mut self, deadline: &Reminder, timers: &Timers<Reminder>, _metadata: &Metadata) -> Result<()> {
        timers.schedule(Reminder { number: deadline.number + 1 }).after(Duration::from_secs(60))?;
        Ok(())
    }

    #[saga_deadline_handler]
    async fn escalated(self, deadline: Escalation) -> Result<Option<Self>> {
        Ok(matches!(deadline, Escalation::First).then_some(self))
    }
}

/// A helper asks for what it needs.
fn escalate<S: Schedules<Escalation, At>, At>(timers: &Timers<S>) -> Result<()> {
    timers.schedule(Escalation::First).after(Duration::ZERO)?;
    timers.schedule(Escalation::Last).key("last").after(Duration::MAX)?;
    Ok(())
}

bundle! { Shop { id: "shop", version: 1, components: [Order] } }

pub fn main() {
    let description = Shop::describe();
    let handlers = &description.components[0].handlers;
    assert_eq!(handlers[0].schedules, ["PaymentTimeout", "reminder"]);
    assert_eq!(handlers[1].schedules, ["PaymentTimeout", "Escalation", "reminder"]);
    assert_eq!(handlers[3].handles, Some("reminder"));
    let deadline = description.payload(evento::payload::PayloadKind::Deadline, "reminder");
    assert_eq!(deadline.map(|deadline| deadline.fields[0].name), Some("number"));
}
