//! A key that makes keys gives none that is good for longer than itself, or from elsewhere.

use ipnet::IpNet;
use switchboard_store::api_keys;

use super::{ApiKey, NewKey};
use crate::{Caller, Core, Error};

impl Core {
    pub(super) async fn within_own_limits(&self, caller: &Caller, new: NewKey) -> Result<NewKey, Error> {
        let Caller::Key { id, .. } = caller else { return Ok(new) };
        let maker = api_keys::find(self.store().reader(), id).await?.ok_or_else(|| Error::not_found("key", id))?;
        let maker = ApiKey::try_from(maker)?;
        Ok(NewKey {
            allowed_ips: within(&maker.allowed_ips, new.allowed_ips)?,
            expires_at: new.expires_at.into_iter().chain(maker.expires_at).min(),
            ..new
        })
    }
}

fn within(own: &[IpNet], asked: Vec<IpNet>) -> Result<Vec<IpNet>, Error> {
    if own.is_empty() {
        return Ok(asked);
    }
    if asked.is_empty() {
        return Ok(own.to_vec());
    }
    match asked.iter().find(|network| !own.iter().any(|own| own.contains(*network))) {
        Some(outside) => Err(Error::invalid(
            "allowed_ips",
            format!("{outside} is not among the addresses of the key that you use: name some of those, or none"),
        )),
        None => Ok(asked),
    }
}
