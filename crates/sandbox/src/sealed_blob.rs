//! Blobs that a message or an answer only refers to: sealed, put on the media host, opened with a key that travels in
//! the reference.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wacore::download::MediaType;
use wacore::upload::encrypt_media;
use waproto::whatsapp as wa;

use crate::control::MediaHost;

/// Where a blob is and what opens it.
#[derive(Default)]
pub(crate) struct SealedBlob {
    pub(crate) direct_path: String,
    pub(crate) key: Vec<u8>,
    pub(crate) sha256: Vec<u8>,
    pub(crate) enc_sha256: Vec<u8>,
    pub(crate) length: u64,
}

impl SealedBlob {
    /// Sealing what is in memory cannot fail; an empty reference would open nothing.
    pub(crate) fn put(media: &MediaHost, plain: &[u8], kind: MediaType) -> Self {
        let Ok(sealed) = encrypt_media(plain, kind) else { return Self::default() };
        let token = URL_SAFE_NO_PAD.encode(sealed.file_enc_sha256);
        Self {
            direct_path: media.put(&token, sealed.data_to_upload.into()),
            key: sealed.media_key.to_vec(),
            sha256: sealed.file_sha256.to_vec(),
            enc_sha256: sealed.file_enc_sha256.to_vec(),
            length: plain.len() as u64,
        }
    }

    pub(crate) fn external(self) -> wa::ExternalBlobReference {
        wa::ExternalBlobReference {
            media_key: Some(self.key),
            direct_path: Some(self.direct_path),
            file_size_bytes: Some(self.length),
            file_sha256: Some(self.sha256),
            file_enc_sha256: Some(self.enc_sha256),
            ..Default::default()
        }
    }
}
