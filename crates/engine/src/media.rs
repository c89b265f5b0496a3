//! Files to and from the network's media host, sealed on the way. They pass through, never whole in memory.

use std::{
    fs::File,
    io::{Read, Result as IoResult, Seek},
    os::unix::fs::FileExt,
    sync::Arc,
};

use anyhow::Context;
use switchboard_core::engine::{EngineError, Uploaded};
use switchboard_model::{Media, MediaKind, RemoteMedia};
use wacore::upload::{UploadSource, encrypt_media_streaming};
use whatsapp_rust::{Client, download::DownloadParams};

use crate::convert::media_type;

pub(crate) async fn upload(client: &Client, kind: MediaKind, mut file: File) -> anyhow::Result<Uploaded> {
    let kind = media_type(kind);
    let sealing = tokio::task::spawn_blocking(move || {
        file.rewind()?;
        let mut sealed = tempfile::tempfile().context("no temporary file can be made")?;
        let info = encrypt_media_streaming(std::io::BufReader::new(file), &mut sealed, kind)?;
        anyhow::Ok((Blob { length: sealed.metadata()?.len(), file: Arc::new(sealed) }, info))
    });
    let (blob, info) = sealing.await??;
    let stored = client.upload_stream(blob, info, kind).await?;
    Ok(Uploaded {
        remote: RemoteMedia {
            url: stored.url,
            direct_path: stored.direct_path,
            key: hex::encode(stored.media_key),
            enc_sha256: hex::encode(stored.file_enc_sha256),
            key_at: stored.media_key_timestamp,
        },
        sha256: hex::encode(stored.file_sha256),
        size: stored.file_length,
    })
}

/// A host that refuses says that it has the file no more; whatever else goes wrong may pass.
pub(crate) async fn download(client: &Client, kind: MediaKind, media: &Media, into: File) -> Result<File, EngineError> {
    let gone = || EngineError::Refused("the message does not say where its file is".to_owned());
    let params = params(kind, media).ok_or_else(gone)?;
    client.download_to_writer(&params, into).await.map_err(|error| {
        let refused = |status: u16| format!("{error:#}").contains(&status.to_string());
        if [403, 404, 410].into_iter().any(refused) {
            EngineError::Refused("the network has the file no more".to_owned())
        } else {
            EngineError::Other(format!("the file cannot be fetched: {error:#}"))
        }
    })
}

fn params(kind: MediaKind, media: &Media) -> Option<DownloadParams> {
    let remote = media.remote.as_ref().filter(|remote| !remote.direct_path.is_empty())?;
    let [key, sha256, enc_sha256] =
        [&remote.key, &media.sha256, &remote.enc_sha256].map(|text| hex::decode(text).unwrap_or_default());
    let path = remote.direct_path.as_str();
    Some(DownloadParams::encrypted(path, &key, &sha256, &enc_sha256, media.size, media_type(kind)))
}

/// A sealed file, read from any place, as often as it has to be sent.
struct Blob {
    file: Arc<File>,
    length: u64,
}

impl UploadSource for Blob {
    fn len(&self) -> u64 {
        self.length
    }

    fn reader_from(&self, offset: u64) -> IoResult<Box<dyn Read + Send>> {
        Ok(Box::new(Reading { file: Arc::clone(&self.file), at: offset }))
    }
}

struct Reading {
    file: Arc<File>,
    at: u64,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}
