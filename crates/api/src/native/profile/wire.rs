//! Profiles as `/v1` shows them.

use serde::Serialize;
use switchboard_core::{
    Error, OwnProfile as CoreOwn, PersonProfile as CorePerson,
    engine::{BusinessProfile as CoreBusiness, Picture as CorePicture},
};
use switchboard_model::{AddressError, Jid, Party};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(super) struct Picture {
    /// Another one after each change.
    id: String,
    /// Where the network keeps it, for some hours.
    url: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct OwnProfile {
    #[schema(example = "6281381393739@s.whatsapp.net")]
    jid: Option<String>,
    pn: Option<String>,
    lid: Option<String>,
    /// What the account calls itself.
    name: Option<String>,
    about: Option<String>,
    picture: Option<Picture>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct PersonProfile {
    #[schema(example = "6281381393739@s.whatsapp.net")]
    jid: String,
    pn: Option<String>,
    lid: Option<String>,
    about: Option<String>,
    /// None, or none that is shown to this account.
    picture: Option<Picture>,
    /// What a business tells of itself.
    business: Option<BusinessProfile>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct BusinessProfile {
    description: Option<String>,
    email: Option<String>,
    websites: Vec<String>,
    categories: Vec<String>,
    address: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct BlockList {
    blocked: Vec<BlockedPerson>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct BlockedPerson {
    #[schema(example = "6281381393739@s.whatsapp.net")]
    jid: String,
    pn: Option<String>,
    lid: Option<String>,
}

impl From<CorePicture> for Picture {
    fn from(CorePicture { id, url }: CorePicture) -> Self {
        Self { id, url }
    }
}

impl From<CoreBusiness> for BusinessProfile {
    fn from(business: CoreBusiness) -> Self {
        let CoreBusiness { description, email, websites, categories, address } = business;
        Self { description, email, websites, categories, address }
    }
}

impl From<CoreOwn> for OwnProfile {
    fn from(own: CoreOwn) -> Self {
        let account = own.account;
        Self {
            jid: account.as_ref().map(|account| account.jid.to_string()),
            pn: account.as_ref().and_then(pn),
            lid: account.as_ref().and_then(lid),
            name: own.name,
            about: own.about,
            picture: own.picture.map(Picture::from),
        }
    }
}

impl From<CorePerson> for PersonProfile {
    fn from(person: CorePerson) -> Self {
        Self {
            jid: person.person.jid.to_string(),
            pn: pn(&person.person),
            lid: lid(&person.person),
            about: person.about,
            picture: person.picture.map(Picture::from),
            business: person.business.map(BusinessProfile::from),
        }
    }
}

impl From<Vec<Party>> for BlockList {
    fn from(people: Vec<Party>) -> Self {
        let one = |party: &Party| BlockedPerson { jid: party.jid.to_string(), pn: pn(party), lid: lid(party) };
        Self { blocked: people.iter().map(one).collect() }
    }
}

/// A person or group in a path.
pub(super) fn person(text: &str) -> Result<Jid, Error> {
    text.parse().map_err(|error: AddressError| Error::invalid("contact", error.to_string()))
}

fn pn(party: &Party) -> Option<String> {
    party.pn.as_ref().map(ToString::to_string)
}

fn lid(party: &Party) -> Option<String> {
    party.lid.as_ref().map(ToString::to_string)
}
