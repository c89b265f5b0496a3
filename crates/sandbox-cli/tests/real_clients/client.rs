//! What every real client can do, whatever it is written in.

use super::events::Events;

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
    async fn logout(&self);
    fn events(&self) -> &Events;
}
