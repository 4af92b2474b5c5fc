//! A token with everything that was found out about it, made once for each token and each key file.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use super::check::{self, Check, Facts, Surroundings};
use super::claim::{self, ClaimRow};
use super::jwt::{self, Jwt, NotAJwt, Part};
use super::key_file::KeyFile;
use super::relative::relative;
use super::signature::{self, SignatureFault, Verified};
use super::visible::visible;

/// An inspected token. It has no `Debug`: it holds the token.
pub struct Inspection {
    jwt: Jwt,
    facts: Facts,
    /// The rows of the header; empty when it is broken.
    pub header: Vec<ClaimRow>,
    /// The rows of the payload; empty when it is broken.
    pub claims: Vec<ClaimRow>,
    hidden: usize,
    signature: Option<Result<Verified, SignatureFault>>,
}

impl Inspection {
    /// Takes the token apart. Its broken parts are told by [`Self::checks`].
    pub fn of(token: SecretString) -> Result<Self, NotAJwt> {
        let jwt = jwt::decode(token)?;
        let rows = |part: Part| {
            let json = if part == Part::Header { &jwt.header } else { &jwt.payload };
            json.as_ref().map(|json| claim::rows(json, part)).unwrap_or_default()
        };
        let (header, claims) = (rows(Part::Header), rows(Part::Payload));
        let hidden = header.iter().chain(&claims).map(|row| row.hidden).sum();
        Ok(Self { facts: Facts::of(&jwt), jwt, header, claims, hidden, signature: None })
    }

    /// Checks the signature with the keys of a file; without one, it is not known whether it holds.
    pub fn check_signature(&mut self, keys: Option<&KeyFile>) {
        self.signature = keys.map(|keys| signature::verify(&self.jwt, keys));
    }

    /// The checks, as they come out now.
    pub fn checks(&self, around: &Surroundings<'_>) -> Vec<Check> {
        check::all(&self.jwt, &self.facts, self.hidden, self.signature.as_ref(), around)
    }

    /// After which time a sentence or a relative time reads differently; nothing when the token names no date.
    pub fn changes_in(&self, now: Timestamp) -> Option<Duration> {
        let rows = self.claims.iter().filter_map(|row| row.at);
        rows.chain(self.facts.dates()).map(|at| relative(at, now).changes_in).min()
    }

    /// The value of a row on up to 8,000 characters, and how many more there are.
    pub fn in_full(&self, part: Part, row: &ClaimRow) -> Option<(String, usize)> {
        let json = if part == Part::Header { &self.jwt.header } else { &self.jwt.payload };
        claim::in_full(json.as_ref().ok()?, row)
    }

    /// The token at a glance: `RS256 · JWT · kid 2026-10-a`. The size is [`Self::size`].
    pub fn headline(&self) -> String {
        let mut facts: Vec<String> = Vec::new();
        facts.extend(self.facts.alg().map(|alg| visible(alg, 20).text));
        facts.push(self.jwt.header_text("typ").map_or_else(|| "JWT".to_owned(), |typ| visible(&typ, 20).text));
        facts
            .push(self.facts.kid().map_or_else(|| "no kid".to_owned(), |kid| format!("kid {}", visible(kid, 40).text)));
        facts.join(" · ")
    }

    /// The size of the token in bytes.
    pub fn size(&self) -> usize {
        self.jwt.size()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::http::Offset;
    use crate::inspect::{Granted, Verdict, paste};

    const NOW: i64 = 1_795_527_173;
    const GOOD: &str = r#"{"iss":"https://login.quantaprice.com","aud":"https://api.quantaprice.com","iat":1795526801,"nbf":1795526801,"exp":1795530401}"#;

    fn token(header: &str, payload: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
    }

    fn checks_of(token: &str, granted: Option<Granted>) -> Vec<Check> {
        checks_by(token, granted, None)
    }

    fn checks_by(token: &str, granted: Option<Granted>, clock: Option<Offset>) -> Vec<Check> {
        let token_url = Url::parse("https://login.quantaprice.com/oauth2/token").unwrap();
        let api_url = Url::parse("https://api.quantaprice.com/api/v1").unwrap();
        let around = Surroundings {
            now: Timestamp::from_second(NOW).unwrap(),
            token_url: Some(&token_url),
            api_url: Some(&api_url),
            granted,
            clock,
        };
        Inspection::of(token.into()).unwrap_or_else(|fault| panic!("{fault}")).checks(&around)
    }

    fn checks(payload: &str) -> Vec<Check> {
        checks_of(&token(r#"{"alg":"RS256","kid":"a"}"#, payload), None)
    }

    #[track_caller]
    fn assert_check(checks: &[Check], name: &str, verdict: Verdict, words: &str) {
        let check = checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no {name}: {checks:?}"));
        assert!(check.verdict == verdict && check.sentence.contains(words), "{check:?}");
    }

    fn granted(requested_at: i64, expires_in: u64) -> Granted {
        Granted {
            requested_at: Timestamp::from_second(requested_at).unwrap(),
            expires_in: Duration::from_secs(expires_in),
        }
    }

    #[test]
    fn a_token_as_documented_passes_and_only_the_signature_is_not_known() {
        let checks = checks_of(&token(r#"{"alg":"RS256","kid":"a"}"#, GOOD), Some(granted(1_795_526_800, 3600)));
        for check in &checks {
            let expected = if check.name == "Signature" { Verdict::NotKnown } else { Verdict::Good };
            assert_eq!(check.verdict, expected, "{check:?}");
        }
        assert_eq!(checks.len(), 10);
        assert_check(&checks, "Expiry", Verdict::Good, "another 53:48");
        assert_check(&checks, "expires_in", Verdict::Good, "3600 s agrees with exp − iat (3600 s)");
    }

    #[test]
    fn a_date_in_the_future_names_the_clock_that_is_known_to_be_wrong() {
        let ahead = |secs| token(r#"{"alg":"RS256"}"#, &format!(r#"{{"nbf":{0},"iat":{0}}}"#, NOW + secs));
        let about = |secs: i64| {
            let half = jiff::SignedDuration::from_millis(500);
            let middle = jiff::SignedDuration::from_secs(secs);
            Some(Offset::between(middle - half, middle + half))
        };
        let slow = checks_by(&ahead(360), None, about(360));
        assert_check(&slow, "Clock", Verdict::Doubt, "this PC's is 6 min slow (±1 s)");
        assert_check(&slow, "Not before", Verdict::Doubt, "by this PC; this PC's clock is 6 min slow (±1 s)");
        assert_check(&slow, "Issued at", Verdict::Doubt, "in the future: this PC's clock is 6 min slow (±1 s)");
        let right = checks_by(&ahead(360), Some(granted(NOW, 3600)), about(0));
        assert_check(&right, "Clock", Verdict::Good, "this PC's is right (±1 s)");
        assert_check(&right, "Not before", Verdict::Bad, "this PC's clock is right (±1 s)");
        assert_check(&right, "Issued at", Verdict::Doubt, "after it was asked for; this PC's clock is right");
    }

    #[test]
    fn expires_in_and_exp_that_differ_are_told_with_both_figures() {
        let checks = checks_of(&token(r#"{"alg":"RS256"}"#, GOOD), Some(granted(1_795_526_800, 7200)));
        assert_check(
            &checks,
            "expires_in",
            Verdict::Doubt,
            "said 7200 s, but exp − iat is 3600 s: it dies 1 h earlier",
        );
        let checks =
            checks_of(&token(r#"{"alg":"RS256"}"#, r#"{"exp":1795530401}"#), Some(granted(1_795_526_800, 3600)));
        assert_check(&checks, "expires_in", Verdict::Good, "the time of the request");
        let checks = checks_of(&token(r#"{"alg":"RS256"}"#, "{}"), Some(granted(1_795_526_800, 3600)));
        assert_check(&checks, "expires_in", Verdict::NotKnown, "no readable exp");
    }

    #[test]
    fn an_expired_token_and_one_from_the_future_are_told() {
        assert_check(&checks(r#"{"exp":1795527000}"#), "Expiry", Verdict::Bad, "Expired 2:53 ago");
        assert_check(&checks("{}"), "Expiry", Verdict::Doubt, "No exp");
        assert_check(&checks(r#"{"nbf":1795527203}"#), "Not before", Verdict::Doubt, "0:30");
        assert_check(&checks(r#"{"nbf":1795527533}"#), "Not before", Verdict::Bad, "another 6:00");
        assert_check(&checks(r#"{"iat":1795527533}"#), "Issued at", Verdict::Doubt, "Issued 6:00 in the future");
        let late = checks_of(&token(r#"{"alg":"RS256"}"#, GOOD), Some(granted(1_795_526_441, 3600)));
        assert_check(
            &late,
            "Issued at",
            Verdict::Doubt,
            "Issued 6 min after it was asked for: this PC's clock is behind",
        );
    }

    #[test]
    fn the_lifetime_is_held_against_the_documented_hour() {
        assert_check(
            &checks(r#"{"iat":1795526801,"exp":1795527101}"#),
            "Lifetime",
            Verdict::Doubt,
            "Lives 5 min (300 s)",
        );
        assert_check(&checks(r#"{"iat":1795526801,"exp":1795526801}"#), "Lifetime", Verdict::Bad, "before it begins");
        assert_check(&checks(r#"{"exp":1795526801}"#), "Lifetime", Verdict::NotKnown, "how long");
    }

    #[test]
    fn issuer_and_audience_are_held_against_the_profile() {
        for (iss, verdict, words) in [
            (r#""https://login.quantaprice.com/""#, Verdict::Good, "the host of the token URL"),
            (r#""login.quantaprice.com""#, Verdict::Good, "the host"),
            (r#""https://staging.quantaprice.com""#, Verdict::Doubt, "another host of the domain"),
            (r#""https://login.quantaprice.com:8443""#, Verdict::Doubt, "another environment"),
            (r#""https://quantaprice.com.evil.example""#, Verdict::Doubt, "another environment"),
            (r#""quantaprice""#, Verdict::NotKnown, "a name and no address"),
            (r#"["a","b"]"#, Verdict::Doubt, "where one text belongs"),
            ("17", Verdict::Doubt, "where one text belongs"),
        ] {
            assert_check(&checks(&format!(r#"{{"iss":{iss}}}"#)), "Issuer", verdict, words);
        }
        let list = r#"{"aud":["prices","https://api.quantaprice.com/api/v1"]}"#;
        assert_check(&checks(list), "Audience", Verdict::Good, "api.quantaprice.com");
        assert_check(
            &checks(r#"{"aud":"https://api.example"}"#),
            "Audience",
            Verdict::Doubt,
            "not api.quantaprice.com",
        );
        assert_check(&checks(r#"{"aud":{}}"#), "Audience", Verdict::Doubt, "a list of texts");
    }

    #[test]
    fn weak_algorithms_are_flagged() {
        for (header, verdict, words) in [
            (r#"{"alg":"none"}"#, Verdict::Bad, "not signed"),
            (r#"{"alg":"NonE"}"#, Verdict::Bad, "not signed"),
            (r#"{"alg":"HS256"}"#, Verdict::Doubt, "symmetric"),
            (r#"{"alg":"ES256"}"#, Verdict::Good, "private key"),
            (r#"{"alg":"XX"}"#, Verdict::Doubt, "no registered"),
            (r#"{"alg":5}"#, Verdict::Bad, "a number"),
            ("{}", Verdict::Bad, "no algorithm"),
        ] {
            assert_check(&checks_of(&token(header, "{}"), None), "Algorithm", verdict, words);
        }
        assert_check(&checks_of(&token("{}", "{}"), None), "Key ID", Verdict::NotKnown, "No kid");
    }

    #[test]
    fn odd_dates_never_mislead() {
        for (exp, verdict, words) in [
            ("\"1795530401\"", Verdict::Doubt, "is text where RFC 7519 wants a number"),
            ("1795530401.9", Verdict::Good, "another 53:48"),
            ("1e300", Verdict::Bad, "no calendar reaches"),
            ("-1", Verdict::Bad, "Expired 56 years ago"),
            ("1795530401000", Verdict::Bad, "milliseconds"),
            ("null", Verdict::Bad, "no number"),
        ] {
            assert_check(&checks(&format!(r#"{{"exp":{exp}}}"#)), "Expiry", verdict, words);
        }
    }

    #[test]
    fn duplicates_hidden_characters_and_extensions_are_flagged() {
        let odd = checks_of(
            &token(r#"{"alg":"RS256","crit":["exp2"]}"#, "{\"exp\":1,\"exp\":1795530401,\"sub\":\"a\u{202e}b\"}"),
            None,
        );
        assert_check(&odd, "Duplicate names", Verdict::Doubt, "“exp” is named more than once");
        assert_check(&odd, "Expiry", Verdict::Good, "53:48");
        assert_check(&odd, "Hidden characters", Verdict::Doubt, "1 character that");
        assert_check(&odd, "Extensions", Verdict::Doubt, "exp2");
        assert!(checks(GOOD).iter().all(|check| check.name != "Duplicate names"), "nothing is said where nothing is");
    }

    #[test]
    fn a_broken_part_is_a_check_of_its_own_and_the_rest_is_still_judged() {
        let two_parts = token(r#"{"alg":"RS256"}"#, GOOD);
        let checks = checks_of(two_parts.rsplit_once('.').unwrap().0, None);
        assert_check(&checks, "Signature", Verdict::Bad, "two parts instead of three");
        assert_check(&checks, "Issuer", Verdict::Good, "the host");
        let checks = checks_of(&format!("{}.e31.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#)), None);
        assert_check(&checks, "Payload", Verdict::Bad, "last character");
        assert!(checks.iter().all(|check| check.name != "Expiry"));
    }

    #[test]
    fn the_headline_names_algorithm_kind_and_key() {
        let read = Inspection::of(token(r#"{"alg":"RS256","typ":"JWT","kid":"2026-10-a"}"#, "{}").into()).ok().unwrap();
        assert_eq!(read.headline(), "RS256 · JWT · kid 2026-10-a");
        assert_eq!(Inspection::of(token("{}", "{}").into()).ok().unwrap().headline(), "JWT · no kid");
    }

    #[test]
    fn what_counts_says_when_it_changes_and_what_does_not_stays() {
        let now = Timestamp::from_second(NOW).unwrap();
        let read = |payload: &str| Inspection::of(token("{}", payload).into()).ok().unwrap().changes_in(now);
        assert_eq!(read("{}"), None);
        assert!(read(GOOD).unwrap() <= Duration::from_secs(1));
        assert!(read(r#"{"exp":1}"#).unwrap() >= Duration::from_secs(1));
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("null".to_owned()),
            Just("1e300".to_owned()),
            Just("[[],{}]".to_owned()),
            any::<i64>().prop_map(|number| number.to_string()),
            any::<f64>()
                .prop_filter("JSON has no such number", |number| number.is_finite())
                .prop_map(|number| format!("{number:e}")),
            any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        ]
    }

    proptest! {
        #[test]
        fn no_values_of_known_claims_make_it_panic(
            values in prop::collection::vec((prop::sample::select(vec!["exp", "iat", "nbf", "iss", "aud", "alg", "kid", "crit", "typ"]), value()), 0..12),
            now in -2_000_000_000_i64..200_000_000_000,
        ) {
            let members: Vec<_> = values.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let json = format!("{{{}}}", members.join(","));
            let url = Url::parse("https://login.quantaprice.com").unwrap();
            let read = Inspection::of(token(&json, &json).into()).ok().unwrap();
            let now = Timestamp::from_second(now).unwrap();
            let around = Surroundings { now, token_url: Some(&url), api_url: Some(&url), granted: Some(granted(NOW, 3600)), clock: None };
            prop_assert!(!read.checks(&around).is_empty());
            prop_assert_eq!(read.claims.len(), values.len());
            _ = (read.headline(), read.changes_in(now));
        }

        #[test]
        fn no_paste_makes_it_panic(text in any::<String>()) {
            if let Ok(found) = paste::find(&text) {
                _ = Inspection::of(found.token).map(|read| read.headline());
            }
        }
    }
}
