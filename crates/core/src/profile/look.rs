//! What another person or a group shows.

use switchboard_model::{GroupId, Jid, Party, SessionId};

use super::person;
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{BusinessProfile, Picture},
};

#[derive(Clone, Debug, PartialEq)]
pub struct PersonProfile {
    pub person: Party,
    pub about: Option<String>,
    pub picture: Option<Picture>,
    pub business: Option<BusinessProfile>,
}

impl Core {
    pub async fn person_profile(&self, caller: &Caller, session: &SessionId, of: &Jid) -> Result<PersonProfile, Error> {
        let (_, link) = self.reach(caller, session, Scope::Read).await?;
        let person = person("contact", of)?;
        let about = link.about(of).await?.filter(|text| !text.is_empty());
        let (picture, business) = (link.picture(of).await?, link.business(of).await?);
        Ok(PersonProfile { person, about, picture, business })
    }

    pub async fn group_picture(&self, caller: &Caller, session: &SessionId, of: &GroupId) -> Result<Picture, Error> {
        let (_, link) = self.reach(caller, session, Scope::Read).await?;
        let jid = Jid::Group(of.clone());
        link.picture(&jid).await?.ok_or_else(|| Error::not_found("picture of group", jid.to_string()))
    }
}
