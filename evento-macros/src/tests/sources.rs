//! Everything of ours that the examples and the legal forms are made of.

use std::{fs, path::Path};

use quote::ToTokens;
use syn::Item;

use super::Case;
use crate::{component, payload};

/// Each item of ours in the examples and among the legal forms.
pub(super) fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut cases = Vec::new();
    for folder in ["examples", "tests/ui/pass"] {
        visit(&root.join(folder), &mut cases);
    }
    cases
}

fn visit(folder: &Path, cases: &mut Vec<Case>) {
    for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            visit(&path, cases);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("the file is there");
            let file = syn::parse_file(&text).expect("what is compiled can be parsed");
            items(file.items, cases);
        }
    }
}

fn items(all: Vec<Item>, cases: &mut Vec<Case>) {
    for mut item in all {
        let attrs = match &mut item {
            Item::Struct(item) => &mut item.attrs,
            Item::Enum(item) => &mut item.attrs,
            Item::Impl(item) => &mut item.attrs,
            Item::Mod(item) => {
                items(item.content.take().map(|(_, items)| items).unwrap_or_default(), cases);
                continue;
            }
            Item::Macro(item) if item.mac.path.is_ident("bundle") => {
                let tokens = item.mac.tokens.clone();
                cases.push(Case { name: "bundle".to_owned(), options: Default::default(), item: tokens });
                continue;
            }
            _ => continue,
        };
        let ours = |name: &str| {
            component::Kind::ALL.iter().any(|kind| kind.attribute() == name)
                || payload::Kind::ALL.iter().any(|kind| kind.attribute() == name)
        };
        let name =
            |attribute: &syn::Attribute| attribute.path().segments.last().map(|last| last.ident.to_string());
        let Some(at) = attrs.iter().position(|attribute| name(attribute).is_some_and(|name| ours(&name)))
        else {
            continue;
        };
        let attribute = attrs.remove(at);
        let options = attribute.meta.require_list().map(|list| list.tokens.clone()).unwrap_or_default();
        let name = name(&attribute).unwrap_or_default();
        cases.push(Case { name, options, item: item.into_token_stream() });
    }
}
