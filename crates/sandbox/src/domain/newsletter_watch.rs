//! Companions that look at a newsletter just now: they are told how its counts change, for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use switchboard_model::Timestamp;
use wacore_binary::Jid;
use wacore_binary::builder::NodeBuilder;

use super::World;
use super::newsletter_posts::counts;
use super::newsletters::{NewsletterError, Post};
use crate::stanza::branch;

const LASTS: Duration = Duration::from_secs(300);

/// By newsletter; when each companion's watch ends.
#[derive(Default)]
pub(crate) struct Watches(BTreeMap<String, BTreeMap<(String, u16), Timestamp>>);

impl World {
    /// For how many seconds it will be told.
    pub(crate) fn watch_newsletter(&mut self, number: &str, device: u16, jid: &Jid) -> Result<u64, NewsletterError> {
        let id = self.newsletter(jid)?.id.clone();
        let until = self.now.after(LASTS);
        self.watches.0.entry(id).or_default().insert((number.to_owned(), device), until);
        Ok(LASTS.as_secs())
    }

    pub(super) fn tell_watchers(&mut self, jid: &Jid, post: &Post) {
        let now = self.now;
        let Some(watches) = self.watches.0.get_mut(jid.user.as_str()) else { return };
        watches.retain(|_, until| *until > now);
        let watchers: Vec<(String, u16)> = watches.keys().cloned().collect();
        let message = NodeBuilder::new("message").attr("server_id", post.number).children(counts(post)).build();
        let messages = NodeBuilder::new("messages").attr("jid", jid).attr("t", self.now_secs()).children([message]);
        let node = NodeBuilder::new("notification")
            .attr("from", jid)
            .attr("type", "newsletter")
            .attr("id", self.fresh_id())
            .attr("t", self.now_secs())
            .children([branch("live_updates", [messages.build()])])
            .build();
        for (number, device) in watchers {
            self.deliver_to_companion(&number, device, node.clone());
        }
    }
}
