//! Profiles of the engine in memory: the account's own can be changed, others are made of their names.

use std::collections::BTreeMap;

use async_trait::async_trait;
use switchboard_model::{Jid, Party};

use super::super::{BusinessProfile, EngineError, Picture, ProfileLink};
use super::FakeLink;

/// What the account shows of itself.
#[derive(Clone, Debug, Default)]
pub struct OwnProfile {
    pub name: Option<String>,
    pub about: Option<String>,
    pub picture: Option<Vec<u8>>,
    pub group_pictures: BTreeMap<String, Vec<u8>>,
    pub privacy: BTreeMap<String, String>,
}

#[async_trait]
impl ProfileLink for FakeLink {
    /// Nobody whose number ends in 0 has one.
    async fn picture(&self, of: &Jid) -> Result<Option<Picture>, EngineError> {
        self.online()?;
        let user = of.to_string();
        let user = user.split('@').next().unwrap_or_default();
        let shown = !user.ends_with('0');
        Ok(shown.then(|| Picture { id: format!("of-{user}"), url: format!("https://pictures.invalid/{user}") }))
    }

    async fn set_picture(&self, group: Option<&Jid>, jpeg: Option<Vec<u8>>) -> Result<(), EngineError> {
        self.online()?;
        let mut own = self.session().profile();
        match (group, jpeg) {
            (None, jpeg) => own.picture = jpeg,
            (Some(group), Some(jpeg)) => drop(own.group_pictures.insert(group.to_string(), jpeg)),
            (Some(group), None) => drop(own.group_pictures.remove(&group.to_string())),
        }
        Ok(())
    }

    async fn about(&self, of: &Jid) -> Result<Option<String>, EngineError> {
        self.online()?;
        Ok(Some(format!("I am {of}")))
    }

    async fn set_about(&self, text: &str) -> Result<(), EngineError> {
        self.online()?;
        self.session().profile().about = Some(text.to_owned());
        Ok(())
    }

    async fn own_name(&self) -> Option<String> {
        self.session().profile().name.clone()
    }

    async fn set_name(&self, name: &str) -> Result<(), EngineError> {
        self.online()?;
        self.session().profile().name = Some(name.to_owned());
        Ok(())
    }

    async fn business(&self, _of: &Jid) -> Result<Option<BusinessProfile>, EngineError> {
        self.online()?;
        Ok(None)
    }

    async fn privacy(&self) -> Result<BTreeMap<String, String>, EngineError> {
        self.online()?;
        let mut all = BTreeMap::from([("last".to_owned(), "all".to_owned())]);
        all.extend(self.session().profile().privacy.clone());
        Ok(all)
    }

    async fn set_privacy(&self, category: &str, value: &str) -> Result<(), EngineError> {
        self.online()?;
        self.session().profile().privacy.insert(category.to_owned(), value.to_owned());
        Ok(())
    }

    async fn block_list(&self) -> Result<Vec<Party>, EngineError> {
        self.online()?;
        Ok(self.session().blocked())
    }
}
