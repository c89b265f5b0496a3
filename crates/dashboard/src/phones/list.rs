//! All phones, and a new one.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_api::http::Failure;

use super::{faults::KINDS, network};
use crate::{
    answer::{self, Answer, html},
    form::FormOf,
    frame::Frame,
    visitor::Member,
};

#[derive(Deserialize)]
pub(super) struct New {
    number: String,
    #[serde(default)]
    name: String,
}

#[derive(Template)]
#[template(path = "phones/list.html")]
struct Page {
    frame: Frame,
    phones: Vec<Phone>,
    kinds: [&'static str; 8],
}

struct Phone {
    number: String,
    name: String,
    devices: usize,
    connected: usize,
}

pub(super) async fn page(Member(visitor): Member) -> Answer {
    let state = network::get(&visitor, "/state").await?;
    let phones = state["accounts"].as_array().into_iter().flatten().map(Phone::of).collect();
    html(&Page { frame: visitor.frame("phones"), phones, kinds: KINDS })
}

pub(super) async fn make(Member(visitor): Member, FormOf(new): FormOf<New>) -> Result<Response, Failure> {
    let number = network::number(&new.number)?;
    let name = Some(new.name).filter(|name| !name.trim().is_empty());
    network::post(&visitor, "/phones", &json!({ "number": number, "name": name })).await?;
    Ok(answer::lead(&visitor.headers, &format!("/phones/{number}")))
}

impl Phone {
    fn of(account: &Value) -> Self {
        let text = |name: &str| account[name].as_str().unwrap_or_default().to_owned();
        // The phone itself is the first of its devices.
        let companions: Vec<_> =
            account["devices"].as_array().into_iter().flatten().filter(|d| d["device"] != 0).collect();
        let connected = companions.iter().filter(|device| device["connected"] == true).count();
        Self { number: text("number"), name: text("name"), devices: companions.len(), connected }
    }
}
