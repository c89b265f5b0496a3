//! What people and groups show of themselves, and who is told when that changes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::World;
use super::groups::{GroupError, is_group};
use crate::stanza::leaf;

/// What an account shows, and to whom.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) about: Option<String>,
    /// When it was written.
    pub(crate) about_at: u64,
    /// The id of its picture, which is also what the media host knows it by.
    pub(crate) picture: Option<String>,
    /// By the names on the wire; what is not here is open to all.
    pub(crate) privacy: BTreeMap<String, String>,
}

impl World {
    /// The id of the picture of a person or group.
    pub(crate) fn picture_of(&self, of: &Jid) -> Option<String> {
        if is_group(of) {
            return self.group(of).ok()?.picture.clone();
        }
        self.accounts.get(&self.number_of(of)?)?.profile.picture.clone()
    }

    /// Nothing takes the picture away.
    pub(crate) fn set_picture(&mut self, number: &str, jpeg: Option<&[u8]>) -> Option<String> {
        let picture = jpeg.map(|jpeg| self.keep_picture(jpeg));
        let account = self.known(number)?;
        account.profile.picture.clone_from(&picture);
        let jid = account.jid();
        let news = picture_news(&jid, None, picture.as_deref());
        self.tell_acquaintances(number, "picture", &news);
        picture
    }

    pub(crate) fn set_group_picture(
        &mut self,
        by: &str,
        group: &Jid,
        jpeg: Option<&[u8]>,
    ) -> Result<Option<String>, GroupError> {
        self.group(group)?.demand_editor(by)?;
        let picture = jpeg.map(|jpeg| self.keep_picture(jpeg));
        self.group_mut(group)?.picture.clone_from(&picture);
        let author = self.name_of(by);
        let news = picture_news(group, Some(&author), picture.as_deref());
        for member in self.group(group)?.members.keys().cloned().collect::<Vec<_>>() {
            self.notify_companions(&member, group, "picture", &news);
        }
        Ok(picture)
    }

    pub(crate) fn set_about(&mut self, number: &str, text: &str) {
        let now = self.now_secs();
        let Some(account) = self.known(number) else { return };
        (account.profile.about, account.profile.about_at) = (Some(text.to_owned()), now);
        self.tell_acquaintances(number, "status", &leaf("set", text));
    }

    /// Pictures are public on their host, as the real ones are to whoever has the address.
    fn keep_picture(&mut self, jpeg: &[u8]) -> String {
        let id = u64::from_be_bytes(std::array::from_fn(|at| Sha256::digest(jpeg)[at])).to_string();
        self.pictures.insert(id.clone(), jpeg.to_vec());
        id
    }

    /// To the other devices of the account, and to those it has exchanged messages with.
    fn tell_acquaintances(&mut self, number: &str, kind: &str, news: &Node) {
        let Some(account) = self.accounts.get(number) else { return };
        let (jid, mut told) = (account.jid(), account.contacts.clone());
        told.insert(number.to_owned());
        for other in told {
            self.notify_companions(&other, &jid, kind, news);
        }
    }

    fn notify_companions(&mut self, number: &str, from: &Jid, kind: &str, news: &Node) {
        let Some(account) = self.accounts.get(number) else { return };
        for device in account.devices.keys().copied().collect::<Vec<_>>() {
            let notification = NodeBuilder::new("notification")
                .attr("from", from)
                .attr("id", self.fresh_id())
                .attr("t", self.now_secs())
                .attr("type", kind)
                .children([news.clone()]);
            self.deliver_to_companion(number, device, notification.build());
        }
    }
}

fn picture_news(of: &Jid, author: Option<&Jid>, picture: Option<&str>) -> Node {
    let news = match picture {
        Some(id) => NodeBuilder::new("set").attr("id", id),
        None => NodeBuilder::new("delete"),
    };
    let news = news.attr("jid", of);
    match author {
        Some(author) => news.attr("author", author).build(),
        None => news.build(),
    }
}
