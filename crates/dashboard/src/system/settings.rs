//! The effective settings, secrets masked.

use askama::Template;

use crate::{
    answer::{Answer, html},
    frame::Frame,
    visitor::Member,
};

/// A setting as people see it.
#[derive(Clone, Debug)]
pub struct Setting {
    pub name: String,
    /// Masked where it is secret.
    pub value: String,
    /// Where the value comes from.
    pub origin: String,
    pub doc: &'static str,
}

#[derive(Template)]
#[template(path = "system/settings.html")]
struct Page<'a> {
    frame: Frame,
    settings: &'a [Setting],
}

pub(super) async fn page(Member(visitor): Member) -> Answer {
    visitor.caller.require_admin()?;
    html(&Page { frame: visitor.frame("settings"), settings: &visitor.dashboard.options.settings })
}
