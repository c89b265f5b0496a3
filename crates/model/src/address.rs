//! Who a message is from or to. One parser reads every spelling that people and programs use.
//!
//! Numbers are checked by shape (7 to 15 digits), not by numbering plan. `Debug` masks them, so that a
//! stray `{:?}` in a log line gives no one away.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("a phone number has 7 to 15 digits, country code first")]
    Phone,
    #[error("a LID is a number before `@lid`")]
    Lid,
    #[error("a group id is digits and at most one `-` before `@g.us`")]
    Group,
    #[error("`@{0}` is not a kind of address that can be written to")]
    Server(String),
    #[error("an address is required")]
    Empty,
}

/// A phone number in digits, country code first, without `+`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// A linked identity: the number the network shows instead of a phone number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Lid(String);

/// A group: `120363...` or the older `<founder>-<time>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GroupId(String);

/// Any address a chat can have. Printed in the network's own form, devices left out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Jid {
    Phone(Phone),
    Lid(Lid),
    Group(GroupId),
    Newsletter(String),
    /// The broadcast that status posts travel through.
    Status,
}

/// A person or chat with both names the network may use for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Party {
    /// The phone JID where the phone is known.
    pub jid: Jid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pn: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lid: Option<Lid>,
}

impl Phone {
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// As people write it: `+62 813-8139-3739`. Falls back to `+` and the digits for numbers outside every plan.
    #[must_use]
    pub fn for_people(&self) -> String {
        phonenumber::parse(None, format!("+{}", self.0)).map_or_else(
            |_| format!("+{}", self.0),
            |number| number.format().mode(phonenumber::Mode::International).to_string(),
        )
    }

    /// With the last two digits only, for logs.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

impl FromStr for Phone {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.trim().chars().filter(|c| !is_decoration(*c)).collect();
        if (7..=15).contains(&digits.len()) && is_digits(&digits) { Ok(Self(digits)) } else { Err(AddressError::Phone) }
    }
}

impl FromStr for Lid {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let user = bare_user(text.strip_suffix("@lid").unwrap_or(text));
        if (1..=20).contains(&user.len()) && is_digits(user) {
            Ok(Self(user.to_owned()))
        } else {
            Err(AddressError::Lid)
        }
    }
}

impl FromStr for GroupId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let user = text.strip_suffix("@g.us").unwrap_or(text);
        let (first, second) = user.split_once('-').unwrap_or((user, "0"));
        let sized = (5..=40).contains(&user.len());
        if sized && is_digits(first) && is_digits(second) {
            Ok(Self(user.to_owned()))
        } else {
            Err(AddressError::Group)
        }
    }
}

impl FromStr for Jid {
    type Err = AddressError;

    /// Reads a bare number, or `user@server` in any of the spellings in use.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let Some((user, server)) = text.rsplit_once('@') else {
            return text.parse().map(Self::Phone);
        };
        match server.to_ascii_lowercase().as_str() {
            "s.whatsapp.net" | "c.us" => bare_user(user).parse().map(Self::Phone),
            "lid" => user.parse().map(Self::Lid),
            "g.us" => user.parse().map(Self::Group),
            "newsletter" if is_digits(user) && user.len() <= 40 => Ok(Self::Newsletter(user.to_owned())),
            "broadcast" if user == "status" => Ok(Self::Status),
            other => Err(AddressError::Server(other.chars().take(32).collect())),
        }
    }
}

impl Jid {
    #[must_use]
    pub fn phone(&self) -> Option<&Phone> {
        match self {
            Self::Phone(phone) => Some(phone),
            _ => None,
        }
    }

    #[must_use]
    pub fn is_group(&self) -> bool {
        matches!(self, Self::Group(_))
    }
}

impl Party {
    /// Of two names for one person the phone is the one shown.
    #[must_use]
    pub fn person(pn: Option<Phone>, lid: Option<Lid>) -> Option<Self> {
        let jid = match (&pn, &lid) {
            (Some(pn), _) => Jid::Phone(pn.clone()),
            (None, Some(lid)) => Jid::Lid(lid.clone()),
            (None, None) => return None,
        };
        Some(Self { jid, pn, lid })
    }

    /// Whether both are one person or one group, by any name that both have.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let named = |one: Option<&str>, two: Option<&str>| one.is_some() && one == two;
        self.jid == other.jid
            || named(self.pn.as_ref().map(Phone::digits), other.pn.as_ref().map(Phone::digits))
            || (self.lid.is_some() && self.lid == other.lid)
    }

    /// Whether `jid` is one of its names.
    #[must_use]
    pub fn is_called(&self, jid: &Jid) -> bool {
        self.is_same_as(&Self::from(jid.clone()))
    }
}

impl From<Jid> for Party {
    fn from(jid: Jid) -> Self {
        let (pn, lid) = match &jid {
            Jid::Phone(pn) => (Some(pn.clone()), None),
            Jid::Lid(lid) => (None, Some(lid.clone())),
            _ => (None, None),
        };
        Self { jid, pn, lid }
    }
}

impl fmt::Display for Jid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(phone) => write!(f, "{}@s.whatsapp.net", phone.0),
            Self::Lid(lid) => write!(f, "{}@lid", lid.0),
            Self::Group(group) => write!(f, "{}@g.us", group.0),
            Self::Newsletter(id) => write!(f, "{id}@newsletter"),
            Self::Status => f.write_str("status@broadcast"),
        }
    }
}

impl fmt::Debug for Jid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(phone) => write!(f, "{phone:?}@s.whatsapp.net"),
            Self::Lid(lid) => write!(f, "{lid:?}@lid"),
            Self::Group(group) => write!(f, "{group:?}@g.us"),
            other => write!(f, "{other}"),
        }
    }
}

/// `user.agent:device` → `user`: recipients are accounts, never one of their devices.
fn bare_user(user: &str) -> &str {
    let user = user.split(':').next().unwrap_or(user);
    match user.rsplit_once('.') {
        Some((name, agent)) if is_digits(name) && is_digits(agent) => name,
        _ => user,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// What people put between digits.
fn is_decoration(c: char) -> bool {
    matches!(c, '+' | '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2014}') || c.is_whitespace()
}

fn mask(digits: &str) -> String {
    format!("…{}", &digits[digits.len().saturating_sub(2)..])
}

macro_rules! text_type {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&mask(&self.0))
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = AddressError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )*};
}
text_type!(Phone, Lid, GroupId);

impl From<Jid> for String {
    fn from(jid: Jid) -> Self {
        jid.to_string()
    }
}

impl TryFrom<String> for Jid {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_jid() -> impl Strategy<Value = Jid> {
        prop_oneof![
            "[0-9]{7,15}".prop_map(|d| Jid::Phone(Phone(d))),
            "[0-9]{1,20}".prop_map(|d| Jid::Lid(Lid(d))),
            "[0-9]{5,20}(-[0-9]{1,12})?".prop_map(|d| Jid::Group(GroupId(d))),
            "[0-9]{1,30}".prop_map(Jid::Newsletter),
            Just(Jid::Status),
        ]
    }

    proptest! {
        #[test]
        fn parsing_what_was_printed_gives_it_back(jid in any_jid()) {
            prop_assert_eq!(jid.to_string().parse::<Jid>().expect("parses"), jid);
        }

        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = text.parse::<Jid>();
            let _ = text.parse::<Phone>();
        }

        #[test]
        fn every_spelling_of_a_number_is_the_same_number(digits in "[1-9][0-9]{6,14}") {
            let spaced = format!("+{} {}-{}", &digits[..2], &digits[2..4], &digits[4..]);
            for text in [digits.clone(), spaced, format!("{digits}@c.us"), format!("{digits}:7@s.whatsapp.net"), format!(" +{digits} ")] {
                prop_assert_eq!(text.parse::<Jid>().expect("parses"), Jid::Phone(Phone(digits.clone())));
            }
        }

        #[test]
        fn debug_never_shows_a_whole_number(digits in "[0-9]{7,15}") {
            let party = Party::from(Jid::Phone(Phone(digits.clone())));
            let shown = format!("{party:?}");
            prop_assert!(!shown.contains(&digits));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |text: &str| text.parse::<Jid>().expect_err(text);
        assert_eq!(error("12345"), AddressError::Phone);
        assert_eq!(error("hello"), AddressError::Phone);
        assert_eq!(error(""), AddressError::Empty);
        assert_eq!(error("12345678@example.com"), AddressError::Server("example.com".into()));
        assert_eq!(error("abc@g.us"), AddressError::Group);
    }

    #[test]
    fn people_see_a_number_as_they_write_it() {
        let phone: Phone = "6281381393739".parse().expect("parses");
        assert_eq!(phone.for_people(), "+62 813-8139-3739");
        let odd: Phone = "1234567890".parse().expect("the documents' own example passes");
        assert!(odd.for_people().starts_with('+'));
    }
}
