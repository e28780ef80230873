//! The catalogue for programs.

use serde::Serialize;

use super::{Description, Edge, Lint};

/// Counts up when a reader of the one before would be misled. What is added misleads nobody.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    #[serde(flatten)]
    bundle: &'a Description,
    edges: Vec<Edge>,
    lints: Vec<Lint>,
}

impl Description {
    /// Everything as JSON, indented.
    ///
    /// An object with `schema` (1; new fields may come, those that are there keep their meaning), `id`, `version`, and lists:
    /// - `payloads`, by kind and name: `name`, `aliases`, `kind`, `version`, `fields` (`name`, `type`, `role`), `response` of a query, `public`,
    ///   `source`;
    /// - `components`, as the bundle names them: `name`, `kind`, `version` (0 for those that read no log), `reads`, `source`, and `handlers`
    ///   with `name`, `kind`, the payload that each `handles`, and those that it `emits`, `queries`, `schedules`, `decides`, and which are in
    ///   `views_read` and `views_written`;
    /// - `remote`: what another bundle handles;
    /// - `edges`: `kind` (`command`, `event`, `query`, `view`, `tables`), `payload`, and the components `from` and `to`, which is null for
    ///   another bundle's;
    /// - `lints`: `lint` and `payload`, what [`lints`](Self::lints) gives.
    ///
    /// A `source` has `file` and `line`. Kinds and roles are written in `snake_case`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = Document { schema: SCHEMA, bundle: self, edges: self.edges(), lints: self.lints() };
        let mut json =
            serde_json::to_string_pretty(&document).expect("names and numbers in lists have a JSON");
        json.push('\n');
        json
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::sample;

    #[test]
    fn every_component_and_handler_is_there() {
        for description in [sample::shop(), sample::of_components(40), sample::odd()] {
            let json: Value = serde_json::from_str(&description.to_json()).expect("JSON");
            assert_eq!((&json["schema"], &json["id"]), (&1.into(), &description.id.into()));
            let components = json["components"].as_array().expect("a list");
            assert_eq!(components.len(), description.components.len());
            for (component, described) in components.iter().zip(&description.components) {
                assert_eq!(component["name"], described.name);
                let named: Vec<_> = component["handlers"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|handler| (handler["name"].as_str(), handler["handles"].as_str()))
                    .collect();
                let expected: Vec<_> =
                    described.handlers.iter().map(|handler| (Some(handler.name), handler.handles)).collect();
                assert_eq!(named, expected);
            }
        }
    }

    #[test]
    fn the_schema_is_what_is_documented() {
        let json: Value = serde_json::from_str(&sample::shop().to_json()).expect("JSON");
        let keys = |value: &Value| -> BTreeSet<String> {
            value.as_object().expect("an object").keys().cloned().collect()
        };
        let words = |text: &str| -> BTreeSet<String> { text.split(' ').map(str::to_owned).collect() };
        assert_eq!(keys(&json), words("schema id version payloads components remote edges lints"));
        assert_eq!(
            keys(&json["payloads"][0]),
            words("name aliases kind version fields response public source")
        );
        let component = &json["components"][0];
        assert_eq!(keys(component), words("name kind version reads handlers source"));
        assert_eq!(
            keys(&component["handlers"][0]),
            words("name kind handles emits queries schedules decides views_read views_written source")
        );
        assert_eq!(keys(&json["edges"][0]), words("kind payload from to"));
        assert_eq!(keys(&json["lints"][0]), words("lint payload"));
        assert_eq!(json["lints"][0]["lint"], "unconsumed_event");
    }
}
