//! The master key and where it comes from: the environment, or a file that the first start makes.

use std::{
    fs,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{XChaCha20Poly1305, aead::KeyInit};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use zeroize::Zeroizing;

use super::{blind, envelope};
use crate::StoreError;

/// 32 bytes that wrap every data key.
#[derive(Clone, Debug)]
pub struct MasterKey(Arc<SecretBox<[u8; 32]>>);

impl MasterKey {
    pub fn generate() -> Result<Self, StoreError> {
        Ok(Self::from_bytes(&envelope::random()?))
    }

    /// From 64 hexadecimal digits or 44 characters of base64; `from` names the source in errors.
    pub fn parse(text: &SecretString, from: &str) -> Result<Self, StoreError> {
        let text = text.expose_secret().trim();
        let decoded = if text.len() == 64 { hex::decode(text).ok() } else { STANDARD.decode(text).ok() };
        let bytes = decoded.map(Zeroizing::new).and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
        bytes.map(|bytes| Self::from_bytes(&Zeroizing::new(bytes))).ok_or_else(|| {
            bad(from, "it is not 32 bytes in hexadecimal (64 digits) or base64 (44 characters)".to_owned())
        })
    }

    fn from_bytes(bytes: &Zeroizing<[u8; 32]>) -> Self {
        Self(Arc::new(SecretBox::init_with(|| **bytes)))
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.expose_secret().into())
    }

    /// A key for another purpose than wrapping.
    pub(super) fn derived(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(blind::tag(self.0.expose_secret(), purpose.as_bytes()))
    }

    fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.expose_secret()))
    }
}

/// The key file. A replacement is staged beside it, so that a crash in the middle of a rekey leaves both keys at hand.
#[derive(Clone, Debug)]
pub struct KeyFile(PathBuf);

impl KeyFile {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The key in the file; a new one, written with mode 0600, where there is no file yet.
    pub fn load_or_generate(&self) -> Result<MasterKey, StoreError> {
        if let Some(key) = read(&self.0)? {
            return Ok(key);
        }
        let key = MasterKey::generate()?;
        self.stage(&key)?;
        self.promote()?;
        Ok(key)
    }

    /// Writes the next key beside the one in use.
    pub fn stage(&self, key: &MasterKey) -> Result<(), StoreError> {
        let path = self.staged_path();
        write(&path, key).map_err(|e| bad_file(&path, format!("it cannot be written: {e}")))
    }

    /// The next key, where a rekey stopped half-way.
    pub fn staged(&self) -> Result<Option<MasterKey>, StoreError> {
        read(&self.staged_path())
    }

    /// Makes the staged key the one in use.
    pub fn promote(&self) -> Result<(), StoreError> {
        fs::rename(self.staged_path(), &self.0)
            .and_then(|()| sync_folder(&self.0))
            .map_err(|e| bad_file(&self.0, format!("it cannot be put in place: {e}")))
    }

    fn staged_path(&self) -> PathBuf {
        let mut name = self.0.as_os_str().to_owned();
        name.push(".next");
        name.into()
    }
}

fn read(path: &Path) -> Result<Option<MasterKey>, StoreError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => SecretString::from(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(bad_file(path, format!("it cannot be read: {e}"))),
    };
    let mode = fs::metadata(path).map_err(|e| bad_file(path, e.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        let reason = format!("others may read it (mode {:03o}); run `chmod 600` on it", mode & 0o777);
        return Err(bad_file(path, reason));
    }
    MasterKey::parse(&text, &format!("file {}", path.display())).map(Some)
}

fn write(path: &Path, key: &MasterKey) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    writeln!(file, "{}", *key.to_hex())?;
    file.sync_all()?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn bad_file(path: &Path, reason: String) -> StoreError {
    bad(&format!("file {}", path.display()), reason)
}

fn bad(from: &str, reason: String) -> StoreError {
    StoreError::BadMasterKey { from: from.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn parse(text: &str) -> Result<MasterKey, StoreError> {
        MasterKey::parse(&SecretString::from(text.to_owned()), "SWITCHBOARD_MASTER_KEY")
    }

    #[test]
    fn hexadecimal_and_base64_are_the_same_key() {
        assert_eq!(*parse(HEX).unwrap().to_hex(), HEX);
        assert_eq!(*parse(&format!(" {BASE64}\n")).unwrap().to_hex(), HEX);
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for text in ["", "hunter2", &HEX[2..], &format!("{HEX}00"), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg=="] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains("SWITCHBOARD_MASTER_KEY") && error.contains("32 bytes"), "{error}");
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
        assert!(!format!("{:?}", parse(HEX).unwrap()).contains("0001"));
    }

    #[test]
    fn the_first_start_makes_a_file_for_the_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let key = KeyFile::new(&path).load_or_generate().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(*KeyFile::new(&path).load_or_generate().unwrap().to_hex(), *key.to_hex());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        KeyFile::new(&path).load_or_generate().unwrap();
        for mode in [0o640, 0o604] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = KeyFile::new(&path).load_or_generate().unwrap_err().to_string();
            assert!(error.contains("master.key") && error.contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn an_empty_or_unreadable_file_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(KeyFile::new(&path).load_or_generate().is_err());
        assert!(KeyFile::new(folder.path()).load_or_generate().is_err());
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_staged_key_waits_until_it_is_promoted() {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::new(folder.path().join("master.key"));
        let (old, new) = (file.load_or_generate().unwrap(), MasterKey::generate().unwrap());
        assert!(file.staged().unwrap().is_none());
        file.stage(&new).unwrap();
        assert_eq!(*file.load_or_generate().unwrap().to_hex(), *old.to_hex());
        assert_eq!(*file.staged().unwrap().unwrap().to_hex(), *new.to_hex());
        file.promote().unwrap();
        assert_eq!(*file.load_or_generate().unwrap().to_hex(), *new.to_hex());
        assert!(file.staged().unwrap().is_none());
    }
}
