//! Secrets that were made because nobody gave them: shown this once, on standard output, never in a log.

use std::io::Write as _;

use secrecy::{ExposeSecret as _, SecretString};
use switchboard_core::{Caller, Core, FirstStart};

use super::Fatal;
use crate::config::Config;

/// Makes what is missing before anybody can sign in.
pub(crate) async fn make(core: &Core, config: &Config) -> Result<FirstStart, Fatal> {
    let password = config.secrets.admin_password.clone();
    Ok(core.first_start(&Caller::System, password).await?)
}

/// If standard output is closed, nobody will ever see them: that is an error.
pub(crate) fn show(made: &FirstStart) -> Result<(), Fatal> {
    let mut out = std::io::stdout().lock();
    let lines = [("Password of admin", &made.admin_password), ("Service token", &made.service_token)];
    for (name, secret) in lines.iter().filter_map(|(name, secret)| Some((name, secret.as_ref()?))) {
        let shown = writeln!(out, "{}", line(name, secret));
        shown.map_err(|e| {
            Fatal::Other(format!("the secrets of the first start cannot be shown on standard output ({e}); give new ones: `switchboard user password admin`, and WHATSAPP_SERVICE_TOKEN in the environment"))
        })?;
    }
    Ok(())
}

fn line(name: &str, secret: &SecretString) -> String {
    format!("{name} (shown this once): {}", secret.expose_secret())
}
