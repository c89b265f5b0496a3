//! What the process has measured over the last hour: a sample every few seconds, kept in memory.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};

/// An hour of samples.
const KEPT: usize = 720;

/// Figures by name at one time.
type Sample = (i64, BTreeMap<&'static str, f64>);

#[derive(Debug, Default)]
pub(crate) struct History(Mutex<VecDeque<Sample>>);

impl History {
    pub(crate) fn add(&self, at: i64, figures: BTreeMap<&'static str, f64>) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == KEPT {
            samples.pop_front();
        }
        samples.push_back((at, figures));
    }

    /// The times, and each figure at those times; null where it was not known.
    pub(crate) fn columns(&self, names: &[&'static str]) -> Value {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let times: Vec<_> = samples.iter().map(|(at, _)| *at).collect();
        let column =
            |name: &&'static str| -> Value { samples.iter().map(|(_, figures)| json!(figures.get(name))).collect() };
        json!({ "at": times, "figures": names.iter().map(|name| (*name, column(name))).collect::<BTreeMap<_, _>>() })
    }
}

/// The sum of a metric over its labels, in the Prometheus text format.
pub(super) fn sum(text: &str, metric: &str) -> Option<f64> {
    let values: Vec<f64> = text.lines().filter_map(|line| value(line, metric)).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

fn value(line: &str, metric: &str) -> Option<f64> {
    let rest = line.strip_prefix(metric)?;
    let plain = rest.starts_with([' ', '{']);
    plain.then(|| rest.rsplit(' ').next()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_added_up_and_other_metrics_left_alone() {
        let text = "# HELP a b\na{x=\"1 2\"} 3\na{x=\"2\"} 4.5\na_total 100\nb 7\n";
        assert_eq!(sum(text, "a"), Some(7.5));
        assert_eq!(sum(text, "a_total"), Some(100.0));
        assert_eq!(sum(text, "c"), None);
    }

    #[test]
    fn an_hour_is_kept() {
        let history = History::default();
        for at in 0..1000 {
            history.add(at, BTreeMap::from([("x", 1.0)]));
        }
        let columns = history.columns(&["x", "y"]);
        assert_eq!(columns["at"].as_array().map(Vec::len), Some(KEPT));
        assert_eq!((&columns["at"][0], &columns["figures"]["y"][0]), (&json!(280), &json!(null)));
    }
}
