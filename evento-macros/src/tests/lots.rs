//! Code with something missing, doubled or wrong in a place that nobody chose.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use fastrand::Rng;
use proc_macro2::{Group, TokenStream, TokenTree};

use super::{Case, sources};

/// So many times something is changed in each item.
const ROUNDS: usize = 25;

/// What is typed by mistake, or left over.
const SCRAPS: [&str; 32] = [
    ",", ";", ":", "::", "=", "->", "=>", "&", "&mut", "<", ">", "#", "#[x]", "'a", "'static", "self",
    "Self", "fn", "async fn", "impl", "struct", "where", "()", "{}", "[]", "(,)", "7", "-1", "\"\"",
    "\"text\"", "r#type", "$crate",
];

#[test]
fn nothing_panics_and_nothing_is_lost() {
    let seed = std::env::var("EVENTO_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}: give it as EVENTO_TEST_SEED to draw the same again");
    let mut random = Rng::with_seed(seed);
    let cases = sources::cases();
    assert!(cases.len() > 100, "only {} items of ours were found", cases.len());
    for case in &cases {
        case.check();
        for _ in 0..ROUNDS {
            let mut changed = case.clone();
            for _ in 0..random.usize(1..4) {
                // Once in a while in the options, which are few.
                let part = if random.u8(..4) == 0 { &mut changed.options } else { &mut changed.item };
                *part = change(part.clone(), &mut random);
            }
            told(&changed, || {
                changed.check();
            });
        }
    }
}

/// Says what was expanded when something goes wrong with it.
fn told(case: &Case, check: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(check)) {
        println!("#[{}({})]\n{}", case.name, case.options, case.item);
        resume_unwind(panic);
    }
}

/// Changes one token, wherever it is.
fn change(tokens: TokenStream, random: &mut Rng) -> TokenStream {
    let count = count(&tokens);
    if count == 0 {
        return scrap(random);
    }
    let (mut at, how) = (random.usize(..count), random.u8(..6));
    edit(tokens, &mut at, how, random)
}

fn count(tokens: &TokenStream) -> usize {
    let inside = |token: TokenTree| match token {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        _ => 1,
    };
    tokens.clone().into_iter().map(inside).sum()
}

/// Edits the token with the number `at`, counted as they are written. Afterwards, `at` is `usize::MAX`.
fn edit(tokens: TokenStream, at: &mut usize, how: u8, random: &mut Rng) -> TokenStream {
    let mut edited = TokenStream::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        if *at == 0 {
            *at = usize::MAX;
            match how {
                // It is not there yet.
                0 => {}
                // Nothing after it is there yet.
                1 => return edited,
                2 => edited.extend([token.clone(), token]),
                3 => edited.extend(scrap(random)),
                4 => {
                    edited.extend([token]);
                    edited.extend(scrap(random));
                }
                _ => {
                    edited.extend(tokens.next());
                    edited.extend([token]);
                }
            }
            continue;
        }
        if *at != usize::MAX {
            *at -= 1;
        }
        edited.extend([match token {
            TokenTree::Group(group) => {
                TokenTree::Group(Group::new(group.delimiter(), edit(group.stream(), at, how, random)))
            }
            token => token,
        }]);
    }
    edited
}

fn scrap(random: &mut Rng) -> TokenStream {
    let scrap = SCRAPS[random.usize(..SCRAPS.len())];
    scrap.parse().unwrap_or_else(|error| panic!("{error}: {scrap}"))
}
