//! One event, and everything that somebody may do to it.

mod changes;

use evento::payload::{Payload, PayloadMeta};

use self::changes::*;
use super::Place;

/// What passes, with what is said to be new.
const PASSES: [(&str, PayloadMeta, &[&str]); 13] = [
    ("nothing", locked::OrderPlaced::META, &[]),
    ("fields in another order", fields_in_another_order::OrderPlaced::META, &[]),
    ("a nested type has another name", nested_type_renamed::OrderPlaced::META, &[]),
    ("fields are in a flat part", fields_moved_into_a_flat_part::OrderPlaced::META, &[]),
    ("a field with a default", field_with_a_default_added::OrderPlaced::META, &["`discount` is new"]),
    ("an option", option_added::OrderPlaced::META, &["`coupon` is new"]),
    ("a variant", variant_added::OrderPlaced::META, &["`way.ByDrone` is a new variant"]),
    (
        "a wider number",
        number_widened::OrderPlaced::META,
        &["`total` is a `u64` now, which holds every `u32`"],
    ),
    (
        "an option in place of a value",
        field_made_an_option::OrderPlaced::META,
        &["`total` is an `Option` now"],
    ),
    (
        "a field has another name, and an alias",
        field_renamed_with_an_alias::OrderPlaced::META,
        &["`total` is written as `sum` now, and still read", "`total` is read under the name `sum` too"],
    ),
    ("a field keeps its stored name", field_renamed_with_its_stored_name::OrderPlaced::META, &[]),
    (
        "the type has another name, and an alias",
        type_renamed_with_an_alias::OrderPlacedByCustomer::META,
        &["domain event `OrderPlacedByCustomer`, version 1 is new"],
    ),
    (
        "another version, and an upcaster",
        version_raised_with_an_upcaster::OrderPlaced::META,
        &["domain event `OrderPlaced`, version 2 is new"],
    ),
];

/// What fails, with the place, a part of what is said, the difference, and a part of the remedy.
const FAILS: [(&str, PayloadMeta, &str, &str, &str, &str); 23] = [
    (
        "a field is gone",
        field_removed::OrderPlaced::META,
        "tags",
        "is gone, and what is stored of it would be ignored",
        "- tags: {String: u8}\n",
        "keep the field; or raise the version, `#[domain_event(version = 2)]`, and write how version 1 becomes it, `#[upcast(from = 1)]` in `#[upcasters] impl OrderPlaced`",
    ),
    (
        "a field is skipped",
        field_skipped::OrderPlaced::META,
        "tags",
        "is gone",
        "- tags: {String: u8}\n",
        "keep the field",
    ),
    (
        "a field has another name",
        field_renamed::OrderPlaced::META,
        "total",
        "is gone",
        "- total: u32\n+ sum: u32\n",
        "put `#[serde(alias = \"total\")]` on it; or raise the version",
    ),
    (
        "all fields have other names",
        all_fields_renamed::OrderPlaced::META,
        "order_id",
        "is gone",
        "- order_id: String\n+ orderId: String\n",
        "put `#[serde(alias = \"order_id\")]` on it",
    ),
    (
        "a field without a default",
        field_without_a_default_added::OrderPlaced::META,
        "discount",
        "is new, and missing in all that is stored",
        "+ discount: i8\n",
        "put `#[serde(default)]` on it, or take an `Option`",
    ),
    (
        "a default is gone",
        default_removed::OrderPlaced::META,
        "gift",
        "must be there now, and may be missing where it was written",
        "- gift: bool, optional\n+ gift: bool\n",
        "keep its `#[serde(default)]`",
    ),
    (
        "a narrower number",
        number_narrowed::OrderPlaced::META,
        "total",
        "is narrower than what is stored",
        "- total: u32\n+ total: u16\n",
        "raise the version",
    ),
    (
        "another type",
        type_changed::OrderPlaced::META,
        "total",
        "is something else",
        "- total: u32\n+ total: String\n",
        "raise the version",
    ),
    (
        "a list in place of a map",
        map_made_a_list::OrderPlaced::META,
        "tags",
        "is something else",
        "- tags: {String: u8}\n+ tags: [(String, u8)]\n",
        "raise the version",
    ),
    (
        "an option is none any more",
        option_removed::OrderPlaced::META,
        "note",
        "is no `Option` any more, and `null` was written",
        "- note: Option<String>\n+ note: String\n",
        "raise the version",
    ),
    (
        "a field of a nested type is gone",
        nested_field_removed::OrderPlaced::META,
        "lines[].count",
        "is gone",
        "- count: u32\n",
        "keep the field",
    ),
    (
        "a nested type has a field without a default",
        nested_field_added::OrderPlaced::META,
        "lines[].price",
        "is new, and missing",
        "+ price: u64\n",
        "put `#[serde(default)]` on it",
    ),
    (
        "a nested type has no shape any more",
        nested_shape_removed::OrderPlaced::META,
        "lines[]",
        "only the name of its type is known now",
        "- lines[]: Line\n+ lines[]: foreign \"Line\"\n",
        "derive `Shape` for the type",
    ),
    (
        "a variant is gone",
        variant_removed::OrderPlaced::META,
        "way.ByCourier",
        "is a variant that is gone",
        "- ByCourier: String\n",
        "keep the variant",
    ),
    (
        "a variant has another name",
        variants_renamed::OrderPlaced::META,
        "way.Collected",
        "is a variant that is gone",
        "- Collected\n",
        "put `#[serde(alias = \"..\")]`",
    ),
    (
        "a variant holds nothing any more",
        variant_holds_something_else::OrderPlaced::META,
        "way.ByCourier",
        "is a variant that holds something else",
        "- ByCourier: String\n+ ByCourier\n",
        "raise the version",
    ),
    (
        "a field of a variant is gone",
        field_of_a_variant_removed::OrderPlaced::META,
        "way.ByPost.address",
        "is gone",
        "- address: String\n",
        "keep the field",
    ),
    (
        "variants are told otherwise",
        enum_tagged_otherwise::OrderPlaced::META,
        "way",
        "another way to tell the variants",
        "- enum\n+ enum tag kind content of\n",
        "raise the version",
    ),
    (
        "a function writes the field",
        written_by_a_function::OrderPlaced::META,
        "total",
        "only the name of its type is known now",
        "- total: u32\n+ total: foreign \"u32 with hand\"\n",
        "raise the version",
    ),
    (
        "the type has another name",
        type_renamed::OrderWasPlaced::META,
        "",
        "nothing in the bundle has this name",
        "- domain_event OrderPlaced 1",
        "if it is called `OrderWasPlaced` now, keep the old name beside it: `#[domain_event(alias = \"OrderPlaced\")]`",
    ),
    (
        "the kind is another one",
        another_kind::OrderPlaced::META,
        "",
        "is a service event now",
        "- domain_event\n+ service_event",
        "keep the kind",
    ),
    (
        "an upcaster fails",
        version_raised_with_an_upcaster_that_fails::OrderPlaced::META,
        "",
        "upcaster `in_cents` from version 1 failed: no amount in \"text\"",
        "- {",
        "mend `in_cents`; this sample was made up",
    ),
    (
        "an upcaster makes another shape",
        version_raised_with_an_upcaster_to_another_shape::OrderPlaced::META,
        "",
        "cannot be decoded as",
        "- {",
        "mend `in_cents`",
    ),
];

#[test]
fn what_loses_nothing_passes() {
    let place = Place::with(&[locked::OrderPlaced::META]);
    let before = place.text();
    for (change, now, new) in PASSES {
        let locked = place.verify(&[now]).unwrap_or_else(|error| panic!("{change}: {error}"));
        let subject = "domain event `OrderPlaced`, version 1: ";
        let additions: Vec<_> =
            locked.additions.iter().map(|one| one.strip_prefix(subject).unwrap_or(one)).collect();
        assert_eq!(additions, new, "{change}");
        assert!(!locked.written);
        assert_eq!(place.text(), before, "nothing is written by itself");
    }
}

#[test]
fn what_is_new_can_be_written_down() {
    for (change, now, new) in PASSES {
        let place = Place::with(&[locked::OrderPlaced::META]);
        let (before, samples) = (place.text(), samples(&place.text()));
        assert_eq!(place.update(&[now]).written, !new.is_empty(), "{change}");
        let locked = place.lock().complete().verify(&super::bundle(&[now]));
        assert!(locked.is_ok_and(|locked| locked.additions.is_empty() && !locked.written), "{change}");
        for sample in &samples {
            assert!(place.text().contains(&**sample), "{change}: {sample} is kept");
        }
        assert_eq!(place.text() == before, new.is_empty(), "{change}");
        assert!(!place.update(&[now]).written, "{change}: once");
    }
}

fn samples(text: &str) -> Vec<String> {
    text.lines().filter(|line| line.starts_with("  made ")).map(str::to_owned).collect()
}

#[test]
fn what_loses_something_fails_and_says_how_to_go_on() {
    let place = Place::with(&[locked::OrderPlaced::META]);
    for (change, now, path, what, diff, remedy) in FAILS {
        let breaches = place.breaches(&[now]);
        // An upcaster fails for each sample.
        assert!(breaches.len() == 1 || change.starts_with("an upcaster"), "{change}: {breaches:#?}");
        let breach = &breaches[0];
        assert_eq!(breach.path, path, "{change}");
        assert!(breach.what.contains(what), "{change}: `{what}` in `{}`", breach.what);
        if diff == "- {" {
            assert!(breach.diff.starts_with(diff) && breach.cause.is_some(), "{change}: {}", breach.diff);
        } else {
            assert_eq!(breach.diff, diff, "{change}");
        }
        assert!(breach.remedy.contains(remedy), "{change}: `{remedy}` in `{}`", breach.remedy);
        assert_eq!(breach.subject, "domain event `OrderPlaced`, version 1", "{change}");
    }
}
