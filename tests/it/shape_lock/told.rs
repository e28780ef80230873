//! What is told in a terminal, and what is locked of commands and queries.

use evento::{
    payload::{Payload, PayloadMeta},
    prelude::*,
    serde::{Deserialize, Serialize},
    testing::shape_lock,
};

use super::{Place, bundle};

mod before {
    use super::*;

    #[domain_event]
    pub struct Shipped {
        order_id: String,
        parcels: Vec<String>,
        weight: Option<u32>,
    }

    #[domain_command(public)]
    pub struct Ship {
        #[aggregate_id]
        order_id: String,
        express: bool,
    }

    #[service_command]
    pub struct Print {
        text: String,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
    #[serde(crate = "evento::serde")]
    pub struct Parcel {
        weight: u32,
        note: Option<String>,
    }

    #[query(public, response = Vec<Parcel>)]
    pub struct FindParcels {
        order_id: String,
    }

    #[deadline]
    pub struct ShippingOverdue;

    pub const ALL: [PayloadMeta; 5] =
        [Shipped::META, Ship::META, Print::META, FindParcels::META, ShippingOverdue::META];
}

mod after {
    use super::*;

    #[domain_event]
    pub struct Shipped {
        order_id: String,
        boxes: Vec<String>,
        weight: u32,
    }

    #[domain_command(public)]
    pub struct Ship {
        #[aggregate_id]
        order_id: String,
        express: bool,
        insured: bool,
    }

    #[service_command]
    pub struct Print {
        page: Vec<u8>,
    }

    #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
    #[serde(crate = "evento::serde")]
    pub struct Parcel {
        weight: Option<u16>,
        sender: String,
    }

    #[query(public, response = Vec<Parcel>)]
    pub struct FindParcels {
        order_id: String,
        #[serde(default)]
        page: u32,
    }

    pub const ALL: [PayloadMeta; 4] = [Shipped::META, Ship::META, Print::META, FindParcels::META];
}

/// What the test of a user prints.
#[test]
fn a_failure_is_read_in_a_terminal() {
    let place = Place::with(&before::ALL[..1]);
    let path = place.path();
    let panic =
        std::panic::catch_unwind(|| shape_lock(path, &bundle(&after::ALL[..1]))).expect_err("it fails");
    let told = panic.downcast_ref::<String>().expect("a text");
    let place_of = |source: evento::payload::SourceLocation| format!("{}:{}", source.file, source.line);
    let here = place_of(after::Shipped::META.source);
    let (path, version) = (
        place.path().display().to_string(),
        "raise the version, `#[domain_event(version = 2)]`, and write how version 1 becomes it, `#[upcast(from = 1)]` in `#[upcasters] impl Shipped`",
    );
    let expected = format!(
        "what is locked in {path} does not hold, in 2 places:

domain event `Shipped`, version 1 ({here})
  `parcels`: is gone, and what is stored of it would be ignored
    - parcels: [String]
    + boxes: [String]
  remedy: if `boxes` is what it is called now, put `#[serde(alias = \"parcels\")]` on it; or {version}

domain event `Shipped`, version 1 ({here})
  `weight`: is no `Option` any more, and `null` was written
    - weight: Option<u32>
    + weight: u32
  remedy: {version}

Nothing was written. If something of it was never stored or sent outside of your own machine, delete its entry in {path}, and run `EVENTO_LOCK=update cargo test`."
    );
    assert_eq!(*told, expected);
}

#[test]
fn the_file_says_what_it_is() {
    let place = Place::with(&before::ALL);
    let text = place.text();
    let query = text.split("\n\n").find(|entry| entry.starts_with("query ")).expect("the query");
    let (lines, digest) = query.trim_end().rsplit_once('\n').expect("lines");
    assert_eq!(
        lines,
        "query FindParcels 1
  shape FindParcels
  response [Parcel]
  struct FindParcels
    order_id: String
  struct Parcel
    note: Option<String>, optional
    weight: u32
  made {\"order_id\":\"text\"}"
    );
    assert!(digest.starts_with("  digest "), "{digest}");
    let heads: Vec<_> = text.lines().filter(|line| line.ends_with(" 1") && !line.starts_with(' ')).collect();
    assert_eq!(
        heads,
        [
            "format 1",
            "domain_event Shipped 1",
            "deadline ShippingOverdue 1",
            "domain_command Ship 1",
            "query FindParcels 1"
        ],
        "what is neither stored nor public is not there"
    );
}

#[test]
fn what_is_public_stays_readable_for_those_who_send_and_ask() {
    let place = Place::with(&before::ALL[1..]);
    let told: Vec<_> = place
        .breaches(&after::ALL[1..])
        .into_iter()
        .map(|breach| format!("{}: {} {}\n{}", breach.subject, breach.path, breach.what, breach.diff))
        .collect();
    assert_eq!(
        told,
        [
            "deadline `ShippingOverdue`, version 1:  nothing in the bundle has this name, so what is stored or sent under it cannot be read\n- deadline ShippingOverdue 1",
            "domain command `Ship`, version 1: insured is new, and missing in all that is stored\n+ insured: bool\n",
            // Those who ask know the answer as it was.
            "query `FindParcels`, version 1: answer[].weight is an `Option` now, and those who ask expect a value\n- weight: u32\n+ weight: Option<u16>\n",
        ]
    );
}

#[test]
fn what_is_public_no_more_is_told() {
    let place = Place::with(&before::ALL[1..2]);
    let hidden = PayloadMeta { public: false, ..before::Ship::META };
    let breach = place.breach(&[hidden]);
    assert!(breach.remedy.ends_with("it is locked only while it is `#[domain_command(public)]`"), "{breach}");
}
