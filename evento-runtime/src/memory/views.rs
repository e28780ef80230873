//! Views.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use async_trait::async_trait;
use serde_json::value::RawValue;

use super::MemoryStore;
use crate::store::{Page, StoreError, ViewId, ViewMatch, ViewRow, ViewStore};

/// The rows of a view, with their index.
#[derive(Clone, Debug, Default)]
pub(super) struct ViewTable {
    rows: BTreeMap<String, ViewRow>,
    /// Value and id by field.
    index: HashMap<Cow<'static, str>, BTreeSet<(String, String)>>,
}

/// Where a row stands in an answer: by value, when the answer is ordered by value, and by id.
pub(super) type Rank<'r> = (&'r str, &'r str);

impl ViewTable {
    pub(super) fn get(&self, id: &str) -> Option<&ViewRow> {
        self.rows.get(id)
    }

    pub(super) fn put(&mut self, row: ViewRow) {
        self.delete(&row.id);
        for (field, value) in &row.indexes {
            self.index.entry(field.clone()).or_default().insert((value.clone(), row.id.clone()));
        }
        self.rows.insert(row.id.clone(), row);
    }

    pub(super) fn delete(&mut self, id: &str) {
        let Some(row) = self.rows.remove(id) else { return };
        for (field, value) in row.indexes {
            if let Some(entries) = self.index.get_mut(&field) {
                entries.remove(&(value, row.id.clone()));
            }
        }
    }

    pub(super) fn into_rows(self) -> impl Iterator<Item = ViewRow> {
        self.rows.into_values()
    }

    /// The rows that match, in order.
    pub(super) fn matching<'t>(
        &'t self,
        matching: &'t ViewMatch,
    ) -> Box<dyn Iterator<Item = (Rank<'t>, &'t ViewRow)> + 't> {
        match matching {
            ViewMatch::All => Box::new(self.rows.iter().map(|(id, row)| (("", id.as_str()), row))),
            ViewMatch::Equals { index, value } => Box::new(
                self.from(index, value)
                    .take_while(move |(found, _)| found == value)
                    .filter_map(|(_, id)| Some((("", id.as_str()), self.rows.get(id)?))),
            ),
            ViewMatch::Prefix { index, prefix } => Box::new(
                self.from(index, prefix)
                    .take_while(move |(found, _)| found.starts_with(prefix))
                    .filter_map(|(value, id)| Some(((value.as_str(), id.as_str()), self.rows.get(id)?))),
            ),
        }
    }

    /// The entries of an index from a value on.
    fn from(&self, index: &str, value: &str) -> impl Iterator<Item = &(String, String)> {
        let from = Bound::Included((value.to_owned(), String::new()));
        self.index.get(index).map(|entries| entries.range((from, Bound::Unbounded))).into_iter().flatten()
    }
}

/// The bodies of a page.
pub(super) fn page<'r>(rows: impl Iterator<Item = &'r ViewRow>, page: Page) -> Vec<Box<RawValue>> {
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    rows.skip(skip).take(page.size as usize).map(|row| row.body.clone()).collect()
}

#[async_trait]
impl ViewStore for MemoryStore {
    async fn view_row(&self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        let state = self.state()?;
        Ok(state.views.get(view).and_then(|table| table.get(id)).map(|row| row.body.clone()))
    }

    async fn find_view_rows(
        &self,
        view: &ViewId,
        matching: &ViewMatch,
        wanted: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        let state = self.state()?;
        let Some(table) = state.views.get(view) else { return Ok(Vec::new()) };
        Ok(page(table.matching(matching).map(|(_, row)| row), wanted))
    }
}
