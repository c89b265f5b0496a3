//! Making phones, and taking them on and off the network.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Net;
use super::error::Failed;
use super::number::number;
use super::request::Body;
use crate::domain::Account;
use crate::phone::Troubles;

#[derive(Deserialize)]
pub(super) struct NewPhone {
    number: String,
    name: Option<String>,
    business: Option<bool>,
}

#[derive(Serialize)]
pub(super) struct PhoneView {
    number: String,
    jid: String,
    lid: String,
    name: String,
    business: bool,
    online: bool,
    #[serde(flatten)]
    troubles: Troubles,
}

impl PhoneView {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            number: account.number.clone(),
            jid: account.jid().to_string(),
            lid: account.lid_jid().to_string(),
            name: account.name.clone(),
            business: account.business,
            online: account.phone.is_online(),
            troubles: account.phone.troubles(),
        }
    }
}

/// Asking again for the same number answers the same phone, renamed if a name is given.
pub(super) async fn make(net: Net, Body(new): Body<NewPhone>) -> Result<(StatusCode, Json<PhoneView>), Failed> {
    let number = number(&new.number, "number")?;
    let State(shared) = net;
    let view = shared
        .commit(|world| {
            let account = world.account(&number);
            account.describe(new.name, new.business);
            PhoneView::of(account)
        })
        .await;
    Ok((StatusCode::CREATED, Json(view)))
}

pub(super) async fn go_offline(net: Net, Path(text): Path<String>) -> Result<Json<PhoneView>, Failed> {
    let number = number(&text, "number")?;
    let view = net.commit(|world| {
        let account = world.account(&number);
        account.phone.go_offline();
        PhoneView::of(account)
    });
    Ok(Json(view.await))
}

pub(super) async fn go_online(net: Net, Path(text): Path<String>) -> Result<Json<PhoneView>, Failed> {
    let number = number(&text, "number")?;
    let view = net.commit(|world| {
        world.phone_online(&number);
        PhoneView::of(world.account(&number))
    });
    Ok(Json(view.await))
}
