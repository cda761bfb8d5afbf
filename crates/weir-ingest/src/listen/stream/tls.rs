//! The server's side of TLS, made from PEM files.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};

use crate::ListenAddress;
use crate::config::TlsConfig;
use crate::listen::error::ListenError;

const CERTIFICATE: &str = "listen.tls.certificate";
const KEY: &str = "listen.tls.key";
const CLIENT_CA: &str = "listen.tls.client_ca";

/// Reads certificate, key and, where exporters must have certificates themselves, the authorities that sign them.
pub(in crate::listen) fn server_config(
    address: ListenAddress,
    config: &TlsConfig,
) -> Result<Arc<ServerConfig>, ListenError> {
    let unset = |missing| ListenError::TlsUnset { address, missing };
    let certificate = config.certificate.as_deref().ok_or_else(|| unset(CERTIFICATE))?;
    let key = config.key.as_deref().ok_or_else(|| unset(KEY))?;
    let chain = certificates(CERTIFICATE, certificate)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|cause| wrong(KEY, key, &cause))?;

    // Named, so that another TLS provider in the same process cannot make the choice ambiguous.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = match config.client_ca.as_deref() {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates(CLIENT_CA, path)? {
                roots.add(authority).map_err(|cause| wrong(CLIENT_CA, path, &cause))?;
            }
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(|cause| wrong(CLIENT_CA, path, &cause))?
        }
    };
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| wrong(CERTIFICATE, certificate, &cause))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, private)
        .map_err(|cause| wrong(KEY, key, &format!("{cause} (certificate: {})", certificate.display())))?;
    // Exporters keep their connection: nothing is gained by remembering sessions.
    server.session_storage = Arc::new(NoServerSessionStorage {});
    server.send_tls13_tickets = 0;
    Ok(Arc::new(server))
}

fn certificates(key: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, ListenError> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|cause| wrong(key, path, &cause))?;
    if found.is_empty() { Err(wrong(key, path, &"it holds no certificate")) } else { Ok(found) }
}

fn wrong(key: &'static str, path: &Path, problem: &dyn Display) -> ListenError {
    ListenError::TlsFile { key, path: path.to_owned(), problem: problem.to_string() }
}
