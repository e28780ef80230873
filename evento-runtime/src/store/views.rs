//! Views: read models as rows of JSON with indexed values, the same on every store.

use std::{borrow::Cow, fmt};

use async_trait::async_trait;
use serde_json::value::RawValue;

use super::StoreError;

/// Which set of rows: a view of one version of the projector that writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewId {
    /// The stored name of the view.
    pub view: Cow<'static, str>,
    /// The version of the projector that writes it.
    pub version: u32,
}

impl fmt::Display for ViewId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.view, self.version)
    }
}

/// One row of a view.
#[derive(Clone, Debug)]
pub struct ViewRow {
    /// The identity of the row within its view.
    pub id: String,
    /// The row as JSON.
    pub body: Box<RawValue>,
    /// The indexed fields with their values as text.
    pub indexes: Vec<(Cow<'static, str>, String)>,
}

/// Which rows are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewMatch {
    /// Every row, by id.
    All,
    /// Rows whose indexed field has exactly this value, by id.
    Equals {
        /// The indexed field.
        index: Cow<'static, str>,
        /// The value as text.
        value: String,
    },
    /// Rows whose indexed field begins with this text (byte by byte, case counts), by value and id.
    Prefix {
        /// The indexed field.
        index: Cow<'static, str>,
        /// How the value begins; empty for any.
        prefix: String,
    },
}

/// A part of a longer answer.
///
/// ```
/// use evento_runtime::store::Page;
/// let third = Page::new(2, 20);
/// assert_eq!(third.offset(), 40);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The number of the page, from 0.
    pub number: u32,
    /// The rows of a page.
    pub size: u32,
}

impl Page {
    /// The page of a number, from 0, with so many rows.
    #[must_use]
    pub const fn new(number: u32, size: u32) -> Self {
        Self { number, size }
    }

    /// The rows before this page.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.number as u64 * self.size as u64
    }
}

impl Default for Page {
    /// The first hundred rows.
    fn default() -> Self {
        Self::new(0, 100)
    }
}

/// Reads views as they were last committed. They are written through [`ConsumerTransaction`](super::ConsumerTransaction).
#[async_trait]
pub trait ViewStore: Send + Sync + 'static {
    /// The row of an id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn view_row(&self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError>;

    /// The rows that match.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_view_rows(
        &self,
        view: &ViewId,
        matching: &ViewMatch,
        page: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError>;
}

/// The first text behind all those that begin with a prefix; `None` when there is none. Texts are compared byte by byte,
/// which for UTF-8 is the order of their characters.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) fn behind(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The range steps over what is no character.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

#[cfg(all(test, any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
mod tests {
    use super::behind;

    #[test]
    fn the_end_of_a_prefix() {
        assert_eq!(behind("ab").as_deref(), Some("ac"));
        assert_eq!(behind("a%").as_deref(), Some("a&"));
        assert_eq!(behind("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(behind("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(behind("\u{10ffff}"), None);
        assert_eq!(behind(""), None);
    }
}
