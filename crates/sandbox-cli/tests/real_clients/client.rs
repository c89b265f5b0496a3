//! What every real client can do, whatever it is written in.

use super::events::{Events, Ring};

/// How a client that has never been linked asks to be.
#[derive(Clone, Copy)]
pub(crate) enum Link<'a> {
    Qr,
    Code {
        number: &'a str,
    },
    /// It has been linked before and just connects.
    Resume,
}

/// A group as the client lists it.
#[derive(Debug)]
pub(crate) struct GroupSeen {
    pub(crate) jid: String,
    pub(crate) subject: String,
    pub(crate) size: usize,
}

/// People are named by their numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GroupChange<'a> {
    Add(&'a str),
    Remove(&'a str),
    Promote(&'a str),
    Demote(&'a str),
    Subject(&'a str),
    Description(&'a str),
    Announcement(bool),
    Locked(bool),
    Join(&'a str),
    Leave,
}

pub(crate) trait Client: Sized {
    /// Whether it comes back with the short handshake (IK); Baileys always takes the long one.
    const RESUMES: bool;

    /// A client that was never linked, without a connection.
    async fn create() -> Self;
    async fn start(&mut self, url: &str, link: Link<'_>);
    /// Ends the connection and the client; what it has stored stays, and `start` makes it go on.
    async fn stop(&mut self);
    /// A second client with the same stored link.
    async fn twin(&self) -> Self;
    /// What it does after losing the connection: by itself, or by being told.
    async fn after_loss(&mut self, url: &str);
    async fn send(&self, number: &str, text: &str) -> String;
    async fn is_on_whatsapp(&self, number: &str) -> bool;
    async fn read(&self, chat: &str, id: &str);
    async fn reject(&self, ring: &Ring);
    async fn logout(&self);
    /// By the chat's JID.
    async fn send_to(&self, chat: &str, text: &str) -> String;
    /// The JID of a new group.
    async fn create_group(&self, subject: &str, numbers: &[&str]) -> String;
    async fn groups(&self) -> Vec<GroupSeen>;
    async fn change_group(&self, group: &str, change: GroupChange<'_>);
    async fn invite_code(&self, group: &str) -> String;
    fn events(&self) -> &Events;
}
