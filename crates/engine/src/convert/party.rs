//! Addresses. People have two names on the network; wherever both are known both are kept.

use switchboard_model::{Jid, Lid, Party, Phone};
use whatsapp_rust::{Client, Jid as EngineJid, Server};

/// The party behind an address, with its other name where the stanza gave one. `None` for addresses that the gateway
/// has no word for (bots, calls, other networks).
pub(crate) fn party(jid: &EngineJid, other: Option<&EngineJid>) -> Option<Party> {
    match jid.server {
        Server::Group => jid.user.parse().ok().map(|group| Jid::Group(group).into()),
        Server::Newsletter => format!("{}@newsletter", jid.user).parse().ok().map(|jid: Jid| jid.into()),
        Server::Broadcast if jid.user == "status" => Some(Jid::Status.into()),
        _ => {
            let names = [Some(jid), other].into_iter().flatten();
            let (pn, lid) = names.fold((None, None), |(pn, lid), jid| (pn.or(phone(jid)), lid.or(as_lid(jid))));
            Party::person(pn, lid)
        }
    }
}

/// Adds the name that is missing, if the engine has learned it.
pub(crate) async fn complete(client: &Client, party: Party) -> Party {
    let asked = match &party {
        Party { pn: Some(pn), lid: None, .. } => EngineJid::pn(pn.digits()),
        Party { pn: None, lid: Some(lid), .. } => EngineJid::lid(lid.to_string()),
        _ => return party,
    };
    let Ok(Some(entry)) = client.get_lid_pn_entry(&asked).await else { return party };
    let pn = party.pn.clone().or_else(|| entry.phone_number.parse().ok());
    let lid = party.lid.clone().or_else(|| entry.lid.parse().ok());
    Party::person(pn, lid).unwrap_or(party)
}

/// An account's address as the engine writes it.
pub(crate) fn engine_jid(jid: &Jid) -> EngineJid {
    match jid {
        Jid::Phone(phone) => EngineJid::pn(phone.digits()),
        Jid::Lid(lid) => EngineJid::lid(lid.to_string()),
        Jid::Group(group) => EngineJid::group(group.to_string()),
        Jid::Newsletter(id) => EngineJid::newsletter(id.as_str()),
        Jid::Status => EngineJid::status_broadcast(),
    }
}

fn phone(jid: &EngineJid) -> Option<Phone> {
    matches!(jid.server, Server::Pn | Server::Legacy | Server::Hosted).then(|| jid.user.parse().ok()).flatten()
}

fn as_lid(jid: &EngineJid) -> Option<Lid> {
    matches!(jid.server, Server::Lid | Server::HostedLid).then(|| jid.user.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_keeps_both_names_whichever_comes_first() {
        let (pn, lid) = (EngineJid::pn("393331234567"), EngineJid::lid("100000000000001"));
        let expected = Party::person("393331234567".parse().ok(), "100000000000001".parse().ok());
        assert_eq!(party(&pn, Some(&lid)), expected);
        assert_eq!(party(&lid.with_device(7), Some(&pn)), expected);
        assert_eq!(party(&lid, None).unwrap().pn, None);
    }

    #[test]
    fn addresses_go_there_and_back() {
        for text in
            ["393331234567@s.whatsapp.net", "1000001@lid", "120363001@g.us", "42@newsletter", "status@broadcast"]
        {
            let jid: Jid = text.parse().unwrap();
            assert_eq!(party(&engine_jid(&jid), None).unwrap().jid, jid, "{text}");
        }
        assert_eq!(party(&EngineJid::new("1", Server::Bot), None), None);
    }
}
