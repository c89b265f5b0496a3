//! HTTPS: the certificate that every listener shows, which can be replaced while the gateway runs.

mod any;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig};

use super::{Fatal, Stop};
use crate::config::TlsFiles;

pub(crate) use any::any_certificate;

/// The certificate in force.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: TlsFiles,
    shown: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    pub(super) fn load(files: TlsFiles) -> Result<Arc<Self>, Fatal> {
        let shown = RwLock::new(Arc::new(read(&files)?));
        Ok(Arc::new(Self { files, shown }))
    }

    /// Whether a start could use these files.
    pub(crate) fn check(files: &TlsFiles) -> Result<(), Fatal> {
        read(files).map(drop)
    }

    /// Reads the files anew. If they are no good, the one in force stays.
    pub(super) fn reload(&self) -> Result<(), Fatal> {
        let next = Arc::new(read(&self.files)?);
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    /// Reads the files anew at each SIGHUP, which is what tools that renew certificates send.
    pub(super) async fn follow_hangups(self: Arc<Self>, stop: Stop) -> std::io::Result<()> {
        let mut hangups = signal(SignalKind::hangup())?;
        loop {
            tokio::select! {
                _ = hangups.recv() => match self.reload() {
                    Ok(()) => tracing::info!("the certificate was read anew"),
                    Err(fatal) => tracing::error!(reason = %fatal, "the certificate stays as it was"),
                },
                () = stop.soft.cancelled() => return Ok(()),
            }
        }
    }

    pub(super) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, Fatal> {
        let versions =
            ServerConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
        let builder = versions.map_err(|e| Fatal::Other(format!("HTTPS cannot be prepared: {e}")))?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Both files, which must belong together.
fn read(files: &TlsFiles) -> Result<CertifiedKey, Fatal> {
    let unread = |path: &Path, why: pem::Error| fault(path, &pem_fault(&why));
    let chain = CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|why| unread(&files.certificate, why))?;
    if chain.is_empty() {
        return Err(unread(&files.certificate, pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|why| unread(&files.key, why))?;
    CertifiedKey::from_der(chain, key, &default_provider()).map_err(|why| match why {
        rustls::Error::InconsistentKeys(_) => fault(&files.key, "it is not the key of that certificate"),
        rustls::Error::InvalidCertificate(_) => fault(&files.certificate, &why.to_string()),
        other => fault(&files.key, &other.to_string()),
    })
}

fn fault(path: &Path, why: &str) -> Fatal {
    Fatal::Certificate { path: path.to_path_buf(), why: why.to_owned() }
}

fn pem_fault(why: &pem::Error) -> String {
    match why {
        pem::Error::NoItemsFound => "there is none in it in PEM".to_owned(),
        pem::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(dir: &Path, certificate: &str, key: &str) -> TlsFiles {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates");
        let copy = |name: &str, to: &str| {
            std::fs::copy(ours.join(name), dir.join(to)).unwrap();
            dir.join(to)
        };
        TlsFiles { certificate: copy(certificate, "cert.pem"), key: copy(key, "key.pem") }
    }

    #[test]
    fn files_that_are_no_pair_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let said = |files| Certificate::load(files).unwrap_err().to_string();
        let mixed = said(files(dir.path(), "first.cert.pem", "second.key.pem"));
        assert!(mixed.contains("key.pem") && mixed.contains("not the key of that certificate"), "{mixed}");
        let swapped = said(files(dir.path(), "first.key.pem", "first.cert.pem"));
        assert!(swapped.contains("cert.pem") && swapped.contains("there is none in it"), "{swapped}");
        let missing = TlsFiles { certificate: dir.path().join("nowhere.pem"), key: dir.path().join("key.pem") };
        assert!(said(missing).contains("nowhere.pem"));
    }

    #[test]
    fn a_bad_replacement_leaves_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let certificate = Certificate::load(files(dir.path(), "first.cert.pem", "first.key.pem")).unwrap();
        let shown = || certificate.shown.read().unwrap().cert[0].clone();
        let first = shown();
        files(dir.path(), "second.cert.pem", "first.key.pem");
        assert!(certificate.reload().is_err());
        assert_eq!(shown(), first);
        files(dir.path(), "second.cert.pem", "second.key.pem");
        certificate.reload().unwrap();
        assert_ne!(shown(), first);
    }
}
