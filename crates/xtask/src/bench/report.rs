//! The figures of one gateway, as a Markdown table.

use std::time::Duration;

pub(super) struct Report {
    name: String,
    rows: Vec<(String, f64, &'static str)>,
}

impl Report {
    pub(super) fn new(name: String) -> Self {
        Self { name, rows: Vec::new() }
    }

    pub(super) fn add(&mut self, what: &str, figure: f64, unit: &'static str) {
        self.rows.push((what.to_owned(), figure, unit));
    }

    /// Median and the slowest of a hundred.
    pub(super) fn percentiles(&mut self, what: &str, mut latencies: Vec<Duration>) {
        latencies.sort_unstable();
        for (name, share) in [("p50", 0.50), ("p99", 0.99)] {
            let index = ((latencies.len() as f64 * share) as usize).min(latencies.len().saturating_sub(1));
            let figure = latencies.get(index).map_or(0.0, Duration::as_secs_f64) * 1000.0;
            self.rows.push((format!("{what}, {name}"), figure, "ms"));
        }
    }

    pub(super) fn print(&self) {
        println!("\n| {} | |\n| --- | ---: |", self.name);
        for (what, figure, unit) in &self.rows {
            println!("| {what} | {} {unit} |", shown(*figure));
        }
    }

    /// What both measured, side by side.
    pub(super) fn compare(&self, other: &Self) {
        println!("\n| | {} | {} | ratio |\n| --- | ---: | ---: | ---: |", self.name, other.name);
        for (what, ours, unit) in &self.rows {
            if let Some((_, theirs, _)) = other.rows.iter().find(|(name, ..)| name == what) {
                // How many times better: more a second, less of anything else.
                let ratio = shown(if *unit == "/s" { ours / theirs } else { theirs / ours });
                println!("| {what} | {} {unit} | {} {unit} | {ratio} |", shown(*ours), shown(*theirs));
            }
        }
    }
}

fn shown(figure: f64) -> String {
    match figure.abs() {
        big if big >= 100.0 => format!("{figure:.0}"),
        middle if middle >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}
