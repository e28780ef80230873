//! How serde spells names: `rename_all`.

/// A rule of `rename_all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// The rule of a name. An unknown one is serde's to complain of.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// A field, which is written in `snake_case`.
    pub(super) fn field(self, name: &str) -> String {
        match self {
            Self::Lower | Self::Snake => name.to_owned(),
            Self::Upper | Self::ScreamingSnake => name.to_ascii_uppercase(),
            Self::Pascal => joined(name),
            Self::Camel => lower_first(&joined(name)),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// A variant, which is written in `PascalCase`.
    pub(super) fn variant(self, name: &str) -> String {
        match self {
            Self::Pascal => name.to_owned(),
            Self::Lower => name.to_ascii_lowercase(),
            Self::Upper => name.to_ascii_uppercase(),
            Self::Camel => lower_first(name),
            Self::Snake => apart(name),
            Self::ScreamingSnake => apart(name).to_ascii_uppercase(),
            Self::Kebab => apart(name).replace('_', "-"),
            Self::ScreamingKebab => apart(name).to_ascii_uppercase().replace('_', "-"),
        }
    }
}

/// `unit_price` → `UnitPrice`
fn joined(name: &str) -> String {
    let mut first = true;
    let mut joined = String::new();
    for c in name.chars() {
        match c {
            '_' => first = true,
            c if first => {
                joined.push(c.to_ascii_uppercase());
                first = false;
            }
            c => joined.push(c),
        }
    }
    joined
}

/// `ByAir` → `by_air`
fn apart(name: &str) -> String {
    let mut apart = String::new();
    for (at, c) in name.char_indices() {
        if at > 0 && c.is_uppercase() {
            apart.push('_');
        }
        apart.push(c.to_ascii_lowercase());
    }
    apart
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_variants_are_spelt_as_serde_does() {
        for (rule, field, variant) in [
            ("lowercase", "unit_price", "byair"),
            ("UPPERCASE", "UNIT_PRICE", "BYAIR"),
            ("PascalCase", "UnitPrice", "ByAir"),
            ("camelCase", "unitPrice", "byAir"),
            ("snake_case", "unit_price", "by_air"),
            ("SCREAMING_SNAKE_CASE", "UNIT_PRICE", "BY_AIR"),
            ("kebab-case", "unit-price", "by-air"),
            ("SCREAMING-KEBAB-CASE", "UNIT-PRICE", "BY-AIR"),
        ] {
            let case = Case::named(rule).expect(rule);
            assert_eq!((&*case.field("unit_price"), &*case.variant("ByAir")), (field, variant), "{rule}");
        }
        assert_eq!(Case::named("lower"), None);
    }
}
