//! Making a newsletter, and saying what it is about.

use switchboard_model::{Jid, Newsletter, SessionId};

use super::about;
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{NewsletterEdit, NewsletterKey},
};

const LONGEST_NAME: usize = 100;
const LONGEST_DESCRIPTION: usize = 2048;

/// What is not named stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ChangeNewsletter {
    pub name: Option<String>,
    /// An empty one is taken away.
    pub description: Option<String>,
}

impl Core {
    /// Makes a newsletter; its chat is there from now on.
    pub async fn create_newsletter(
        &self,
        caller: &Caller,
        session: &SessionId,
        name: &str,
        description: Option<&str>,
    ) -> Result<Newsletter, Error> {
        let (session, link) = self.reach(caller, session, Scope::Send).await?;
        check(Some(name), description)?;
        let description = description.filter(|text| !text.is_empty());
        let made = link.create_newsletter(name.trim(), description).await?;
        self.name_newsletter(&session.id, &made).await?;
        Ok(made)
    }

    /// Changes what a newsletter is called and says of itself, and shows it as it is then.
    pub async fn change_newsletter(
        &self,
        caller: &Caller,
        session: &SessionId,
        newsletter: &Jid,
        change: ChangeNewsletter,
    ) -> Result<Newsletter, Error> {
        let (session, link) = self.reach(caller, session, Scope::Send).await?;
        let ChangeNewsletter { name, description } = change;
        check(name.as_deref(), description.as_deref())?;
        let edit = NewsletterEdit { name: name.map(|name| name.trim().to_owned()), description };
        if edit != NewsletterEdit::default() {
            link.change_newsletter(newsletter, &edit).await.map_err(about(newsletter))?;
        }
        let changed = link.newsletter(&NewsletterKey::Jid(newsletter.clone())).await.map_err(about(newsletter))?;
        self.name_newsletter(&session.id, &changed).await?;
        Ok(changed)
    }
}

fn check(name: Option<&str>, description: Option<&str>) -> Result<(), Error> {
    if name.is_some_and(|text| text.trim().is_empty()) {
        return Err(Error::invalid("name", "must not be empty"));
    }
    for (field, text, most) in [("name", name, LONGEST_NAME), ("description", description, LONGEST_DESCRIPTION)] {
        let length = text.map_or(0, |text| text.chars().count());
        if length > most {
            return Err(Error::invalid(field, format!("has {length} characters, at most {most} are possible")));
        }
    }
    Ok(())
}
