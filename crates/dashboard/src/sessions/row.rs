//! One session as a line of the table.

use askama::Template;
use switchboard_core::SessionView;
use switchboard_model::{SessionId, Timestamp};

use crate::{
    show::{self, StateView},
    text::Text,
};

#[derive(Template)]
#[template(path = "sessions/row.html")]
pub(super) struct Row {
    t: &'static Text,
    id: SessionId,
    name: String,
    state: StateView,
    phone: String,
    last_event_at: Option<Timestamp>,
    queued: i64,
    /// Chats with something unread.
    unread: i64,
}

impl Row {
    pub(super) fn of(t: &'static Text, view: &SessionView) -> Self {
        let session = &view.session;
        Self {
            t,
            id: session.id.clone(),
            name: session.name.clone(),
            state: StateView::of(t, session),
            phone: show::phone(session.phone.as_ref()),
            last_event_at: view.last_event_at,
            queued: view.queued,
            unread: view.unread,
        }
    }
}

/// Takes the line of a deleted session away.
pub(super) fn gone(id: &SessionId) -> String {
    format!("<template data-remove=\"row-{id}\"></template>")
}

pub(super) fn matches(view: &SessionView, q: &str, digits: &str) -> bool {
    let session = &view.session;
    let phone = session.phone.as_ref().map_or("", |phone| phone.digits());
    session.id.as_str().to_lowercase().contains(q)
        || session.name.to_lowercase().contains(q)
        || (digits.len() > 2 && phone.contains(digits))
}
