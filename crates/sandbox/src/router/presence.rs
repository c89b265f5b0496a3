//! Who is there and who types: told to whoever is there to see it; nobody waits for it.

use wacore_binary::Node;

use super::Who;
use crate::domain::{Mood, World, is_group};
use crate::stanza::Stanza as _;

pub(super) fn handle(world: &mut World, who: &Who, stanza: &Node) {
    let to = stanza.jid("to");
    match (&*stanza.tag, stanza.text("type").as_deref(), to) {
        ("chatstate", _, Some(to)) => {
            let Some(state) = stanza.first().cloned() else { return };
            let mood = match (&*state.tag, state.is("media", "audio")) {
                ("composing", true) => Mood::Recording,
                ("composing", false) => Mood::Composing,
                _ => Mood::Paused,
            };
            let chat = if is_group(&to) { Some(to) } else { world.number_of(&to).map(wacore_binary::Jid::pn) };
            if let Some(chat) = chat {
                world.show_typing(&who.number, &chat, mood);
            }
        }
        ("presence", Some("subscribe"), Some(to)) => {
            if let Some(watched) = world.number_of(&to) {
                world.watch(who.conn, &watched, to.is_lid());
            }
        }
        ("presence", Some("unsubscribe"), Some(to)) => {
            if let Some(watched) = world.number_of(&to) {
                world.unwatch(who.conn, &watched);
            }
        }
        // Nothing but a name: the account calls itself so from now on.
        ("presence", None, None) if stanza.text("name").is_some() => {
            world.account(&who.number).describe(stanza.text("name"), None);
        }
        ("presence", Some("available") | None, None) => world.show_presence(&who.number, Mood::Available),
        ("presence", Some("unavailable"), None) => world.show_presence(&who.number, Mood::Unavailable),
        _ => {}
    }
}
