//! What was locked in an earlier version is read by today's code, through all of its upcasters.

use evento::{
    Description,
    payload::{Payload, PayloadMeta},
    prelude::*,
    serde::{Deserialize, Serialize},
    serde_json::{Value, json},
    testing::{LockError, ShapeLock},
};

use super::Place;

mod first {
    use super::*;

    #[domain_event]
    pub struct Paid {
        till: String,
        amount: u64,
        tip: Option<u64>,
    }
}

mod second {
    use super::*;

    #[domain_event(version = 2)]
    pub struct Paid {
        till: String,
        cents: u64,
    }

    #[upcasters]
    impl Paid {
        #[upcast(from = 1)]
        fn in_cents(mut stored: Value) -> Result<Value> {
            let amount = stored["amount"].as_u64().ok_or_else(|| Error::msg("no amount"))?;
            stored["cents"] = json!(amount * 100);
            Ok(stored)
        }
    }
}

mod third {
    use super::*;

    #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
    #[serde(crate = "evento::serde")]
    pub struct Money {
        cents: u64,
        currency: String,
    }

    #[domain_event(version = 3, alias = "Paid")]
    pub struct PaymentTaken {
        till: String,
        money: Money,
    }

    #[upcasters]
    impl PaymentTaken {
        #[upcast(from = 1)]
        fn in_cents(mut stored: Value) -> Value {
            stored["cents"] = json!(stored["amount"].as_u64().map(|amount| amount * 100));
            stored
        }

        #[upcast(from = 2)]
        fn in_a_currency(mut stored: Value) -> Value {
            stored["money"] = json!({ "cents": stored["cents"], "currency": "EUR" });
            stored
        }
    }
}

/// Like the third, and its first step is not what it was.
mod careless {
    use super::*;

    #[domain_event(version = 3)]
    pub struct Paid {
        till: String,
        cents: u64,
    }

    #[upcasters]
    impl Paid {
        #[upcast(from = 1)]
        fn in_cents(mut stored: Value) -> Value {
            stored["cent"] = json!(700);
            stored
        }

        #[upcast(from = 2)]
        fn as_it_was(stored: Value) -> Value {
            stored
        }
    }
}

/// Every version was locked when it came.
fn history() -> Place {
    let place = Place::with(&[first::Paid::META]);
    for now in [second::Paid::META, third::PaymentTaken::META] {
        assert!(place.update(&[now]).written);
    }
    place
}

#[test]
fn samples_of_the_first_version_are_read_by_the_third() {
    let place = history();
    let text = place.text();
    for entry in ["domain_event Paid 1", "domain_event Paid 2", "domain_event PaymentTaken 3"] {
        assert!(text.lines().any(|line| line == entry), "{entry} in {text}");
    }
    for sample in [r#"{"amount":7,"till":"text","tip":7}"#, r#"{"amount":7,"till":"text","tip":null}"#] {
        assert!(text.contains(sample), "{sample} in {text}");
    }
    place.verify(&[third::PaymentTaken::META]).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn an_old_upcaster_that_was_touched_is_found() {
    let place = Place::with(&[first::Paid::META]);
    place.update(&[second::Paid::META]);
    let breaches = place.breaches(&[careless::Paid::META]);
    assert_eq!(breaches.len(), 2, "both samples of the first version, and none of the second: {breaches:#?}");
    for breach in breaches {
        assert_eq!(breach.subject, "domain event `Paid`, version 1");
        assert!(breach.what.contains("missing field `cents`"), "{breach}");
    }
}

#[test]
fn a_version_that_went_back_is_found() {
    let place = history();
    let breaches = place.breaches(&[second::Paid::META]);
    assert_eq!(breaches[0].subject, "domain event `PaymentTaken`, version 3", "{}", breaches[0]);
    let place = Place::with(&[second::Paid::META]);
    let breach = place.breach(&[first::Paid::META]);
    assert_eq!(
        (&*breach.subject, &*breach.what),
        ("domain event `Paid`, version 2", "this program knows version 1 only")
    );
}

#[test]
fn samples_that_were_really_stored_take_the_place_of_those_that_were_made_up() {
    let place = Place::with(&[first::Paid::META]);
    let stored = json!({ "till": "3", "amount": 20 });
    let lock = place.lock().sample_of("Paid", 1, stored).updating();
    lock.check(&super::bundle(&[second::Paid::META]));
    let text = place.text();
    let first = text.split("domain_event Paid 2").next().expect("the first version");
    assert!(first.contains(r#"  given {"amount":20,"till":"3"}"#) && !first.contains("  made "), "{first}");
}

#[test]
fn versions_from_before_the_lock_are_known_by_their_samples() {
    let place = Place::new();
    let lock = place.lock().sample_of("Paid", 1, json!({ "till": "3", "amount": 20 })).updating();
    lock.check(&super::bundle(&[third_paid()]));
    assert!(place.text().contains("domain_event Paid 1\n  shape any\n  given {"), "{}", place.text());
    let wrong = place.lock().sample_of("Paid", 1, json!({ "till": "3" }));
    assert!(matches!(wrong.verify(&super::bundle(&[second::Paid::META])), Err(LockError::Broken { .. })));
}

fn third_paid() -> PayloadMeta {
    second::Paid::META
}

#[domain_event]
pub struct Started {
    id: String,
}

/// A saga, whose state and whose version are those of the case.
macro_rules! saga {
    ($module:ident, [$($options:tt)*], $($field:tt)*) => {
        mod $module {
            use super::*;

            #[saga_state]
            pub struct Process {
                #[association]
                id: String,
                $($field)*
            }

            #[saga($($options)*)]
            impl Process {
                #[saga_event_handler(association = "id")]
                async fn started(event: &Started) -> Result<Self> {
                    Ok(evento::serde_json::from_value(json!({ "id": event.id, "step": 1, "note": "" }))?)
                }
            }

            bundle! { pub Processes { id: "processes", version: 1, components: [Process] } }
        }
    };
}

saga!(one, [version = 1], step: u32,);
saga!(grown, [version = 1], step: u64, #[serde(default)] note: String,);
saga!(narrowed, [version = 1], step: u8,);
saga!(adopting, [version = 2, adopts = 1], step: u32, note: String,);
saga!(adopting_well, [version = 2, adopts = 1], step: u32, #[serde(default)] note: String,);
saga!(starting_anew, [version = 2], note: String,);

#[test]
fn states_of_sagas_are_locked_as_long_as_somebody_reads_them() {
    let place = Place::new();
    let verify = |bundle: Description| ShapeLock::new(place.path()).verify(&bundle);
    place.lock().updating().check(&one::Processes::describe());
    let text = place.text();
    assert!(text.contains("saga_state Process 1") && text.contains("domain_event Started 1"), "{text}");
    for (bundle, what) in [
        (narrowed::Processes::describe(), "is narrower than what is stored"),
        (adopting::Processes::describe(), "is new, and missing in all that is stored"),
    ] {
        let error = verify(bundle).expect_err(what);
        let LockError::Broken { breaches, .. } = &error else { panic!("{error}") };
        assert_eq!((&*breaches[0].subject, &*breaches[0].what), ("state of saga `Process`, version 1", what));
        assert!(breaches[0].remedy.contains("without adopting version 1"), "{error}");
    }
    let grown = verify(grown::Processes::describe()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(grown.additions.len(), 2, "{grown:?}");
    for bundle in [adopting_well::Processes::describe(), starting_anew::Processes::describe()] {
        let locked = verify(bundle).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(locked.additions, ["state of saga `Process`, version 2 is new"]);
    }
}
