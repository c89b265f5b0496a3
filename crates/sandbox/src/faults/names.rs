//! The kinds of faults by name, as told by the type itself: whoever lists them cannot forget one.

use std::fmt;

use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;

use super::FaultKind;

impl FaultKind {
    /// The names of all kinds, as the control API takes them.
    pub fn names() -> &'static [&'static str] {
        let nothing = "".into_deserializer();
        FaultKind::deserialize(nothing).map_or_else(|Expected(names)| names, |_| &[])
    }
}

/// A refusal that remembers what would have been taken.
#[derive(Debug)]
struct Expected(&'static [&'static str]);

impl serde::de::Error for Expected {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

impl std::error::Error for Expected {}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected one of {:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_in_the_documentation() {
        let page = include_str!("../../../../docs/sandbox.md");
        let table = page.split("## ").find(|section| section.starts_with("Faults")).unwrap();
        assert!(FaultKind::names().len() > 7);
        for name in FaultKind::names() {
            assert!(table.contains(&format!("`{name}`")), "{name}");
        }
    }
}
