//! The layers of the runtime.

use crate::tidy::{
    source::Source,
    tree::{Tree, line_of},
    violations::Violations,
};

/// The runtime's sources.
const RUNTIME: &str = "evento-runtime/src/";

/// A module at the top of the runtime, with the modules that it may name, in groups.
struct Layer {
    module: &'static str,
    below: &'static [&'static [&'static str]],
}

impl Layer {
    fn may_name(&self, module: &str) -> bool {
        self.below.iter().any(|group| group.contains(&module))
    }
}

const fn layer(module: &'static str, below: &'static [&'static [&'static str]]) -> Layer {
    Layer { module, below }
}

/// What everybody may talk about.
const COMMON: &[&str] = &["message", "error", "panic", "clock", "metrics", "payload"];

/// What those talk about who find and run handlers.
const VOCABULARY: &[&str] =
    &["outcome", "capability", "handler", "component", "interceptor", "registry", "environment", "store"];

/// The modules of the runtime from the bottom to the top. A module names only modules that stand above it in this list,
/// hence no two name each other. `ARCHITECTURE.md` describes what each of them is for.
const LAYERS: &[Layer] = &[
    layer("message", &[]),
    layer("error", &[]),
    layer("panic", &[]),
    layer("clock", &[&["message"]]),
    // It knows names and numbers only, so that everybody may count.
    layer("metrics", &[]),
    layer("payload", &[&["message", "error", "panic"]]),
    // Stores: they know messages, positions and JSON, and nothing of components.
    layer("store", &[&["message", "metrics"]]),
    layer("retention", &[&["message", "store"]]),
    // Carries logs between stores; it knows events, and nobody who handles them.
    layer("archive", &[&["message", "store"]]),
    layer("memory", &[&["message", "store"]]),
    layer("sqlite", &[&["message", "store"]]),
    layer("postgres", &[&["message", "store"]]),
    layer("mysql", &[&["message", "store"]]),
    layer("address", &[&["store", "memory", "sqlite", "postgres", "mysql"]]),
    layer("conformance", &[&["message", "store", "retention"]]),
    // The vocabulary of handlers, as types and data. A handler reaches a store by its capabilities only.
    layer("outcome", &[COMMON, &["store"]]),
    layer("capability", &[COMMON, &["store", "outcome"]]),
    layer("handler", &[COMMON, &["capability"]]),
    layer("component", &[&["error", "payload", "handler"]]),
    layer("interceptor", &[COMMON, &["capability", "handler", "component"]]),
    layer("registry", &[&["error", "payload", "handler", "component"]]),
    layer("environment", &[&["clock", "metrics", "store", "component", "interceptor"]]),
    // What runs handlers. Consumers send through the capability, not through the gateway that stands behind it.
    layer("command", &[COMMON, VOCABULARY]),
    layer("consumer", &[COMMON, VOCABULARY]),
    layer("gateway", &[COMMON, VOCABULARY, &["command"]]),
    // What puts it all together.
    layer("bundle", &[COMMON, VOCABULARY, &["command", "consumer", "gateway"]]),
    // What stands outside of an application, and looks at it.
    layer("testing", &[COMMON, VOCABULARY, &["memory", "command", "consumer", "gateway", "bundle"]]),
];

/// Data flows one way, and no module reaches back up: a component never sees a store but through what it may do with it, a
/// store never sees a component. Each module names only those that the table allows.
pub(super) fn modules_know_those_below(tree: &Tree, violations: &mut Violations) {
    for (path, source) in tree.rust() {
        let Some((module, inner)) = path.strip_prefix(RUNTIME).and_then(module_of) else { continue };
        let Some(layer) = LAYERS.iter().find(|layer| layer.module == module) else {
            violations.report(
                path,
                1,
                format!("module `{module}` has no place among the layers; give it one"),
            );
            continue;
        };
        for (at, named) in named(source, inner) {
            if named != module && !layer.may_name(named) {
                let message = format!("layer `{module}` must not know `{named}`");
                violations.report(path, line_of(&source.production, at), message);
            }
        }
    }
}

/// Whoever is new finds every module of the runtime explained in `ARCHITECTURE.md`.
pub(super) fn modules_are_described(tree: &Tree, violations: &mut Violations) {
    const DESCRIPTION: &str = "ARCHITECTURE.md";
    let description = tree.text(DESCRIPTION).unwrap_or_default();
    let modules = tree.rust().filter_map(|(path, _)| path.strip_prefix(RUNTIME).and_then(module_of));
    for (module, _) in modules {
        if !description.contains(&format!("`{module}`")) {
            violations.report(DESCRIPTION, 1, format!("say what `{RUNTIME}{module}` is for"));
        }
    }
}

/// The module at the top to which a file belongs, and how many modules lie between it and the root of the crate.
fn module_of(inside: &str) -> Option<(&str, usize)> {
    let parts: Vec<_> = inside.trim_end_matches(".rs").split('/').collect();
    match parts[..] {
        ["lib"] => None,
        [module] | [module, "mod"] => Some((module, 1)),
        [module, .., "mod"] => Some((module, parts.len() - 1)),
        [module, ..] => Some((module, parts.len())),
        [] => None,
    }
}

/// The modules at the top that a file names, with the places: behind `crate::`, or behind as many `super::` as lead there.
fn named(source: &Source, depth: usize) -> Vec<(usize, &str)> {
    let code = &*source.production;
    let up = "super::".repeat(depth);
    let absolute = code.match_indices("crate::").map(|(at, root)| (at, at + root.len()));
    let relative = code.match_indices(&*up).map(|(at, root)| (at, at + root.len()));
    let mut named = Vec::new();
    for (_, behind) in absolute.chain(relative) {
        if code[behind..].starts_with('{') {
            named.extend(members(code, behind));
        } else {
            named.push((behind, word(&code[behind..])));
        }
    }
    named.retain(|(_, name)| !name.is_empty() && name.starts_with(char::is_lowercase) && *name != "super");
    named
}

/// The first words of the members of a list in braces, one level deep.
fn members(code: &str, open: usize) -> Vec<(usize, &str)> {
    let (mut depth, mut begins, mut members) = (0, true, Vec::new());
    for (at, c) in code[open..].char_indices().map(|(at, c)| (open + at, c)) {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => begins = true,
            c if depth == 1 && begins && !c.is_whitespace() => {
                members.push((at, word(&code[at..])));
                begins = false;
            }
            _ => {}
        }
    }
    members
}

fn word(code: &str) -> &str {
    let end = code.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len());
    &code[..end]
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn no_layer_names_one_that_stands_higher() {
        for (place, layer) in LAYERS.iter().enumerate() {
            for below in layer.below.iter().copied().flatten() {
                let lower = LAYERS[..place].iter().any(|lower| lower.module == *below);
                assert!(lower, "`{}` names `{below}`, which does not stand below it", layer.module);
            }
        }
    }

    #[test]
    fn stores_know_nothing_of_components() {
        for layer in LAYERS
            .iter()
            .filter(|layer| ["store", "memory", "sqlite", "postgres", "mysql"].contains(&layer.module))
        {
            assert!(
                layer
                    .below
                    .iter()
                    .copied()
                    .flatten()
                    .all(|below| ["message", "metrics", "store"].contains(below))
            );
        }
    }

    #[test]
    fn a_module_that_reaches_up_is_found() {
        let text = "use crate::message::A;\nuse crate::{\n    message::{B, gateway},\n    component::C,\n};\nfn d() { crate::bundle::e() }\n\
                    // crate::saga\n#[cfg(test)]\nuse crate::aggregate;";
        assert_eq!(
            found(modules_know_those_below, &[("evento-runtime/src/store/events.rs", text)]),
            ["evento-runtime/src/store/events.rs:4", "evento-runtime/src/store/events.rs:6"]
        );
    }

    #[test]
    fn a_way_up_by_super_is_found() {
        let files = [
            ("evento-runtime/src/store/mod.rs", "use super::message;\nuse super::bundle::A;"),
            ("evento-runtime/src/clock.rs", "use super::{message, store};"),
            ("evento-runtime/src/store/a.rs", "use super::bundle;\nuse super::super::gateway;"),
        ];
        let expected = [
            "evento-runtime/src/clock.rs:1",
            "evento-runtime/src/store/a.rs:2",
            "evento-runtime/src/store/mod.rs:2",
        ];
        assert_eq!(found(modules_know_those_below, &files), expected);
    }

    #[test]
    fn a_module_without_a_place_is_found() {
        assert_eq!(
            found(modules_know_those_below, &[("evento-runtime/src/misc.rs", "")]),
            ["evento-runtime/src/misc.rs:1"]
        );
    }

    #[test]
    fn an_unexplained_module_is_found() {
        let described = ("ARCHITECTURE.md", "The `store` is the seam.");
        let files =
            [described, ("evento-runtime/src/store/mod.rs", ""), ("evento-runtime/src/saga/mod.rs", "")];
        assert_eq!(found(modules_are_described, &files), ["ARCHITECTURE.md:1"]);
    }
}
