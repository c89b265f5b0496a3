//! How long a session token is good: `15m`, `24h`, `7d`.

use std::{str::FromStr, time::Duration};

use crate::Error;

const SHORTEST: u64 = 60;
const LONGEST: u64 = 30 * 24 * 3600;
const USUAL: u64 = 3600;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiresIn(Duration);

impl ExpiresIn {
    #[must_use]
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl Default for ExpiresIn {
    fn default() -> Self {
        Self(Duration::from_secs(USUAL))
    }
}

impl FromStr for ExpiresIn {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |reason: &str| Error::invalid("expiresIn", reason);
        let seconds = seconds(text).ok_or_else(|| wrong("is a number with s, m, h, d or w, such as 1h, 24h or 7d"))?;
        if !(SHORTEST..=LONGEST).contains(&seconds) {
            return Err(wrong("lies between one minute and 30 days"));
        }
        Ok(Self(Duration::from_secs(seconds)))
    }
}

fn seconds(text: &str) -> Option<u64> {
    let unit = match text.chars().next_back()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // More digits than a number holds are too long in any unit.
    Some(digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_documented_forms_within_bounds() {
        for (text, wanted) in [("60s", 60), ("1h", 3600), ("24h", 86_400), ("7d", 604_800), ("4w", 2_419_200)] {
            assert_eq!(text.parse::<ExpiresIn>().map(|it| it.duration().as_secs()), Ok(wanted), "{text}");
        }
        for text in [
            "",
            "h",
            "1",
            "1y",
            "1.5h",
            "-1h",
            "+1h",
            " 1h",
            "1h ",
            "1H",
            "59s",
            "31d",
            "5w",
            "٣h",
            "99999999999999999999d",
        ] {
            assert_eq!(text.parse::<ExpiresIn>().map_err(|error| error.code()), Err("invalid"), "{text:?}");
        }
    }
}
