//! Who may see what of the account.

use std::collections::BTreeMap;

use switchboard_model::SessionId;

use crate::{Caller, Core, Error, caller::Scope, excerpt};

/// Our names and values in order, each with the network's.
type Words = &'static [(&'static str, &'static str)];

const AUDIENCE: Words =
    &[("all", "all"), ("contacts", "contacts"), ("contacts_except", "contact_blacklist"), ("nobody", "none")];
const SETTINGS: [(&str, &str, Words); 8] = [
    ("last_seen", "last", AUDIENCE),
    ("online", "online", &[("all", "all"), ("as_last_seen", "match_last_seen")]),
    ("picture", "profile", AUDIENCE),
    ("about", "status", AUDIENCE),
    ("groups", "groupadd", AUDIENCE),
    ("read_receipts", "readreceipts", &[("all", "all"), ("nobody", "none")]),
    ("calls", "calladd", &[("all", "all"), ("known", "known"), ("contacts", "contacts")]),
    ("messages", "messages", &[("all", "all"), ("contacts", "contacts")]),
];
/// Who is left out is chosen on the phone.
const ON_THE_PHONE: &str = "contacts_except";

/// By name; what the network does not tell is absent.
pub type Privacy = BTreeMap<&'static str, String>;

impl Core {
    pub async fn privacy(&self, caller: &Caller, session: &SessionId) -> Result<Privacy, Error> {
        let (_, link) = self.reach(caller, session, Scope::Read).await?;
        Ok(ours(&link.privacy().await?))
    }

    /// Changes one setting after the other; a wrong one is found before the first is changed.
    pub async fn set_privacy(
        &self,
        caller: &Caller,
        session: &SessionId,
        wanted: &BTreeMap<String, String>,
    ) -> Result<Privacy, Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        let wanted: Vec<(&str, &str)> =
            wanted.iter().map(|(name, value)| theirs(name, value)).collect::<Result<_, _>>()?;
        for (category, value) in wanted {
            link.set_privacy(category, value).await?;
        }
        Ok(ours(&link.privacy().await?))
    }
}

fn ours(told: &BTreeMap<String, String>) -> Privacy {
    let known = SETTINGS.iter().filter_map(|(name, theirs, words)| {
        let value = told.get(*theirs)?;
        let ours = words.iter().find(|(_, theirs)| theirs == value).map_or(value.as_str(), |(ours, _)| ours);
        Some((*name, ours.to_owned()))
    });
    known.collect()
}

fn theirs(name: &str, value: &str) -> Result<(&'static str, &'static str), Error> {
    let setting = SETTINGS.iter().find(|(ours, ..)| *ours == name);
    let Some((_, category, words)) = setting else {
        let known: Vec<&str> = SETTINGS.iter().map(|(ours, ..)| *ours).collect();
        return Err(Error::invalid(excerpt(name), format!("is no privacy setting: there are {}", known.join(", "))));
    };
    let settable = words.iter().filter(|(ours, _)| *ours != ON_THE_PHONE);
    match settable.clone().find(|(ours, _)| *ours == value) {
        Some((_, theirs)) => Ok((category, theirs)),
        None => {
            let known: Vec<&str> = settable.map(|(ours, _)| *ours).collect();
            Err(Error::invalid(name, format!("is one of {}", known.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_our_names_and_only_their_values() {
        assert_eq!(theirs("read_receipts", "nobody").expect("known"), ("readreceipts", "none"));
        assert_eq!(theirs("online", "as_last_seen").expect("known"), ("online", "match_last_seen"));
        for (name, value) in [("read_receipts", "contacts"), ("last_seen", "contacts_except"), ("shoe_size", "all")] {
            let error = theirs(name, value).expect_err("not possible");
            assert!(matches!(&error, Error::Invalid { field, .. } if field == name), "{error}");
        }
    }
}
