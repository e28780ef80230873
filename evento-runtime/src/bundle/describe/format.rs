//! The formats in which a bundle shows itself.

use std::{fmt, str::FromStr};

use thiserror::Error;

use super::Description;

/// A format in which a bundle shows itself. It is parsed from its name, so that a command line can take it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GraphFormat {
    /// Everything, for programs: see [`Description::to_json`].
    Json,
    /// A flowchart as text: see [`Description::to_mermaid`].
    #[default]
    Mermaid,
    /// A picture: see [`Description::to_svg`].
    Svg,
}

impl GraphFormat {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Json, Self::Mermaid, Self::Svg];

    /// The name of the format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Mermaid => "mermaid",
            Self::Svg => "svg",
        }
    }
}

impl fmt::Display for GraphFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no format of that name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no format `{name}`: there are `json`, `mermaid` and `svg`")]
pub struct UnknownFormat {
    /// What was given.
    pub name: String,
}

impl FromStr for GraphFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| UnknownFormat { name: name.to_owned() })
    }
}

impl Description {
    /// The bundle in a format, with a line break at the end.
    #[must_use]
    pub fn render(&self, format: GraphFormat) -> String {
        match format {
            GraphFormat::Json => self.to_json(),
            GraphFormat::Mermaid => self.to_mermaid(),
            GraphFormat::Svg => self.to_svg(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn a_format_is_known_by_its_name() {
        for format in GraphFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            assert!(sample::shop().render(format).ends_with('\n'));
        }
        let unknown = "png".parse::<GraphFormat>().expect_err("there is none").to_string();
        assert_eq!(unknown, "there is no format `png`: there are `json`, `mermaid` and `svg`");
    }
}
