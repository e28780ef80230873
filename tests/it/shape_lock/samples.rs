//! Where samples come from: made up, given, and refused.

use evento::{
    payload::{
        Payload, PayloadMeta,
        shape::{Scalar, Shape, Shapes, Type},
    },
    prelude::*,
    serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _},
    serde_json::json,
    testing::{LockError, ShapeLock, Unlockable},
};

use super::{Place, bundle};

/// Of another crate: nothing is known of it but its name.
mod money {
    use super::*;

    #[derive(Clone, Debug)]
    pub struct Money(pub i64);

    impl Serialize for Money {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            format!("{}.{:02} EUR", self.0 / 100, self.0 % 100).serialize(to)
        }
    }

    impl<'de> Deserialize<'de> for Money {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            let text = String::deserialize(from)?;
            let cents = text.strip_suffix(" EUR").and_then(|text| text.replace('.', "").parse().ok());
            cents.map(Self).ok_or_else(|| D::Error::custom(format!("`{text}` is no amount")))
        }
    }
}

#[domain_event]
struct Priced {
    article: String,
    prices: Vec<money::Money>,
}

#[domain_event]
struct Plain {
    article: String,
}

/// Cannot have just any value.
#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", try_from = "String", into = "String")]
struct Code(String);

impl TryFrom<String> for Code {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() == 2 { Ok(Self(text)) } else { Err(format!("`{text}` has not two letters")) }
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

#[domain_event]
struct Sent {
    country: Code,
}

/// Is written as a text, and says that it is a number.
#[derive(Clone, Debug)]
struct Liar;

impl Serialize for Liar {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        "seven".serialize(to)
    }
}

impl<'de> Deserialize<'de> for Liar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        evento::serde_json::Value::deserialize(from).map(|_| Self)
    }
}

impl Shape for Liar {
    fn shape(_shapes: &mut Shapes) -> Type {
        Type::Scalar(Scalar::Unsigned(8))
    }
}

#[domain_event]
struct Told {
    number: Liar,
}

#[domain_event]
struct Forgetful {
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

fn unlockable(payload: PayloadMeta) -> Unlockable {
    let place = Place::new();
    let error = place.lock().updating().verify(&bundle(&[Plain::META, payload])).expect_err("it cannot be");
    assert!(!place.path().exists(), "nothing is written, not in part either");
    let LockError::Unlockable { mut unlockable, .. } = error else { panic!("{error}") };
    assert_eq!(unlockable.len(), 1, "{unlockable:?}");
    unlockable.remove(0)
}

#[test]
fn a_foreign_type_needs_a_sample() {
    let found = unlockable(Priced::META);
    assert_eq!(found.reason, "only the name is known of what it contains: `money::Money`");
    for way in [
        "derive `Shape`",
        "`ShapeLock::foreign(\"money::Money\", json!(..))`",
        "`ShapeLock::sample(&Priced { .. })`",
    ] {
        assert!(found.remedy.contains(way), "{way} in {}", found.remedy);
    }
    let bundle = bundle(&[Priced::META]);
    let price = Priced { article: "tea".into(), prices: vec![money::Money(250)] };
    let given = |lock: ShapeLock| lock.sample(&price);
    let named = |lock: ShapeLock| lock.foreign("Money", json!("1.00 EUR"));
    let ways: [(&dyn Fn(ShapeLock) -> ShapeLock, &str); 2] = [
        (&given, r#"  given {"article":"tea","prices":["2.50 EUR"]}"#),
        (&named, r#"  made {"article":"text","prices":["1.00 EUR"]}"#),
    ];
    for (way, line) in ways {
        let place = Place::new();
        way(place.lock()).updating().verify(&bundle).unwrap_or_else(|error| panic!("{error}"));
        assert!(place.text().lines().any(|found| found == line), "{line} in {}", place.text());
        assert!(place.text().contains(r#"prices: [foreign "money::Money"]"#), "that it is a list is known");
        let complete = way(place.lock()).complete().verify(&bundle);
        assert!(complete.is_ok(), "{complete:?}");
        assert!(place.verify(&[Priced::META]).is_ok(), "what is locked needs no sample any more");
    }
}

#[test]
fn a_value_that_cannot_be_just_any_needs_a_sample() {
    let found = unlockable(Sent::META);
    assert!(found.reason.contains("`text` has not two letters"), "{}", found.reason);
    assert!(found.remedy.contains("`ShapeLock::sample(&Sent { .. })`"), "{}", found.remedy);
    let place = Place::new();
    let lock = place.lock().sample(&Sent { country: Code("PT".into()) });
    lock.updating().check(&bundle(&[Sent::META]));
    assert!(place.text().contains("country: String"), "as it is written: {}", place.text());
}

#[test]
fn a_shape_that_is_not_that_of_the_json_is_found() {
    let found = unlockable(Told::META);
    assert_eq!(
        found.reason,
        "its JSON is not what its shape says: `number` is written as `\"seven\"`, and its shape says `u8`"
    );
}

#[test]
fn what_is_left_out_and_then_missed_is_found() {
    let found = unlockable(Forgetful::META);
    assert_eq!(found.reason, "`note` may be left out when it is written, and cannot be read without");
    assert!(found.remedy.contains("`#[serde(default)]`"), "{}", found.remedy);
}

#[test]
fn a_sample_of_nothing_is_refused() {
    let place = Place::with(&[Plain::META]);
    for (name, version, reason) in [
        ("Plane", 1, "nothing is locked"),
        ("Plain", 2, "this program knows version 1"),
        ("Plain", 0, "there is no such version"),
    ] {
        let error = place.lock().sample_of(name, version, json!({})).verify(&bundle(&[Plain::META]));
        let error = error.expect_err(reason);
        assert!(
            matches!(error, LockError::StraySample { .. }) && error.to_string().contains(reason),
            "{error}"
        );
    }
}

/// A saga and an event that have the same name.
mod namesakes {
    use super::*;

    #[domain_event(name = "Booking")]
    pub struct Booked {
        pub id: String,
    }

    #[saga_state]
    pub struct Booking {
        #[association]
        id: String,
        step: u32,
    }

    #[saga(version = 1)]
    impl Booking {
        #[saga_event_handler(association = "id")]
        async fn booked(event: &Booked) -> Self {
            Self { id: event.id.clone(), step: 0 }
        }
    }

    bundle! { pub Bookings { id: "bookings", version: 1, components: [Booking] } }
}

#[test]
fn a_sample_of_a_name_that_several_have_says_of_which_it_is() {
    let (bundle, place) = (namesakes::Bookings::describe(), Place::new());
    let state = json!({ "id": "a", "step": 3 });
    let lock = place.lock().sample_of("Booking", 1, state.clone()).updating();
    let error = lock.verify(&bundle).expect_err("it may be either");
    assert!(matches!(error, LockError::AmbiguousSample { .. }), "{error}");
    for kind in ["domain_event", "saga_state"] {
        let way = format!("`sample_of(\"{kind} Booking\", 1, json!(..))`");
        assert!(error.to_string().contains(&way), "{error}");
    }
    assert!(!place.path().exists(), "nothing is written");
    let lock = place.lock().sample_of("saga_state Booking", 1, state);
    lock.sample(&namesakes::Booked { id: "b".into() }).updating().check(&bundle);
    let text = place.text();
    let (event, saga) = text.split_once("saga_state Booking 1").expect("both are locked");
    assert!(event.contains("  given {\"id\":\"b\"}") && !event.contains("step"), "{text}");
    assert!(saga.contains("  given {\"id\":\"a\",\"step\":3}"), "{text}");
}

#[test]
fn a_sample_that_cannot_be_read_is_refused() {
    let place = Place::with(&[Plain::META]);
    let before = place.text();
    let lock = place.lock().sample_of("Plain", 1, json!({ "artikel": "tea" })).updating();
    let error = lock.verify(&bundle(&[Plain::META])).expect_err("it cannot be read");
    let LockError::Broken { breaches, .. } = &error else { panic!("{error}") };
    assert!(breaches[0].what.contains("missing field `article`"), "{error}");
    assert_eq!(place.text(), before);
}

#[test]
fn samples_that_were_locked_are_kept_as_they_were() {
    let place = Place::new();
    // Spaces and the order of fields are those of whoever wrote it.
    place
        .lock()
        .sample_of("Plain", 1, json!({ "article": "tea", "more": [1, 2.50] }))
        .updating()
        .check(&bundle(&[Plain::META]));
    let line = r#"  given {"article":"tea","more":[1,2.5]}"#;
    assert!(place.text().lines().any(|found| found == line), "{}", place.text());
    assert!(
        !place.update(&[Plain::META]).written,
        "and stays when the test does not bring it along any more"
    );
}
