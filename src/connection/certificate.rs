//! What a certificate says of itself: whom it is for, who issued it, when it is good. Shown whether it is trusted or not, since a
//! proxy that looks into traffic is known by its issuer.
//!
//! Refuses to judge: that is the trust store's. Every text is cleaned, since anybody can write anything into a certificate.

use std::fmt::Write as _;

use jiff::Timestamp;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::X509Name;

use super::report::Fact;
use crate::http::error_body::clean;
use crate::http::server_clock::length;

/// So many of the names that a certificate is for are shown.
const MOST_NAMES: usize = 6;
/// So many certificates of a chain are looked at.
const MOST_CERTIFICATES: usize = 10;

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    /// The hosts that it is for.
    pub names: Vec<String>,
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Certificate {
    /// Reads one from DER; nothing when it is none.
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let alternatives = certificate.subject_alternative_name().ok().flatten();
        let names = alternatives.map(|names| names.value.general_names.iter().filter_map(host).collect());
        let time = |secs: i64| Timestamp::from_second(secs).ok();
        Some(Self {
            subject: name(certificate.subject()),
            issuer: name(certificate.issuer()),
            names: names.unwrap_or_default(),
            from: time(certificate.validity().not_before.timestamp())?,
            until: time(certificate.validity().not_after.timestamp())?,
        })
    }

    /// Whole days until it ends; negative when it has ended.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        self.until.duration_since(now).as_secs().div_euclid(24 * 3600)
    }

    /// How long it is still good, in words.
    pub fn left(&self, now: Timestamp) -> String {
        if now < self.from {
            return format!("not valid before {}", self.from.strftime("%-d %b %Y"));
        }
        match self.days_left(now) {
            // In the words of the fault that says the same of it.
            ..0 => format!("ended {} ago", length(now.duration_since(self.until))),
            0 => "ends within a day".into(),
            days => format!("{} left", days_in_words(days)),
        }
    }
}

fn days_in_words(days: i64) -> String {
    if days == 1 { "1 day".into() } else { format!("{days} days") }
}

fn host(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(clean(name)),
        GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
        GeneralName::IPAddress(bytes) => {
            let bytes: [u8; 16] = (*bytes).try_into().ok()?;
            Some(std::net::Ipv6Addr::from(bytes).to_string())
        }
        _ => None,
    }
}

/// The common name and the organisation, or whatever there is.
fn name(name: &X509Name<'_>) -> String {
    let first = |text: Option<&str>| text.map(clean).filter(|text| !text.trim().is_empty());
    let common = first(name.iter_common_name().next().and_then(|part| part.as_str().ok()));
    let organisation = first(name.iter_organization().next().and_then(|part| part.as_str().ok()));
    match (common, organisation) {
        (Some(common), Some(organisation)) if !common.contains(&organisation) => format!("{common}, {organisation}"),
        (Some(common), _) => common,
        (None, Some(organisation)) => organisation,
        (None, None) => {
            let whole = clean(&name.to_string());
            if whole.is_empty() { "nobody named".into() } else { whole }
        }
    }
}

/// The certificates in a PEM file, or why there are none. Reads the file, so not for a frame.
pub fn in_file(path: &std::path::Path) -> Result<Vec<Certificate>, String> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    let bytes = std::fs::read(path).map_err(|error| crate::http::fault::without_number(&error.to_string()))?;
    let all =
        CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    Ok(all.iter().filter_map(|der| Certificate::read(der)).collect())
}

/// What there is to say of a server's certificates, its own first.
pub fn facts(chain: &[Certificate], now: Timestamp) -> Vec<Fact> {
    let Some(own) = chain.first() else { return Vec::new() };
    let mut names = own.names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
    if own.names.len() > MOST_NAMES {
        let _infallible = write!(names, " and {} more", own.names.len() - MOST_NAMES);
    }
    if names.is_empty() {
        names.clone_from(&own.subject);
    }
    let day = |at: Timestamp| at.strftime("%-d %b %Y").to_string();
    let mut way: Vec<&str> = chain.iter().take(MOST_CERTIFICATES).map(|one| one.subject.as_str()).collect();
    if let Some(last) = chain.iter().take(MOST_CERTIFICATES).next_back()
        && last.issuer != last.subject
    {
        way.push(&last.issuer);
    }
    vec![
        Fact { name: "Certificate for", value: names },
        Fact { name: "Issued by", value: own.issuer.clone() },
        Fact { name: "Valid", value: format!("{} to {}, {}", day(own.from), day(own.until), own.left(now)) },
        Fact { name: "Chain", value: way.join(" < ") },
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    use super::*;

    fn made(common: &str, organisation: &str) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["api.example.com".into(), "10.1.2.3".into()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common);
        params.distinguished_name.push(DnType::OrganizationName, organisation);
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 12, 1);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn a_certificate_says_whom_it_is_for_and_how_long() {
        let read = Certificate::read(&made("Inspection CA", "Example Corp")).unwrap();
        assert_eq!(read.issuer, "Inspection CA, Example Corp");
        assert_eq!(read.names, ["api.example.com", "10.1.2.3"]);
        let left = |text: &str| read.left(text.parse().unwrap());
        assert_eq!(left("2026-11-24T00:00:00Z"), "7 days left");
        assert_eq!(left("2026-11-30T12:00:00Z"), "ends within a day");
        assert_eq!(left("2026-12-02T12:00:00Z"), "ended 36 h ago");
        assert_eq!(left("2026-12-05T14:00:00Z"), "ended 4 days ago", "whole days only, as the fault counts them");
        assert_eq!(left("2025-12-31T12:00:00Z"), "not valid before 1 Jan 2026");
        let facts = facts(&[read], "2026-11-24T00:00:00Z".parse().unwrap());
        assert_eq!(facts[2].value, "1 Jan 2026 to 1 Dec 2026, 7 days left");
        assert_eq!(facts[3].value, "Inspection CA, Example Corp", "one that vouches for itself is named once");
    }

    #[test]
    fn what_a_certificate_says_cannot_turn_the_line() {
        let read = Certificate::read(&made("Bank\u{202e}AC\r\n", "")).unwrap();
        assert_eq!(read.issuer, "BankAC");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
            _ = Certificate::read(&bytes);
            let mut good = made("A", "B");
            for (at, byte) in bytes.iter().enumerate() {
                let at = at * 7 % good.len();
                good[at] ^= byte;
            }
            _ = Certificate::read(&good);
        }
    }
}
