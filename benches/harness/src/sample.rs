//! What a measurement comes to.

use std::time::Duration;

use serde::Serialize;

/// What a measurement comes to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sample {
    /// How many were done.
    pub done: u64,
    /// How long that took, in seconds.
    pub seconds: f64,
    /// The median of what each of them took, in milliseconds.
    pub p50: Option<f64>,
    /// What 99 of 100 took at most, in milliseconds.
    pub p99: Option<f64>,
    /// How often something had to be tried again.
    #[serde(skip_serializing_if = "is_zero")]
    pub retries: u64,
    /// What a server says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Sample {
    /// So many were done in that time, each of which took one of `times`, when that was looked at.
    #[must_use]
    pub fn new(done: usize, took: Duration, mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self {
            done: done as u64,
            seconds: took.as_secs_f64(),
            p50: percentile(&times, 50),
            p99: percentile(&times, 99),
            ..Self::default()
        }
    }
}

fn percentile(sorted: &[Duration], percent: usize) -> Option<f64> {
    let index = (sorted.len() * percent).div_ceil(100).checked_sub(1)?;
    sorted.get(index).map(|time| time.as_secs_f64() * 1e3)
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let times = (1..=200).rev().map(Duration::from_millis).collect();
        let sample = Sample::new(200, Duration::from_secs(2), times);
        assert_eq!((sample.p50, sample.p99), (Some(100.0), Some(198.0)));
        assert_eq!(Sample::new(1, Duration::ZERO, Vec::new()).p50, None);
    }
}
