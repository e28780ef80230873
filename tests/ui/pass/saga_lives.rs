//! Starting, going on with and ending a saga, in every form.

use evento::prelude::*;

#[domain_event]
struct Placed {
    order: u64,
    payment: Option<u64>,
}

#[service_event]
struct Paid {
    details: Details,
}

#[derive(Clone, Debug, evento::serde::Serialize, evento::serde::Deserialize)]
#[serde(crate = "evento::serde")]
struct Details {
    reference: u64,
}

#[saga_state]
struct Order {
    #[association]
    order: u64,
    #[association]
    payment: u64,
}

#[saga(version = 1)]
impl Order {
    #[saga_event_handler(association = "order")]
    async fn placed(event: &Placed) -> Result<Option<Self>> {
        Ok(event.payment.map(|payment| Self { order: event.order, payment }))
    }

    #[saga_event_handler(association = "payment", retry = 0, retry_delay = 0)]
    fn placed_again(&mut self, event: Placed) {
        self.order = event.order;
    }

    #[saga_event_handler(association(payment = event.details.reference))]
    async fn paid(mut self, _event: &Paid) -> Option<Self> {
        self.order += 1;
        Some(self)
    }
}

pub fn main() {
    use evento::component::Component;
    let associations: Vec<_> =
        Order::META.handlers.iter().filter_map(|handler| handler.association.map(|found| found.name)).collect();
    assert_eq!(associations, ["order", "payment", "payment"]);
}
