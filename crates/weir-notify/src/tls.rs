//! Whom connections trust: the system's authorities, or those of a file.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// The certificates of authorities.
///
/// # Errors
/// There are none, in words.
pub(crate) fn authorities(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    match file {
        Some(path) => {
            let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
            match found {
                Ok(found) if found.is_empty() => Err(format!("{} holds no certificate", path.display())),
                Ok(found) => Ok(found),
                Err(cause) => Err(format!("cannot read {}: {cause}", path.display())),
            }
        }
        None => Ok(rustls_native_certs::load_native_certs().certs),
    }
}

/// What a TLS client needs.
///
/// # Errors
/// The authorities cannot be used, in words.
pub(crate) fn client(file: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    // Of the system's store some may be of kinds that are not understood; those of a file must be.
    let (_, unusable) = roots.add_parsable_certificates(authorities(file)?);
    if let Some(path) = file.filter(|_| unusable > 0) {
        return Err(format!("{} has {unusable} certificates that cannot be used", path.display()));
    }
    let client = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|cause| cause.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(client))
}
