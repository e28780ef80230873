//! What the programs answer, and what many answers come to.

use anyhow::{Context, Result};
use serde_json::Value;

/// What one measurement came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    pub(super) done: f64,
    pub(super) seconds: f64,
    pub(super) p50: Option<f64>,
    pub(super) p99: Option<f64>,
    /// What a server said of itself.
    pub(super) version: Option<String>,
}

impl Sample {
    /// Reads the answer of a program.
    pub(super) fn parse(line: &str) -> Result<Self> {
        let answer: Value = serde_json::from_str(line).with_context(|| format!("no sample: {line}"))?;
        let number = |key: &str| answer.get(key).and_then(Value::as_f64);
        Ok(Self {
            done: number("done").with_context(|| format!("a sample without `done`: {line}"))?,
            seconds: number("seconds").with_context(|| format!("a sample without `seconds`: {line}"))?,
            p50: number("p50"),
            p99: number("p99"),
            version: answer.get("version").and_then(Value::as_str).map(str::to_owned),
        })
    }

    /// How many were done in a second.
    pub(super) fn rate(&self) -> f64 {
        self.done / self.seconds
    }

    /// What two processes that began at the same time came to together. The times are those of the first one.
    pub(super) fn beside(self, other: &Self) -> Self {
        Self { done: self.done + other.done, seconds: self.seconds.max(other.seconds), ..self }
    }
}

/// The median of measurements, and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    /// Of at least one value.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            f64::midpoint(values[middle - 1], values[middle])
        } else {
            values[middle]
        };
        Some(Self { median, least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Some(Spread { median: 2.0, least: 1.0, most: 3.0 }));
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]).map(|spread| spread.median), Some(2.5));
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn an_answer_is_read() {
        let sample = Sample::parse(r#"{"done":10,"seconds":0.5,"p50":1.5,"p99":null}"#).unwrap();
        assert_eq!((sample.rate(), sample.p50, sample.p99), (20.0, Some(1.5), None));
        Sample::parse("ready").expect_err("that is no answer");
        let both = sample.beside(&Sample { done: 6.0, seconds: 0.8, ..Sample::default() });
        assert_eq!((both.rate(), both.p50), (20.0, Some(1.5)));
    }
}
