//! A certificate authority of a test's own, and servers with the certificates that it signs.

#![allow(dead_code, reason = "each test crate takes what it needs from here")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long a server's certificate lives: macOS trusts none that lives for longer than 825 days.
const LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// A certificate authority of the test's own, in a file as a user would name it.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    pub fn new() -> Self {
        Self::named("rcgen self signed cert")
    }

    /// With a name of its own, as certificates give it.
    pub fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { issuer: Issuer::new(params, key), folder }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A server whose certificate is valid now, or was over in `last_year` if that is past.
    pub fn acceptor(&self, name: &str, last_year: i32) -> TlsAcceptor {
        let end = rcgen::date_time_ymd(1970, 1, 1) + since_1970() + LIFETIME - DAY;
        self.acceptor_with(name, |params| params.not_after = rcgen::date_time_ymd(last_year, 1, 1).min(end))
    }

    /// With a certificate that ended so long ago.
    #[allow(dead_code, reason = "each test crate takes what it needs from here")]
    pub fn acceptor_that_ended(&self, name: &str, ago: Duration) -> TlsAcceptor {
        self.acceptor_with(name, |params| {
            params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970().saturating_sub(ago);
        })
    }

    /// With a certificate that is made as a CA's.
    pub fn acceptor_of_an_authority(&self, name: &str) -> TlsAcceptor {
        self.acceptor_with(name, |params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970() + LIFETIME - DAY;
        })
    }

    fn acceptor_with(&self, name: &str, end: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        end(&mut params);
        params.not_before = params.not_after - LIFETIME;
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
