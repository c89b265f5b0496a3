//! Who is there and who types. Nothing of it is kept: it is of the moment.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::groups::is_group;
use super::{ConnId, World};

/// So many sights are remembered for each phone.
const REMEMBERED: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mood {
    Available,
    Unavailable,
    Composing,
    Recording,
    Paused,
}

/// What a phone saw another person do.
#[derive(Clone, Serialize)]
pub(crate) struct Sight {
    pub(crate) from: String,
    pub(crate) chat: String,
    pub(crate) state: Mood,
}

#[derive(Default)]
pub(crate) struct Presences {
    /// Who is there now.
    present: BTreeMap<String, bool>,
    /// Whom each line watches, and whether by hidden id.
    watched: BTreeMap<ConnId, BTreeMap<String, bool>>,
    /// By the number of the phone that saw it.
    sights: BTreeMap<String, VecDeque<Sight>>,
}

impl World {
    pub(crate) fn watch(&mut self, conn: ConnId, watched: &str, by_lid: bool) {
        self.presences.watched.entry(conn).or_default().insert(watched.to_owned(), by_lid);
        let mood = match self.presences.present.get(watched) {
            Some(true) => Mood::Available,
            Some(false) => Mood::Unavailable,
            None => return,
        };
        self.tell_presence(conn, watched, by_lid, mood);
    }

    pub(crate) fn unwatch(&mut self, conn: ConnId, watched: &str) {
        if let Some(people) = self.presences.watched.get_mut(&conn) {
            people.remove(watched);
        }
    }

    /// Somebody comes or goes: the lines that watch them hear of it.
    pub(crate) fn show_presence(&mut self, number: &str, mood: Mood) {
        let there = mood == Mood::Available;
        self.presences.present.insert(number.to_owned(), there);
        let lines = &self.lines;
        self.presences.watched.retain(|conn, _| lines.contains_key(conn));
        let watchers: Vec<(ConnId, bool)> =
            self.presences.watched.iter().filter_map(|(conn, people)| Some((*conn, *people.get(number)?))).collect();
        for (conn, by_lid) in watchers {
            self.tell_presence(conn, number, by_lid, mood);
        }
    }

    fn tell_presence(&mut self, conn: ConnId, number: &str, by_lid: bool, mood: Mood) {
        let Some(account) = self.accounts.get(number) else { return };
        let from = if by_lid { account.lid_jid() } else { account.jid() };
        let mut node = NodeBuilder::new("presence").attr("from", from);
        if mood != Mood::Available {
            node = node.attr("type", "unavailable").attr("last", self.now_secs());
        }
        self.send(conn, node.build());
    }

    /// Somebody types in a chat: the others there see it, on their companions and on their phones.
    pub(crate) fn show_typing(&mut self, number: &str, chat: &Jid, mood: Mood) {
        let Some(account) = self.accounts.get(number) else { return };
        let (jid, lid) = (account.jid(), account.lid_jid());
        let (others, node) = if is_group(chat) {
            let members = self.group(chat).map(|group| group.members.keys().cloned().collect::<Vec<_>>());
            let node = NodeBuilder::new("chatstate").attr("from", chat).attr("participant", lid);
            (members.unwrap_or_default(), node)
        } else {
            (self.number_of(chat).into_iter().collect(), NodeBuilder::new("chatstate").attr("from", &jid))
        };
        let node = node.children([state_node(mood)]).build();
        let shown = if is_group(chat) { chat.to_string() } else { jid.to_string() };
        for other in others.iter().filter(|other| *other != number) {
            let devices = self.accounts.get(other).into_iter().flat_map(|account| account.devices.values());
            for line in devices.filter_map(|device| device.line).collect::<Vec<_>>() {
                self.send(line, node.clone());
            }
            self.remember_sight(other, Sight { from: jid.to_string(), chat: shown.clone(), state: mood });
        }
    }

    fn remember_sight(&mut self, number: &str, sight: Sight) {
        let sights = self.presences.sights.entry(number.to_owned()).or_default();
        if sights.len() == REMEMBERED {
            sights.pop_front();
        }
        sights.push_back(sight);
    }

    pub(crate) fn sights_of(&self, number: &str) -> Vec<Sight> {
        self.presences.sights.get(number).into_iter().flatten().cloned().collect()
    }

    /// Whether the account is shown as there; nothing if it never said.
    pub(crate) fn is_present(&self, number: &str) -> Option<bool> {
        self.presences.present.get(number).copied()
    }
}

fn state_node(mood: Mood) -> Node {
    match mood {
        Mood::Recording => NodeBuilder::new("composing").attr("media", "audio").build(),
        Mood::Composing => NodeBuilder::new("composing").build(),
        _ => NodeBuilder::new("paused").build(),
    }
}
