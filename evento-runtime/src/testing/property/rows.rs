//! The rows of views, and how those of two stores differ.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use crate::{
    bundle::ViewOf,
    payload::{FieldRole, PayloadMeta},
    store::{Page, StateStore, StoreError, ViewMatch},
    testing::diff::diff,
};

/// How many rows are read at once.
const PAGE: u32 = 500;

/// A row that two replays, or a replay and the application, do not agree on.
#[derive(Clone, Debug, PartialEq)]
pub struct RowDifference {
    /// The projector.
    pub projector: &'static str,
    /// The stored name of the view.
    pub view: &'static str,
    /// The id of the row.
    pub id: String,
    /// The row as it should be; `None` when there should be none.
    pub expected: Option<Value>,
    /// The row as it was made anew; `None` when it was not.
    pub found: Option<Value>,
}

impl fmt::Display for RowDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { projector, view, id, expected, found } = self;
        write!(f, "row `{id}` of view `{view}` of `{projector}`")?;
        match (expected, found) {
            (Some(expected), Some(found)) => write!(f, ":\n{}", diff(expected, found)),
            (Some(expected), None) => write!(f, " is not made anew: {expected}"),
            (None, Some(found)) => write!(f, " is made anew, but is not there: {found}"),
            (None, None) => Ok(()),
        }
    }
}

/// The rows of some views, by view and id.
pub(super) struct Rows(Vec<BTreeMap<String, Value>>);

impl Rows {
    /// Reads all of them.
    pub(super) async fn read(views: &[ViewOf], store: &dyn StateStore) -> Result<Self, StoreError> {
        let mut rows = Vec::new();
        for ViewOf { view, id, .. } in views {
            let mut of_view = BTreeMap::new();
            for number in 0.. {
                let page = store.find_view_rows(id, &ViewMatch::All, Page::new(number, PAGE)).await?;
                for row in &page {
                    let row: Value = serde_json::from_str(row.get()).map_err(|error| {
                        let what = format!("a row of view `{}`", view.name);
                        StoreError::Corrupt { what, reason: error.to_string() }
                    })?;
                    let id = id_of(view, &row).unwrap_or_else(|| format!("number {}", of_view.len() + 1));
                    of_view.insert(id, row);
                }
                if page.len() < PAGE as usize {
                    break;
                }
            }
            rows.push(of_view);
        }
        Ok(Self(rows))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(BTreeMap::len).sum()
    }

    /// The rows that are not the same as others of the same views.
    pub(super) fn differences(&self, found: &Self, views: &[ViewOf]) -> Vec<RowDifference> {
        let mut differences = Vec::new();
        for (of, (expected, found)) in views.iter().zip(self.0.iter().zip(&found.0)) {
            let ids = expected.keys().chain(found.keys().filter(|id| !expected.contains_key(*id)));
            let wrong = ids.filter(|id| expected.get(*id) != found.get(*id));
            differences.extend(wrong.map(|id| RowDifference {
                projector: of.projector,
                view: of.view.name,
                id: id.clone(),
                expected: expected.get(id).cloned(),
                found: found.get(id).cloned(),
            }));
        }
        differences
    }
}

/// The id of a row, where its field is stored under its own name.
fn id_of(view: &PayloadMeta, row: &Value) -> Option<String> {
    let field = view.fields.iter().find(|field| field.role == FieldRole::ViewId)?;
    match row.get(field.name)? {
        Value::String(id) => Some(id.clone()),
        id => Some(id.to_string()),
    }
}
