//! Who is meant, under every name that is known.

use serde_json::Value;
use switchboard_model::{Jid, Message, Party, SessionId};
use switchboard_store::{blocked_contacts, chats, number_checks};

use crate::{Core, Error, engine::NumberStatus};

#[derive(Clone)]
pub(super) struct Subject {
    pub(super) party: Party,
    /// Phone number and LID, digits only.
    names: Vec<String>,
}

impl Core {
    /// The person behind an address, with the other name where the gateway has learned it.
    pub(super) async fn subject(&self, session: &SessionId, person: &Jid) -> Result<Subject, Error> {
        let mut party = Party::from(person.clone());
        if party.pn.is_none() && party.lid.is_none() {
            return Err(Error::invalid("person", format!("{person} is not a person: give a phone number or a LID")));
        }
        let db = self.store().reader();
        if let Some(chat) = chats::find(db, session, person).await? {
            party = completed(party, &chat.party);
        }
        for block in blocked_contacts::of_contact(db, session, &party).await? {
            party = completed(party, &block.block.contact);
        }
        if let (Some(phone), None) = (&party.pn, &party.lid)
            && let Some(answer) = number_checks::latest(db, session, phone).await?
        {
            party.lid = serde_json::from_slice::<NumberStatus>(&answer).map_err(Error::internal)?.lid;
        }
        Ok(Subject::new(party))
    }
}

impl Subject {
    fn new(party: Party) -> Self {
        let names = [party.pn.as_ref().map(ToString::to_string), party.lid.as_ref().map(ToString::to_string)];
        Self { party, names: names.into_iter().flatten().collect() }
    }

    /// Whether the person is named anywhere in this, alone or within a text.
    pub(super) fn is_in(&self, json: &Value) -> bool {
        match json {
            Value::String(text) => self.names.iter().any(|name| holds_number(text, name)),
            Value::Array(items) => items.iter().any(|item| self.is_in(item)),
            Value::Object(fields) => fields.values().any(|field| self.is_in(field)),
            _ => false,
        }
    }

    /// Takes the person out of somebody else's message; tells whether there was anything to take out.
    pub(super) fn leaves(&self, message: &mut Message) -> bool {
        let before = message.clone();
        let is_subject = |party: &Party| party.is_same_as(&self.party);
        message.later.reactions.retain(|reaction| !is_subject(&reaction.by));
        message.later.votes.retain(|vote| !is_subject(&vote.by));
        message.context.mentions.retain(|mention| !self.party.is_called(mention));
        message.context.audience.retain(|spectator| !self.party.is_called(spectator));
        let quotes_them = |author: Option<&Party>| author.is_some_and(is_subject);
        if message.context.quoted.as_ref().is_some_and(|quote| quotes_them(quote.message.sender.as_ref())) {
            message.context.quoted = None;
        }
        if let Some(target) = message.content.target_mut()
            && quotes_them(target.sender.as_ref())
        {
            target.sender = None;
        }
        *message != before
    }
}

fn completed(party: Party, other: &Party) -> Party {
    let (pn, lid) = (party.pn.clone().or_else(|| other.pn.clone()), party.lid.clone().or_else(|| other.lid.clone()));
    Party::person(pn, lid).unwrap_or(party)
}

/// As a number of its own, not as a part of a longer one.
fn holds_number(text: &str, number: &str) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    text.match_indices(number).any(|(at, found)| {
        !is_digit(text[..at].chars().next_back()) && !is_digit(text[at + found.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_is_found_under_either_name_and_not_within_a_longer_number() {
        let subject = Subject::new(Party::person("6281100000002".parse().ok(), "100002".parse().ok()).expect("one"));
        for named in
            [json!({"chat": {"jid": "6281100000002@s.whatsapp.net"}}), json!(["ask @100002 or"]), json!("100002")]
        {
            assert!(subject.is_in(&named), "{named}");
        }
        for other in [json!("16281100000002"), json!({"at": 100_002}), json!("1000020@lid"), json!(null)] {
            assert!(!subject.is_in(&other), "{other}");
        }
    }
}
