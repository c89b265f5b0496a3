//! Profiles: pictures, about texts, names, privacy, and the network's block list.

use std::collections::BTreeMap;

use async_trait::async_trait;
use switchboard_core::engine::{BusinessProfile, EngineError, Picture, ProfileLink, ProfileNews};
use switchboard_model::{ContactChange, Jid, Party};
use wacore::{
    iq::{
        contacts::SetProfilePictureSpec,
        privacy::{PrivacyCategory, PrivacyValue},
    },
    types::events::{PictureUpdate, UserAboutUpdate},
};
use whatsapp_rust::{ContactError, IqError};

use crate::{
    convert::{complete, engine_jid, party},
    events::Events,
    link::WhatsappLink,
};

#[async_trait]
impl ProfileLink for WhatsappLink {
    async fn picture(&self, of: &Jid) -> Result<Option<Picture>, EngineError> {
        self.online()?;
        let found = self.client.contacts().get_profile_picture(&engine_jid(of), false).await;
        let found = found.map_err(|error| self.unasked(error))?;
        Ok(found.map(|picture| Picture { id: picture.id, url: picture.url }))
    }

    async fn set_picture(&self, group: Option<&Jid>, jpeg: Option<Vec<u8>>) -> Result<(), EngineError> {
        self.online()?;
        let jpeg = jpeg.unwrap_or_default();
        let order = match group {
            Some(group) => SetProfilePictureSpec::for_group(&engine_jid(group), jpeg),
            None => SetProfilePictureSpec::for_own(jpeg),
        };
        self.client.execute(order).await.map(drop).map_err(|error| self.unsaid(error))
    }

    async fn about(&self, of: &Jid) -> Result<Option<String>, EngineError> {
        self.online()?;
        let found = self.client.contacts().get_user_info(&[engine_jid(of)]).await;
        let found = found.map_err(|error| self.unasked(error))?;
        Ok(found.into_values().next().and_then(|info| info.status))
    }

    async fn set_about(&self, text: &str) -> Result<(), EngineError> {
        self.online()?;
        let told = self.client.profile().set_status_text(text).await;
        told.map_err(|error| self.failed(error.to_string()))
    }

    async fn own_name(&self) -> Option<String> {
        let name = self.client.persistence_manager().get_device_snapshot().push_name.clone();
        Some(name).filter(|name| !name.is_empty())
    }

    async fn set_name(&self, name: &str) -> Result<(), EngineError> {
        self.online()?;
        self.client.profile().set_push_name(name).await.map_err(|error| self.failed(error.to_string()))
    }

    async fn business(&self, of: &Jid) -> Result<Option<BusinessProfile>, EngineError> {
        self.online()?;
        let found = self.client.get_business_profile(&engine_jid(of)).await.map_err(|error| self.unsaid(error))?;
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(found.map(|profile| BusinessProfile {
            description: some(profile.description),
            email: profile.email.and_then(some),
            websites: profile.website,
            categories: profile.categories.into_iter().map(|category| category.name).collect(),
            address: profile.address.and_then(some),
        }))
    }

    async fn privacy(&self) -> Result<BTreeMap<String, String>, EngineError> {
        self.online()?;
        let told = self.client.fetch_privacy_settings().await.map_err(|error| self.unsaid(error))?;
        let pairs = told.settings.into_iter();
        Ok(pairs.map(|one| (one.category.as_str().to_owned(), one.value.as_str().to_owned())).collect())
    }

    async fn set_privacy(&self, category: &str, value: &str) -> Result<(), EngineError> {
        self.online()?;
        let (category, value) = (PrivacyCategory::from(category), PrivacyValue::from(value));
        if !category.is_valid_value(&value) {
            return Err(EngineError::Refused(format!("{} cannot be {}", category.as_str(), value.as_str())));
        }
        let told = self.client.set_privacy_setting(category, value).await;
        told.map(drop).map_err(|error| self.unsaid(error))
    }

    async fn block_list(&self) -> Result<Vec<Party>, EngineError> {
        self.online()?;
        let found = self.client.blocking().get_blocklist().await.map_err(|error| self.failed(error.to_string()))?;
        let mut people = Vec::new();
        for person in found.iter().filter_map(|entry| party(&entry.jid, None)) {
            people.push(complete(&self.client, person).await);
        }
        Ok(people)
    }
}

impl WhatsappLink {
    fn unasked(&self, error: ContactError) -> EngineError {
        match error {
            ContactError::Iq(error) => self.unsaid(error),
            ContactError::InvalidJid(reason) => EngineError::Refused(reason),
            other => self.failed(other.to_string()),
        }
    }

    /// The network's codes, in words.
    fn unsaid(&self, error: IqError) -> EngineError {
        match error {
            IqError::ServerError { code: 401 | 403, .. } => {
                EngineError::NotAllowed("the network does not let this account do that".to_owned())
            }
            IqError::ServerError { code: 404, text, .. } => EngineError::Missing(text),
            IqError::ServerError { code, text, .. } => EngineError::Refused(format!("{text} (error {code})")),
            other => self.failed(other.to_string()),
        }
    }
}

impl Events {
    pub(crate) fn new_picture(&self, update: &PictureUpdate) -> Option<ProfileNews> {
        let of = self.party(&update.jid, None)?;
        let by = update.author.as_ref().and_then(|author| self.party(author, None));
        let picture = update.picture_id.clone().filter(|_| !update.removed);
        Some(ProfileNews { of, by, change: ContactChange::Picture { picture } })
    }

    pub(crate) fn new_about(&self, update: &UserAboutUpdate) -> Option<ProfileNews> {
        let of = self.party(&update.jid, None)?;
        Some(ProfileNews { of, by: None, change: ContactChange::About { about: update.status.clone() } })
    }
}
