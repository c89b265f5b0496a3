//! What a phone shows of itself.

use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Net;
use super::error::Failed;
use super::number::number;
use super::request::Body;

/// What is left out stays as it is.
#[derive(Deserialize)]
pub(super) struct Change {
    name: Option<String>,
    about: Option<String>,
    /// A JPEG in base64; an empty one is taken away.
    picture: Option<String>,
}

pub(super) async fn change(
    net: Net,
    Path(text): Path<String>,
    Body(change): Body<Change>,
) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    let picture = change.picture.map(|text| STANDARD.decode(text)).transpose();
    let picture = picture.map_err(|_| Failed::bad_request("picture: is no base64"))?;
    let State(shared) = net;
    let changed = shared.commit(|world| {
        world.account(&number).describe(change.name, None);
        if let Some(about) = &change.about {
            world.set_about(&number, about);
        }
        if let Some(jpeg) = &picture {
            world.set_picture(&number, Some(jpeg.as_slice()).filter(|jpeg| !jpeg.is_empty()));
        }
    });
    changed.await;
    show(State(shared), Path(text)).await
}

/// As everybody sees it who may.
pub(super) async fn show(State(shared): Net, Path(text): Path<String>) -> Result<Json<Value>, Failed> {
    let number = number(&text, "number")?;
    shared.with(|world| {
        let unknown = || Failed::not_found(format!("{number} is not on WhatsApp; make a phone for it"));
        let account = world.accounts.get(&number).ok_or_else(unknown)?;
        let profile = &account.profile;
        Ok(Json(json!({
            "name": account.name,
            "about": profile.about,
            "picture": profile.picture,
            "privacy": profile.privacy,
            "blocked": account.blocked,
        })))
    })
}
