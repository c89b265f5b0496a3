//! The account's own name, about text and picture, and the pictures of groups.

use std::sync::Arc;

use switchboard_model::{GroupId, Jid, Party, Session, SessionId};

use super::picture;
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{Link, Picture},
};

const LONGEST_NAME: usize = 25;
const LONGEST_ABOUT: usize = 139;

#[derive(Clone, Debug, PartialEq)]
pub struct OwnProfile {
    pub account: Option<Party>,
    pub name: Option<String>,
    pub about: Option<String>,
    pub picture: Option<Picture>,
}

/// What is not named stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ChangeProfile {
    pub name: Option<String>,
    /// An empty one is taken away.
    pub about: Option<String>,
}

impl Core {
    pub async fn own_profile(&self, caller: &Caller, session: &SessionId) -> Result<OwnProfile, Error> {
        let (session, link) = self.reach(caller, session, Scope::Read).await?;
        shown(&session, &link).await
    }

    pub async fn change_profile(
        &self,
        caller: &Caller,
        session: &SessionId,
        change: ChangeProfile,
    ) -> Result<OwnProfile, Error> {
        let (session, link) = self.reach(caller, session, Scope::Send).await?;
        let name = change.name.as_deref().map(str::trim);
        if name.is_some_and(str::is_empty) {
            return Err(Error::invalid("name", "must not be empty"));
        }
        fits("name", name, LONGEST_NAME)?;
        fits("about", change.about.as_deref(), LONGEST_ABOUT)?;
        if let Some(name) = name {
            link.set_name(name).await?;
        }
        if let Some(about) = &change.about {
            link.set_about(about).await?;
        }
        shown(&session, &link).await
    }

    /// Any picture will do: it is cut to a square and made small enough. None takes it away.
    pub async fn set_own_picture(
        &self,
        caller: &Caller,
        session: &SessionId,
        bytes: Option<Vec<u8>>,
    ) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        Ok(link.set_picture(None, picture::square(bytes).await?).await?)
    }

    pub async fn set_group_picture(
        &self,
        caller: &Caller,
        session: &SessionId,
        group: &GroupId,
        bytes: Option<Vec<u8>>,
    ) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        let jid = Jid::Group(group.clone());
        Ok(link.set_picture(Some(&jid), picture::square(bytes).await?).await?)
    }
}

async fn shown(session: &Session, link: &Arc<dyn Link>) -> Result<OwnProfile, Error> {
    let account = Party::person(session.phone.clone(), session.lid.clone());
    let (mut about, mut picture) = (None, None);
    if let Some(account) = &account {
        about = link.about(&account.jid).await?.filter(|text| !text.is_empty());
        picture = link.picture(&account.jid).await?;
    }
    Ok(OwnProfile { account, name: link.own_name().await, about, picture })
}

fn fits(field: &str, text: Option<&str>, most: usize) -> Result<(), Error> {
    let length = text.map_or(0, |text| text.chars().count());
    if length > most {
        return Err(Error::invalid(field, format!("has {length} characters, at most {most} are possible")));
    }
    if text.is_some_and(|text| text.contains('\0')) {
        return Err(Error::invalid(field, "must not contain a NUL character"));
    }
    Ok(())
}
