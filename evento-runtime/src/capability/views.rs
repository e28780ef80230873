//! Read models as views: `&Views<V>`.

use std::marker::PhantomData;

use ref_cast::RefCast;
use serde_json::value::RawValue;
use thiserror::Error;

use super::Access;
use crate::{
    payload::{Key, View},
    store::{Page, StoreError, ViewMatch},
};

/// Why a view could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ViewError {
    /// The handler may read, not write.
    #[error("view `{view}` is only read here: a projector writes it")]
    ReadOnly {
        /// Which view.
        view: &'static str,
    },
    /// No projector of the bundle writes the view.
    #[error("no projector of this bundle writes view `{view}`")]
    NoProjector {
        /// Which view.
        view: &'static str,
    },
    /// The store has no such connection.
    #[error("the store lends no `{name}`")]
    NoConnection {
        /// The type of the connection.
        name: &'static str,
    },
    /// The id of the row is empty.
    #[error("a row of view `{view}` has an empty id")]
    EmptyId {
        /// Which view.
        view: &'static str,
    },
    /// A row cannot become JSON, or its JSON is not what the type expects.
    #[error("a row of view `{view}` cannot be converted: {source}")]
    Json {
        /// Which view.
        view: &'static str,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
    /// The store failed.
    #[error("the view cannot be reached: {0}")]
    Store(#[from] StoreError),
}

/// An indexed field of a view, made by `#[index]`: `TodoListView::BY_NAME`.
pub struct Index<V, K: ?Sized> {
    field: &'static str,
    types: PhantomData<fn(V, Box<K>)>,
}

impl<V, K: ?Sized> Index<V, K> {
    /// The index of a field. The macro makes these.
    #[must_use]
    pub const fn new(field: &'static str) -> Self {
        Self { field, types: PhantomData }
    }
}

impl<V: View, K: Key + ?Sized> Index<V, K> {
    /// The rows whose field has this value, by id.
    #[must_use]
    pub fn equals(&self, value: &K) -> Find<V> {
        Find::new(ViewMatch::Equals { index: self.field.into(), value: value.key() })
    }

    /// The rows whose field begins with this text, by value and id. Case counts; empty for every row.
    #[must_use]
    pub fn prefix(&self, prefix: &str) -> Find<V> {
        Find::new(ViewMatch::Prefix { index: self.field.into(), prefix: prefix.to_owned() })
    }
}

/// Stands where a view has no index, so that whoever looks for one hears how to get it.
pub struct Unindexed<V>(PhantomData<fn(V)>);

/// Nothing that has no index has one.
#[diagnostic::on_unimplemented(
    message = "this field of `{V}` is not indexed",
    label = "rows cannot be found by this field",
    note = "put `#[index]` above the field in `{V}`"
)]
pub trait Indexed<V> {}

impl<V: View> Unindexed<V> {
    /// A field that is not indexed.
    pub const FIELD: Self = Self(PhantomData);

    /// Only of an [`Index`].
    #[must_use]
    pub fn equals<K: ?Sized>(&self, _value: &K) -> Find<V>
    where
        Self: Indexed<V>,
    {
        Find::all()
    }

    /// Only of an [`Index`].
    #[must_use]
    pub fn prefix(&self, _prefix: &str) -> Find<V>
    where
        Self: Indexed<V>,
    {
        Find::all()
    }
}

/// Which rows of a view are looked for.
pub struct Find<V> {
    matching: ViewMatch,
    view: PhantomData<fn(V)>,
}

impl<V: View> Find<V> {
    fn new(matching: ViewMatch) -> Self {
        Self { matching, view: PhantomData }
    }

    /// Every row, by id.
    #[must_use]
    pub fn all() -> Self {
        Self::new(ViewMatch::All)
    }
}

/// Reads the rows of a view, and writes them where the handler is a projector's.
///
/// A projector's writes and its checkpoint are one transaction. A projection reads what was last committed; writing there
/// is [`ViewError::ReadOnly`].
#[derive(RefCast)]
#[repr(transparent)]
pub struct Views<V> {
    access: Access,
    #[trivial]
    view: PhantomData<fn(V)>,
}

impl<V: View> Views<V> {
    const NAME: &'static str = V::META.name;

    pub(crate) fn of(access: &Access) -> &Self {
        Self::ref_cast(access)
    }

    fn decode(body: &RawValue) -> Result<V, ViewError> {
        serde_json::from_str(body.get()).map_err(|source| ViewError::Json { view: Self::NAME, source })
    }

    /// The row of an id.
    ///
    /// # Errors
    /// See [`ViewError`].
    pub async fn get<K: Key + Sync + ?Sized>(&self, id: &K) -> Result<Option<V>, ViewError> {
        self.access.row(Self::NAME, id.key()).await?.as_deref().map(Self::decode).transpose()
    }

    /// The rows that match, a page of them.
    ///
    /// # Errors
    /// See [`ViewError`].
    pub async fn find(&self, find: Find<V>, page: Page) -> Result<Vec<V>, ViewError> {
        let rows = self.access.found(Self::NAME, find.matching, page).await?;
        rows.iter().map(|body| Self::decode(body)).collect()
    }

    /// Puts a row in place of the one with its id.
    ///
    /// # Errors
    /// See [`ViewError`].
    pub async fn put(&self, row: V) -> Result<(), ViewError> {
        self.access.check_writes(Self::NAME)?;
        let id = row.view_id();
        if id.is_empty() {
            return Err(ViewError::EmptyId { view: Self::NAME });
        }
        let body = serde_json::value::to_raw_value(&row)
            .map_err(|source| ViewError::Json { view: Self::NAME, source })?;
        self.access.put(Self::NAME, id, body, row.indexes()).await
    }

    /// Deletes the row of an id. Returns whether there was one.
    ///
    /// # Errors
    /// See [`ViewError`].
    pub async fn delete<K: Key + Sync + ?Sized>(&self, id: &K) -> Result<bool, ViewError> {
        self.access.delete(Self::NAME, id.key()).await
    }
}
