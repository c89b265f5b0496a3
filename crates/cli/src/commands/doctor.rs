//! `switchboard doctor`: would a start succeed here, and if not, why. It changes nothing.

mod checks;

use std::fmt::Write as _;

use super::{Failure, say, settings};
use crate::config::Sources;

/// What a check found.
enum Finding {
    Good(String),
    /// Worth knowing, and no obstacle.
    Note(String),
    Bad(String),
}

pub(super) async fn run(sources: &Sources) -> Result<(), Failure> {
    let (_, config) = settings(sources)?;
    let findings = checks::all(&config).await;
    let mut text = String::new();
    for (subject, finding) in &findings {
        let (mark, words) = match finding {
            Finding::Good(words) => ("ok  ", words),
            Finding::Note(words) => ("note", words),
            Finding::Bad(words) => ("FAIL", words),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{mark}  {subject}: {words}");
    }
    say(text.trim_end());
    let bad: Vec<_> = findings.iter().filter(|(_, f)| matches!(f, Finding::Bad(_))).map(|(s, _)| s.as_str()).collect();
    if bad.is_empty() { Ok(()) } else { Err(format!("a start would fail: see {}", bad.join(", ")).into()) }
}
