//! How much a list tells at once, and where it goes on.

const USUAL: u64 = 50;
const LARGEST: u64 = 200;

/// How many rows a page may have, where nothing else is said.
#[must_use]
pub fn size(wanted: Option<u64>) -> u64 {
    wanted.unwrap_or(USUAL).clamp(1, LARGEST)
}

/// The row behind which the next page begins; none if this page was not full.
#[must_use]
pub fn last_if_full<T>(rows: &[T], size: u64) -> Option<&T> {
    rows.last().filter(|_| rows.len() as u64 == size)
}
