//! The gateway's memory over time: drawn, and judged.

use std::fmt::Write as _;

use tokio::time::Instant;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 240.0;

#[derive(Default)]
pub(super) struct Memory {
    begun: Option<Instant>,
    looks: Vec<Look>,
}

struct Look {
    seconds: f64,
    mib: f64,
    messages: usize,
}

impl Memory {
    pub(super) fn look(&mut self, mib: f64, messages: usize) {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        self.looks.push(Look { seconds: begun.elapsed().as_secs_f64(), mib, messages });
    }

    /// The middle third is compared with the last: what came before is the warm-up.
    pub(super) fn judge(&self, percent: f64) -> anyhow::Result<()> {
        let third = self.looks.len() / 3;
        anyhow::ensure!(third > 0, "too short a run to say anything about memory");
        let (warm, late) = (mean(&self.looks[third..2 * third]), mean(&self.looks[2 * third..]));
        let growth = (late / warm - 1.0) * 100.0;
        println!("memory: {warm:.1} MiB in the middle third, {late:.1} MiB in the last, {growth:+.1} %");
        anyhow::ensure!(growth <= percent, "the memory grew by {growth:.1} %, and {percent} % would still be flat");
        Ok(())
    }

    /// A line from zero to the highest, with the figures that matter.
    pub(super) fn plot(&self) -> String {
        let highest = self.looks.iter().map(|look| look.mib).fold(1.0, f64::max);
        let (longest, messages) = self.looks.last().map_or((1.0, 0), |look| (look.seconds.max(1.0), look.messages));
        let points = self.looks.iter().fold(String::new(), |mut points, look| {
            let (x, y) = (look.seconds / longest * WIDTH, HEIGHT * (1.0 - look.mib / highest / 1.1));
            let _ = write!(points, "{x:.1},{y:.1} ");
            points
        });
        let title = format!("{highest:.0} MiB at most, {:.0} minutes, {messages} messages", longest / 60.0);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-10 -30 {} {}\" font-family=\"sans-serif\">\
             <rect x=\"-10\" y=\"-30\" width=\"100%\" height=\"100%\" fill=\"#fff\"/>\
             <text x=\"0\" y=\"-10\" font-size=\"14\">Resident memory: {title}</text>\
             <path d=\"M0 0V{HEIGHT}H{WIDTH}\" fill=\"none\" stroke=\"#999\"/>\
             <polyline points=\"{points}\" fill=\"none\" stroke=\"#0a7\" stroke-width=\"2\"/></svg>\n",
            WIDTH + 20.0,
            HEIGHT + 45.0
        )
    }
}

fn mean(looks: &[Look]) -> f64 {
    looks.iter().map(|look| look.mib).sum::<f64>() / looks.len() as f64
}
