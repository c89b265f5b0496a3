//! What a file of a session is encrypted under.

use std::{io::BufRead as _, path::PathBuf};

use clap::Args;
use secrecy::{ExposeSecret as _, SecretSlice};

use super::super::{Failure, say, told};

#[derive(Debug, Args)]
pub(super) struct Passphrase {
    /// Read the passphrase from standard input, one line
    #[arg(long)]
    passphrase_stdin: bool,
    /// Use the contents of this file as passphrase
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_stdin")]
    key_file: Option<PathBuf>,
}

impl Passphrase {
    pub(super) fn given(&self) -> Result<SecretSlice<u8>, Failure> {
        let told = "the file is encrypted: give its passphrase with --passphrase-stdin, or with --key-file";
        self.read()?.ok_or_else(|| told.into())
    }

    /// One that is made here is shown once.
    pub(super) fn given_or_made(&self) -> Result<SecretSlice<u8>, Failure> {
        if let Some(given) = self.read()? {
            return Ok(given);
        }
        let made = switchboard_core::generate_password().map_err(told)?;
        say(&format!("Passphrase (shown this once): {}", made.expose_secret()));
        Ok(made.expose_secret().as_bytes().to_vec().into())
    }

    fn read(&self) -> Result<Option<SecretSlice<u8>>, Failure> {
        if let Some(path) = &self.key_file {
            let key = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            return Ok(Some(key.into()));
        }
        if !self.passphrase_stdin {
            return Ok(None);
        }
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        Ok(Some(line.trim_end_matches(['\r', '\n']).as_bytes().to_vec().into()))
    }
}
