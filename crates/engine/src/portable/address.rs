//! How a device of a peer is named: `user:device@server.0` here, `user_domain.device` by Baileys.

use std::collections::HashMap;

use wacore::store::traits::LidPnMappingEntry;

use super::state::State;
use crate::backend::layout::LID;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) user: String,
    pub(super) device: u16,
    pub(super) server: Server,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Server {
    Phone,
    Lid,
    Hosted,
    HostedLid,
}

const SERVERS: [(Server, &str, u32); 4] = [
    (Server::Phone, "c.us", 0),
    (Server::Lid, "lid", 1),
    (Server::Hosted, "hosted", 128),
    (Server::HostedLid, "hosted.lid", 129),
];

impl Address {
    /// As the engine writes it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, server) = text.strip_suffix(".0")?.split_once('@')?;
        let (user, device) = match name.split_once(':') {
            Some((user, device)) => (user, device.parse().ok()?),
            None => (name, 0),
        };
        let server = SERVERS.iter().find(|(_, word, _)| *word == server)?.0;
        Some(Self { user: user.to_owned(), device, server })
    }

    pub(super) fn native(&self) -> String {
        let server = SERVERS.iter().find(|(server, ..)| *server == self.server).map_or("", |(_, word, _)| word);
        match self.device {
            0 => format!("{}@{server}.0", self.user),
            device => format!("{}:{device}@{server}.0", self.user),
        }
    }

    /// The name that Baileys gives the user, without the device.
    pub(super) fn signal_user(&self) -> String {
        match SERVERS.iter().find(|(server, ..)| *server == self.server).map_or(0, |(_, _, domain)| *domain) {
            0 => self.user.clone(),
            domain => format!("{}_{domain}", self.user),
        }
    }

    pub(super) fn baileys(&self) -> String {
        format!("{}.{}", self.signal_user(), self.device)
    }

    pub(super) fn from_baileys(text: &str) -> Option<Self> {
        let (user, device) = text.rsplit_once('.')?;
        Self::from_parts(user, device)
    }

    pub(super) fn from_parts(user: &str, device: &str) -> Option<Self> {
        let (user, domain) = match user.split_once('_') {
            Some((user, domain)) => (user, domain.parse().ok()?),
            None => (user, 0),
        };
        let server = SERVERS.iter().find(|(_, _, number)| *number == domain)?.0;
        let plain = !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain.then_some(())?;
        Some(Self { user: user.to_owned(), device: device.parse().ok()?, server })
    }

    fn with(&self, user: &str, server: Server) -> Self {
        Self { user: user.to_owned(), device: self.device, server }
    }
}

/// Which number is which LID.
pub(super) struct People {
    pub(super) entries: Vec<LidPnMappingEntry>,
    lids: HashMap<String, String>,
    phones: HashMap<String, String>,
}

impl People {
    pub(super) fn read(state: &State) -> Self {
        let entries: Vec<LidPnMappingEntry> =
            state.rows(LID).filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok()).collect();
        let lids = entries.iter().map(|entry| (entry.phone_number.clone(), entry.lid.clone())).collect();
        let phones = entries.iter().map(|entry| (entry.lid.clone(), entry.phone_number.clone())).collect();
        Self { entries, lids, phones }
    }

    pub(super) fn is_lid(&self, user: &str) -> bool {
        self.phones.contains_key(user)
    }

    /// The address by LID, where it is known: Baileys 7 looks there first.
    pub(super) fn by_lid(&self, address: &Address) -> Address {
        match (address.server, self.lids.get(&address.user)) {
            (Server::Phone, Some(lid)) => address.with(lid, Server::Lid),
            _ => address.clone(),
        }
    }

    /// The address by number, where it is known: Baileys 6 knows no other.
    pub(super) fn by_phone(&self, address: &Address) -> Address {
        match (address.server, self.phones.get(&address.user)) {
            (Server::Lid, Some(phone)) => address.with(phone, Server::Phone),
            _ => address.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_a_device() {
        for (native, baileys) in [
            ("15550000001@c.us.0", "15550000001.0"),
            ("15550000001:12@c.us.0", "15550000001.12"),
            ("100001:3@lid.0", "100001_1.3"),
            ("15550000001:99@hosted.0", "15550000001_128.99"),
        ] {
            let address = Address::parse(native).expect("an address");
            assert_eq!((address.native().as_str(), address.baileys().as_str()), (native, baileys));
            assert_eq!(Address::from_baileys(baileys), Some(address));
        }
        for wrong in ["", "15550000001", "x@y.0", "a@c.us.1", "1_7.0", "1.x", "../1.0", ".0", "a@b.0"] {
            assert!(Address::parse(wrong).is_none() && Address::from_baileys(wrong).is_none(), "{wrong:?}");
        }
    }
}
