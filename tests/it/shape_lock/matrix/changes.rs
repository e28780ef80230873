//! The event that was locked, and what becomes of it.

/// An event that differs from that of the others in what the braces say.
macro_rules! shop {
    ($(
        $(#[doc = $doc:literal])*
        $case:ident { $($item:item)* }
    )*) => {$(
        $(#[doc = $doc])*
        pub mod $case {
            #![allow(dead_code, unused_imports)]
            use std::collections::BTreeMap;

            use evento::{prelude::*, serde::{Deserialize, Serialize}, serde_json::{Value, json}};

            $($item)*
        }
    )*};
}

/// The parts that a case does not change.
macro_rules! line {
    () => {
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        struct Line {
            article: String,
            count: u32,
        }
    };
}

macro_rules! way {
    () => {
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        enum Way {
            Collected,
            ByPost { address: String },
            ByCourier(String),
        }
    };
}

macro_rules! event {
    ($($(#[$meta:meta])* $field:ident: $ty:ty,)*) => {
        #[domain_event]
        pub struct OrderPlaced { $($(#[$meta])* $field: $ty,)* }
    };
}

shop! {
    /// What was locked.
    locked {
        line!(); way!();
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    fields_in_another_order {
        way!(); line!();
        event! { #[serde(default)] gift: bool, tags: BTreeMap<String, u8>, way: Way, lines: Vec<Line>, note: Option<String>, total: u32, order_id: String, }
    }
    /// The names of the types of fields are in no JSON.
    nested_type_renamed {
        way!();
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        struct OrderLine { article: Box<str>, count: u32 }
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<OrderLine>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    fields_moved_into_a_flat_part {
        line!(); way!();
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        struct Head { order_id: String, total: u32 }
        event! { #[serde(flatten)] head: Head, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    field_with_a_default_added {
        line!(); way!();
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, #[serde(default)] discount: u32, }
    }
    option_added {
        line!(); way!();
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, coupon: Option<String>, }
    }
    variant_added {
        line!();
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        enum Way { ByDrone, Collected, ByPost { address: String }, ByCourier(String) }
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    number_widened {
        line!(); way!();
        event! { order_id: String, total: u64, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    field_made_an_option {
        line!(); way!();
        event! { order_id: String, total: Option<u32>, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    field_renamed_with_an_alias {
        line!(); way!();
        event! { order_id: String, #[serde(alias = "total")] sum: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    /// The field is another one to the code only.
    field_renamed_with_its_stored_name {
        line!(); way!();
        event! { order_id: String, #[serde(rename = "total")] sum: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    type_renamed_with_an_alias {
        line!(); way!();
        #[domain_event(alias = "OrderPlaced")]
        pub struct OrderPlacedByCustomer { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool }
    }
    version_raised_with_an_upcaster {
        line!(); way!();
        #[domain_event(version = 2)]
        pub struct OrderPlaced { order_id: String, cents: u64, lines: Vec<Line>, way: Way }
        #[upcasters]
        impl OrderPlaced {
            #[upcast(from = 1)]
            fn in_cents(mut stored: Value) -> Value {
                stored["cents"] = json!(stored["total"].as_u64().map(|total| total * 100));
                stored
            }
        }
    }

    field_removed {
        line!(); way!();
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, #[serde(default)] gift: bool, }
    }
    field_skipped {
        line!(); way!();
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, #[serde(skip)] tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    field_renamed {
        line!(); way!();
        event! { order_id: String, sum: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    all_fields_renamed {
        line!(); way!();
        #[domain_event]
        #[serde(rename_all = "camelCase")]
        pub struct OrderPlaced { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool }
    }
    field_without_a_default_added {
        line!(); way!();
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, discount: i8, }
    }
    default_removed {
        line!(); way!();
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, gift: bool, }
    }
    number_narrowed {
        line!(); way!();
        event! { order_id: String, total: u16, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    type_changed {
        line!(); way!();
        event! { order_id: String, total: String, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    map_made_a_list {
        line!(); way!();
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: Vec<(String, u8)>, #[serde(default)] gift: bool, }
    }
    option_removed {
        line!(); way!();
        event! { order_id: String, total: u32, note: String, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    nested_field_removed {
        way!();
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        struct Line { article: String }
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    nested_field_added {
        way!();
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        struct Line { article: String, count: u32, price: u64 }
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    /// Nobody sees into it any more.
    nested_shape_removed {
        way!();
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(crate = "evento::serde")]
        struct Line { article: String, count: u32 }
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    variant_removed {
        line!();
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        enum Way { Collected, ByPost { address: String } }
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    variants_renamed {
        line!();
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        enum Way { #[serde(rename = "collected")] Collected, ByPost { address: String }, ByCourier(String) }
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    variant_holds_something_else {
        line!();
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        enum Way { Collected, ByPost { address: String }, ByCourier }
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    field_of_a_variant_removed {
        line!();
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde")]
        enum Way { Collected, ByPost {}, ByCourier(String) }
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    enum_tagged_otherwise {
        line!();
        #[derive(Clone, Debug, Serialize, Deserialize, Shape)]
        #[serde(crate = "evento::serde", tag = "kind", content = "of")]
        enum Way { Collected, ByPost { address: String }, ByCourier(String) }
        event! { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    written_by_a_function {
        line!(); way!();
        mod hand {
            use evento::serde::{Deserialize, Deserializer, Serialize, Serializer};
            pub fn serialize<S: Serializer>(total: &u32, to: S) -> Result<S::Ok, S::Error> { total.to_string().serialize(to) }
            pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
                String::deserialize(from)?.parse().map_err(evento::serde::de::Error::custom)
            }
        }
        event! { order_id: String, #[serde(with = "hand")] total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool, }
    }
    type_renamed {
        line!(); way!();
        #[domain_event]
        pub struct OrderWasPlaced { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool }
    }
    another_kind {
        line!(); way!();
        #[service_event]
        pub struct OrderPlaced { order_id: String, total: u32, note: Option<String>, lines: Vec<Line>, way: Way, tags: BTreeMap<String, u8>, #[serde(default)] gift: bool }
    }
    version_raised_with_an_upcaster_that_fails {
        line!(); way!();
        #[domain_event(version = 2)]
        pub struct OrderPlaced { order_id: String, cents: u64 }
        #[upcasters]
        impl OrderPlaced {
            #[upcast(from = 1)]
            fn in_cents(stored: Value) -> Result<Value> { Err(Error::msg(format!("no amount in {}", stored["order_id"]))) }
        }
    }
    version_raised_with_an_upcaster_to_another_shape {
        line!(); way!();
        #[domain_event(version = 2)]
        pub struct OrderPlaced { order_id: String, cents: u64 }
        #[upcasters]
        impl OrderPlaced {
            #[upcast(from = 1)]
            fn in_cents(mut stored: Value) -> Value { stored["cents"] = json!("a lot"); stored }
        }
    }
}
