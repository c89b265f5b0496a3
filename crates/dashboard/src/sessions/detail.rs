//! The page of one session.

use askama::Template;
use switchboard_api::http::SessionPath;
use switchboard_core::SessionView;

use super::top::Top;
use crate::{
    answer::{Answer, html},
    frame::Frame,
    visitor::Visitor,
};

#[derive(Template)]
#[template(path = "sessions/detail.html")]
struct Page {
    frame: Frame,
    tabs: Tabs,
    top: Top,
    /// The first characters of the session's key.
    key: Option<String>,
    sends_with_key: bool,
    at: i64,
}

/// The head that all pages of one session share.
pub(crate) struct Tabs {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) tab: &'static str,
    /// More than the overview is for those who are signed in.
    pub(crate) member: bool,
    /// The number that a simulated phone beside the page would write to.
    pub(crate) beside: Option<String>,
}

pub(super) async fn page(visitor: Visitor, SessionPath(id): SessionPath) -> Answer {
    let (core, caller) = (visitor.core(), &visitor.caller);
    let at = core.newest_event().await?;
    let view = core.session(caller, &id).await?;
    let top = Top::read(&visitor, &id).await?;
    let key = core.session_key(caller, &id).await?.map(|key| format!("{}…", key.prefix));
    let (frame, tabs) = (visitor.frame("sessions"), Tabs::of(&visitor, &view, "overview"));
    html(&Page { frame, tabs, top, key, sends_with_key: visitor.sends_with_key(), at })
}

impl Tabs {
    pub(crate) fn of(visitor: &Visitor, view: &SessionView, tab: &'static str) -> Self {
        let session = &view.session;
        let member = !visitor.is_open();
        let phone = session.phone.as_ref().map(|phone| phone.digits().to_owned());
        let beside = phone.filter(|_| member && visitor.dashboard.options.sandbox.is_some());
        Self { id: session.id.to_string(), name: session.name.clone(), tab, member, beside }
    }

    pub(crate) fn current(&self, tab: &str) -> &'static str {
        if self.tab == tab { "page" } else { "false" }
    }
}
