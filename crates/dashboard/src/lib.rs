//! The gateway's pages for people. Rendered here, live by server-sent events, with everything they need embedded:
//! no page asks any other site for anything, and no script or style stands in a page itself.
//!
//! - [`Dashboard`]: the routes, for the listener they are served from
//! - `visitor`: who asks, and what another site's page may not ask
//! - `frame`: what every page has around it; `text`: every word, a file for each language
//! - `live`: fragments of pages, sent when what they show changes
//! - a folder for each page

mod answer;
mod assets;
mod calls;
mod chats;
mod cookie;
mod dashboard;
mod events;
mod form;
mod frame;
mod hosts;
mod language;
mod live;
mod people;
mod phones;
mod sessions;
mod shape;
mod show;
mod sign_in;
mod system;
#[cfg(test)]
mod tests;
mod text;
mod toast;
mod visitor;
mod webhooks;

pub use dashboard::{Dashboard, Entrance, Options};
pub use hosts::Hosts;
pub use system::{Setting, Vitals};
