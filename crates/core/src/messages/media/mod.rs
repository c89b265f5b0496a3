//! Files that go with messages: taken in, looked at, handed to the network; and fetched from it when somebody asks.
//!
//! A file lies in a temporary file that has no name while it is here, never whole in memory.

mod preview;
mod sniff;
mod source;

use std::fs::File;

use switchboard_model::{Content, Media, MediaKind, MessageId, SessionId};

pub use self::source::{LARGEST_FILE, Source};
use super::check::media_words;
use crate::{Caller, Core, Error, caller::Scope, engine::EngineError};

impl Core {
    /// Puts a file on the network and completes the content that it goes with.
    pub async fn attach(
        &self,
        caller: &Caller,
        session: &SessionId,
        content: &mut Content,
        source: Source,
    ) -> Result<(), Error> {
        let session = self.session_for(caller, session, Scope::Send).await?;
        let Some((kind, media)) = content.media() else {
            return Err(Error::invalid("content", format!("a {} has no file", content.kind())));
        };
        media_words(media)?;
        let link = self.link_here(&session).await?;
        let taken = source::take(self.egress(), source).await?;
        let found = sniff::look(kind, &taken)?;
        let preview = preview::make(kind, &taken.file).await;
        let uploaded = link.upload(kind, taken.file).await?;
        if let Some(media) = content.media_mut() {
            let Media { caption, file_name, seconds, voice, gif, thumbnail, waveform, .. } = std::mem::take(media);
            let file_name = file_name.or(taken.name).filter(|_| kind == MediaKind::Document);
            *media = Media {
                mimetype: found.mimetype,
                size: uploaded.size,
                sha256: uploaded.sha256,
                caption,
                file_name,
                width: found.width,
                height: found.height,
                seconds: seconds.or(preview.seconds),
                voice,
                gif,
                thumbnail: thumbnail.or(preview.thumbnail),
                waveform,
                remote: Some(uploaded.remote),
            };
        }
        Ok(())
    }

    /// The file of a message, from the network while that has it.
    pub async fn media(&self, caller: &Caller, session: &SessionId, id: &MessageId) -> Result<(Media, File), Error> {
        let view = self.message(caller, session, id).await?;
        let Some((kind, media)) = view.message.content.media() else {
            return Err(Error::not_found("file in message", &id.0));
        };
        let (_, link) = self.reach(caller, session, Scope::Read).await?;
        let file = source::nameless().await?;
        match link.download(kind, media, file).await {
            Ok(file) => Ok((media.clone(), file)),
            Err(EngineError::Refused(_)) => Err(Error::not_found("file on the network any more for message", &id.0)),
            Err(error) => Err(error.into()),
        }
    }
}
