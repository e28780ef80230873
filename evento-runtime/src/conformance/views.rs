//! Views.

use std::{borrow::Cow, sync::Arc};

use super::{StoreFactory, kit::*};
use crate::{
    message::Position,
    store::{Claim, ConsumerTransaction, Page, SharedStore, ViewId, ViewMatch, ViewRow},
};

type Factory = Arc<dyn StoreFactory>;

const ALL: Page = Page::new(0, 1_000);

fn equals(value: &str) -> ViewMatch {
    ViewMatch::Equals { index: Cow::Borrowed("name"), value: value.to_owned() }
}

fn prefix(prefix: &str) -> ViewMatch {
    ViewMatch::Prefix { index: Cow::Borrowed("name"), prefix: prefix.to_owned() }
}

/// A view with rows, by ids and names, and the claim that wrote them.
async fn with_rows(store: &SharedStore, rows: &[(&str, &str)]) -> (ViewId, Claim) {
    let (view, claim) = (view("orders"), claimed(store, &consumer("Projector")).await);
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    for (id, name) in rows {
        ok(transaction.put_view_row(&view, row(id, name)).await, "writing a row");
    }
    ok(transaction.commit(Position(1).into()).await, "committing");
    (view, claim)
}

/// The ids that are found, which must be the same outside and inside of a transaction that has changed nothing, and of one
/// that has written every row anew.
async fn find(
    store: &SharedStore,
    claim: &Claim,
    view: &ViewId,
    matching: &ViewMatch,
    page: Page,
) -> Vec<String> {
    let outside = ids(&ok(store.find_view_rows(view, matching, page).await, "searching a view"));
    let mut transaction = ok(store.begin(claim).await, "beginning");
    let inside = ids(&ok(transaction.find_view_rows(view, matching, page).await, "searching inside"));
    assert_eq!(inside, outside, "a transaction that changed nothing must find the same for {matching:?}");
    rewrite(&mut *transaction, view).await;
    let inside = ids(&ok(transaction.find_view_rows(view, matching, page).await, "searching inside"));
    assert_eq!(inside, outside, "rows that were written again must be found the same for {matching:?}");
    outside
}

async fn rewrite(transaction: &mut dyn ConsumerTransaction, view: &ViewId) {
    let rows = ok(transaction.find_view_rows(view, &ViewMatch::All, ALL).await, "reading all rows");
    for body in rows {
        let [id, name] = ok(serde_json::from_str::<[String; 2]>(body.get()), "reading the body of a row");
        ok(transaction.put_view_row(view, row(&id, &name)).await, "writing a row");
    }
}

pub(super) async fn rows_are_put_and_deleted(factory: Factory) {
    let store = factory.open().await;
    let (view, claim) = with_rows(&store, &[("1", "a"), ("2", "b"), ("3", "c")]).await;
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    ok(transaction.put_view_row(&view, row("1", "z")).await, "replacing a row");
    assert!(ok(transaction.delete_view_row(&view, "2").await, "deleting a row"), "it was there");
    assert!(!ok(transaction.delete_view_row(&view, "2").await, "deleting it again"), "it was not");
    assert!(!ok(transaction.delete_view_row(&view, "9").await, "deleting no row"), "it was not there");
    ok(transaction.commit(Position(2).into()).await, "committing");
    assert!(ok(store.view_row(&view, "2").await, "reading a row").is_none());
    let one = some(ok(store.view_row(&view, "1").await, "reading a row"), "a row that was replaced");
    assert_eq!(one.get(), r#"["1","z"]"#);
    assert_eq!(find(&store, &claim, &view, &ViewMatch::All, ALL).await, ["1", "3"]);
    assert!(
        find(&store, &claim, &view, &equals("a"), ALL).await.is_empty(),
        "an earlier value finds nothing"
    );
    assert!(
        find(&store, &claim, &view, &equals("b"), ALL).await.is_empty(),
        "nor does that of a deleted row"
    );
    assert_eq!(find(&store, &claim, &view, &equals("z"), ALL).await, ["1"]);
}

pub(super) async fn rows_are_found_by_value(factory: Factory) {
    let store = factory.open().await;
    let rows = [("3", "a"), ("1", "a"), ("2", "A"), ("10", "a"), ("4", "ab"), ("5", "a "), ("6", "")];
    let (view, claim) = with_rows(&store, &rows).await;
    assert_eq!(find(&store, &claim, &view, &equals("a"), ALL).await, ["1", "10", "3"], "exactly, by id");
    assert_eq!(find(&store, &claim, &view, &equals("A"), ALL).await, ["2"], "case counts");
    assert_eq!(find(&store, &claim, &view, &equals("a "), ALL).await, ["5"], "so does a space at the end");
    assert_eq!(find(&store, &claim, &view, &equals(""), ALL).await, ["6"]);
    let unknown = ViewMatch::Equals { index: Cow::Borrowed("unknown"), value: "a".to_owned() };
    assert!(find(&store, &claim, &view, &unknown, ALL).await.is_empty(), "a value belongs to its field");
    let order = find(&store, &claim, &view, &ViewMatch::All, ALL).await;
    assert_eq!(order, ["1", "10", "2", "3", "4", "5", "6"], "all rows, by id");
}

pub(super) async fn rows_are_found_by_prefix(factory: Factory) {
    let store = factory.open().await;
    let rows = [
        ("1", "beta"),
        ("2", "alpha"),
        ("3", "Alpha"),
        ("4", "al"),
        ("5", "alphb"),
        ("6", "alpha"),
        ("7", ""),
    ];
    let (view, claim) = with_rows(&store, &rows).await;
    let cases: [(&str, &[&str]); 7] = [
        ("al", &["4", "2", "6", "5"]),
        ("alpha", &["2", "6"]),
        ("alphaa", &[]),
        ("A", &["3"]),
        ("b", &["1"]),
        ("z", &[]),
        ("", &["7", "3", "4", "2", "6", "5", "1"]),
    ];
    for (text, wanted) in cases {
        let found = find(&store, &claim, &view, &prefix(text), ALL).await;
        assert_eq!(found, wanted, "prefix {text:?}: byte by byte, in the order of value and id");
    }
}

pub(super) async fn special_characters_are_no_patterns(factory: Factory) {
    let store = factory.open().await;
    let values = [
        "100%",
        "100x",
        "a_c",
        "abc",
        "é",
        "e\u{301}",
        "日本",
        "日光",
        "\u{10ffff}",
        "\u{10ffff}z",
        "\u{d7ff}x",
        "[a]*",
        "\\",
        "'",
    ];
    let named: Vec<_> = values.iter().map(|value| (*value, *value)).collect();
    let (view, claim) = with_rows(&store, &named).await;
    let mut sorted = values;
    sorted.sort_unstable();
    for text in values.iter().copied().chain(["", "1", "a", "日", "\u{10ffff}\u{10ffff}", "%", "_", "*"]) {
        let found = find(&store, &claim, &view, &prefix(text), ALL).await;
        let wanted: Vec<_> = sorted.iter().filter(|value| value.starts_with(text)).collect();
        assert_eq!(found, wanted.into_iter().copied().collect::<Vec<_>>(), "prefix {text:?}");
        let found = find(&store, &claim, &view, &equals(text), ALL).await;
        let wanted: Vec<_> = sorted.iter().copied().filter(|value| *value == text).collect();
        assert_eq!(found, wanted, "value {text:?}");
    }
}

pub(super) async fn pages_of_rows(factory: Factory) {
    let store = factory.open().await;
    let rows = [("1", "a"), ("2", "a"), ("3", "a"), ("4", "a"), ("5", "a")];
    let (view, claim) = with_rows(&store, &rows).await;
    for matching in [ViewMatch::All, equals("a"), prefix("a"), prefix("")] {
        let cases: [(Page, &[&str]); 5] = [
            (Page::new(0, 2), &["1", "2"]),
            (Page::new(1, 2), &["3", "4"]),
            (Page::new(2, 2), &["5"]),
            (Page::new(3, 2), &[]),
            (Page::new(u32::MAX, u32::MAX), &[]),
        ];
        for (page, wanted) in cases {
            assert_eq!(
                find(&store, &claim, &view, &matching, page).await,
                wanted,
                "{page:?} of {matching:?}"
            );
        }
    }
}

pub(super) async fn versions_of_a_view_are_apart(factory: Factory) {
    let store = factory.open().await;
    let (first, claim) = with_rows(&store, &[("1", "a")]).await;
    let second = ViewId { version: 2, ..first.clone() };
    let mut transaction = ok(store.begin(&claim).await, "beginning");
    ok(transaction.put_view_row(&second, row("1", "b")).await, "writing a row");
    ok(transaction.commit(Position(2).into()).await, "committing");
    for (view, name) in [(&first, "a"), (&second, "b")] {
        let row = some(ok(store.view_row(view, "1").await, "reading a row"), "the row of a version");
        assert_eq!(row.get(), format!(r#"["1","{name}"]"#));
        for value in ["a", "b"] {
            let found = find(&store, &claim, view, &equals(value), ALL).await;
            assert_eq!(found.len(), usize::from(value == name), "`{value}` in {view}");
        }
    }
}

/// Puts rows, by ids and the values by which they are found, in one call or in one for each.
async fn put_all(
    transaction: &mut dyn ConsumerTransaction,
    view: &ViewId,
    rows: Vec<ViewRow>,
    at_once: bool,
) {
    if at_once {
        return ok(transaction.put_view_rows(view, rows).await, "writing many rows");
    }
    for row in rows {
        ok(transaction.put_view_row(view, row).await, "writing a row");
    }
}

/// A row that is found by several values of several fields.
fn indexed(id: &str, values: &[(&'static str, &str)]) -> ViewRow {
    let indexes = values.iter().map(|(field, value)| (Cow::Borrowed(*field), (*value).to_owned())).collect();
    ViewRow { indexes, ..row(id, &format!("{values:?}")) }
}

pub(super) async fn many_rows_are_put_at_once(factory: Factory) {
    let odd =
        ["'", "\"", "\\", "[0]", "$.a", "é", "日本", "\u{10ffff}", "a b", "\n", "?", "$1", "7", "-7", "null"];
    let large = "x".repeat(20_000);
    let first: Vec<ViewRow> = (0..300)
        .map(|number| {
            indexed(&format!("n{number}"), &[("name", &format!("v{}", number % 7)), ("other", "o")])
        })
        .chain(odd.iter().map(|text| indexed(text, &[("name", text)])))
        .chain([ViewRow { indexes: Vec::new(), ..row("large", &large) }, indexed("plain", &[])])
        .collect();
    // Some change their values, some lose them, some get more, some stay, and some are new.
    let second: Vec<ViewRow> = (100..350)
        .map(|number| {
            let (id, value) = (format!("n{number}"), format!("v{}", number % 7));
            match number % 5 {
                0 => indexed(&id, &[]),
                1 => indexed(&id, &[("name", &value)]),
                2 => indexed(&id, &[("other", "o"), ("name", "changed")]),
                3 => indexed(&id, &[("name", &value), ("name", "twice"), ("other", "o"), ("third", &value)]),
                _ => indexed(&id, &[("name", &value), ("other", "o")]),
            }
        })
        .chain(odd.iter().map(|text| indexed(text, &[("name", "v1"), ("other", text)])))
        .collect();
    let store = factory.open().await;
    let claim = claimed(&store, &consumer("Projector")).await;
    let views = [(view("together"), true), (view("each"), false)];
    for (round, rows) in [first, Vec::new(), second].into_iter().enumerate() {
        let mut transaction = ok(store.begin(&claim).await, "beginning");
        for (view, at_once) in &views {
            put_all(&mut *transaction, view, rows.clone(), *at_once).await;
        }
        ok(transaction.commit(Position(round as u64).into()).await, "committing");
        let [together, each] = views.each_ref().map(|(view, _)| view);
        let mut searches = vec![ViewMatch::All, equals("changed"), equals("twice"), prefix("")];
        searches.extend(odd.iter().chain(&["v0", "v1", "v3"]).map(|value| equals(value)));
        for field in ["other", "third"] {
            searches.push(ViewMatch::Prefix { index: Cow::Borrowed(field), prefix: String::new() });
        }
        for matching in searches {
            let bodies = async |view| {
                let rows = ok(store.find_view_rows(view, &matching, ALL).await, "searching a view");
                rows.iter().map(|body| body.get().to_owned()).collect::<Vec<_>>()
            };
            let (found, wanted) = (bodies(together).await, bodies(each).await);
            assert_eq!(
                found, wanted,
                "rows that are put at once are those that are put one by one: {matching:?}"
            );
            assert!(round > 0 || matching != ViewMatch::All || found.len() == 317, "all of them are there");
        }
    }
}
