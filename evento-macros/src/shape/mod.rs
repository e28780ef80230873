//! `#[derive(Shape)]`: what the JSON of a type is like, as serde's derives make it.

mod case;
mod expand;
mod model;
mod serde;

pub(crate) use self::expand::asked;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;

/// Whether shapes are made. They are for tests; other builds do without the code.
pub(crate) const ENABLED: bool = cfg!(feature = "testing");

/// The implementation of `Shape`, or nothing where nobody asks for one; mistakes are told in any case.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    derived(item, ENABLED)
}

fn derived(item: TokenStream, enabled: bool) -> TokenStream {
    let mut errors = Errors::new();
    let item = match syn::parse2::<DeriveInput>(item) {
        Ok(item) => item,
        Err(error) => {
            errors.push(error);
            return errors.finish();
        }
    };
    let shape = model::build(item, &mut errors).filter(|_| enabled);
    let tokens = shape.map(|shape| expand::shape(&shape));
    let errors = errors.finish();
    quote::quote!(#tokens #errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out for a type, as text without spaces.
    fn expanded(item: &str) -> String {
        let item = item.parse().unwrap_or_else(|error| panic!("{error}: {item}"));
        derived(item, true).to_string().split_whitespace().collect()
    }

    #[test]
    fn names_are_those_of_the_json() {
        let code = expanded(
            r#"#[serde(rename_all = "camelCase")] struct Line {
                unit_price: u64,
                #[serde(rename = "n", alias = "number", alias = "no")] count: u32,
                #[serde(rename(serialize = "out", deserialize = "in"))] both: u8,
                #[serde(skip)] seen: bool,
            }"#,
        );
        for part in [
            r#"name:"unitPrice",reads:&["unitPrice"]"#,
            r#"name:"n",reads:&["n","number","no"]"#,
            r#"name:"out",reads:&["in"]"#,
        ] {
            assert!(code.contains(part), "{part} in {code}");
        }
        assert!(!code.contains("seen"), "{code}");
    }

    #[test]
    fn every_representation_of_an_enum_is_told() {
        for (attribute, tagging) in [
            ("", "Tagging::External"),
            (r#"#[serde(tag = "t")]"#, r#"Tagging::Internal{tag:"t".into()}"#),
            (
                r#"#[serde(tag = "t", content = "c")]"#,
                r#"Tagging::Adjacent{tag:"t".into(),content:"c".into()}"#,
            ),
            ("#[serde(untagged)]", "Tagging::Untagged"),
        ] {
            let code =
                expanded(&format!("{attribute} enum Way {{ ByAir, BySea {{ ship: String }}, Other(u8) }}"));
            assert!(code.contains(tagging), "{tagging} in {code}");
            assert!(code.contains(r#"variants.unit("ByAir",&["ByAir"])"#), "{code}");
            assert!(code.contains(r#"variants.holding("Other""#), "{code}");
        }
    }

    #[test]
    fn what_is_written_by_hand_is_foreign() {
        for attribute in ["with = \"hand\"", "serialize_with = \"hand\"", "deserialize_with = \"hand\""] {
            let code = expanded(&format!("struct A {{ #[serde({attribute})] b: Option<u8> }}"));
            assert!(code.contains(r#"shapes.foreign("Option<u8>withhand")"#), "{code}");
        }
    }

    #[test]
    fn what_has_no_json_is_one_error() {
        for item in ["union A { b: u8 }", "#[shape(name = \"a\")] struct A;", "#[shape(crate)] struct A;"] {
            assert_eq!(expanded(item).matches("compile_error").count(), 1, "{item}");
        }
    }
}
