//! A row of the result: ours, what it is compared with, and whether the target was met.

use serde_json::{Value, json};

use super::sample::Spread;

/// Which of two values is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    Higher,
    Lower,
}

/// What must be reached, and what we would like to be known for. A ratio when there is something to compare with, otherwise a
/// value in the row's own unit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Target {
    pub(super) must: Option<f64>,
    pub(super) reach: Option<f64>,
}

impl Target {
    /// Nothing is asked for; the row is there to be seen.
    pub(super) const NONE: Self = Self { must: None, reach: None };

    pub(super) const fn must(must: f64) -> Self {
        Self { must: Some(must), reach: None }
    }

    pub(super) const fn reach(self, reach: f64) -> Self {
        Self { reach: Some(reach), ..self }
    }
}

/// A row of the result.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) unit: &'static str,
    pub(super) better: Better,
    /// The values of ours, one for each round.
    pub(super) ours: Vec<f64>,
    /// What ours is compared with, and its values in the same rounds.
    pub(super) against: Option<(&'static str, Vec<f64>)>,
    pub(super) target: Target,
}

impl Row {
    /// Ours divided by what it is compared with, round by round: what slows a round down slows both.
    pub(super) fn ratio(&self) -> Option<Spread> {
        let (_, against) = self.against.as_ref()?;
        Spread::of(self.ours.iter().zip(against).map(|(ours, against)| ours / against))
    }

    pub(super) fn ours(&self) -> Option<Spread> {
        Spread::of(self.ours.iter().copied())
    }

    pub(super) fn floor(&self) -> Option<Spread> {
        Spread::of(self.against.as_ref()?.1.iter().copied())
    }

    /// Whether what must be reached was reached; nothing when nothing is asked for.
    pub(super) fn met(&self) -> Option<bool> {
        self.passes(self.target.must?)
    }

    /// Whether what we would like to be known for was reached.
    pub(super) fn reached(&self) -> Option<bool> {
        self.passes(self.target.reach?)
    }

    fn passes(&self, target: f64) -> Option<bool> {
        let value = if self.against.is_some() { self.ratio() } else { self.ours() }?.median;
        Some(match self.better {
            Better::Higher => value >= target,
            Better::Lower => value <= target,
        })
    }

    /// The row for programs.
    pub(super) fn to_json(&self) -> Value {
        let median = |spread: Option<Spread>| spread.map(|spread| spread.median);
        let range = |spread: Option<Spread>| spread.map(|spread| [spread.least, spread.most]);
        json!({
            "name": self.name,
            "unit": self.unit,
            "better": if self.better == Better::Higher { "higher" } else { "lower" },
            "ours": median(self.ours()),
            "ours_range": range(self.ours()),
            "against": self.against.as_ref().map(|(name, _)| name),
            "floor": median(self.floor()),
            "floor_range": range(self.floor()),
            "ratio": median(self.ratio()),
            "ratio_range": range(self.ratio()),
            "target": self.target.must,
            "met": self.met(),
            "reach": self.target.reach,
            "reached": self.reached(),
            "rounds": self.ours.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(better: Better, ours: &[f64], against: Option<&[f64]>, target: Target) -> Row {
        let against = against.map(|values| ("floor", values.to_vec()));
        Row { name: "a".to_owned(), unit: "b", better, ours: ours.to_vec(), against, target }
    }

    #[test]
    fn ratios_are_taken_in_each_round() {
        // The machine was slow in the second round: the ratio of the medians would be 1.5.
        let row = row(
            Better::Higher,
            &[200.0, 20.0, 300.0],
            Some(&[100.0, 10.0, 150.0]),
            Target::must(2.0).reach(2.1),
        );
        assert_eq!(row.ratio(), Some(Spread { median: 2.0, least: 2.0, most: 2.0 }));
        assert_eq!((row.met(), row.reached()), (Some(true), Some(false)));
    }

    #[test]
    fn times_must_be_short() {
        assert_eq!(row(Better::Lower, &[3.0], Some(&[2.0]), Target::must(1.2)).met(), Some(false));
        assert_eq!(row(Better::Lower, &[3.0], Some(&[2.0]), Target::must(1.5)).met(), Some(true));
        assert_eq!(row(Better::Lower, &[0.4], None, Target::must(0.5)).met(), Some(true));
        assert_eq!(row(Better::Lower, &[0.4], None, Target::NONE).met(), None);
    }

    #[test]
    fn a_row_has_what_programs_ask_for() {
        let json = row(Better::Higher, &[4.0], Some(&[2.0]), Target::must(3.0)).to_json();
        for (key, value) in [("name", json!("a")), ("ours", json!(4.0)), ("floor", json!(2.0))] {
            assert_eq!(json[key], value);
        }
        assert_eq!(
            (&json["ratio"], &json["target"], &json["met"]),
            (&json!(2.0), &json!(3.0), &json!(false))
        );
    }
}
