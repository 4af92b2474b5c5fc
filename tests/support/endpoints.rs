//! The two endpoints as they are when all is well, and a key for them.

#![allow(dead_code, reason = "each test crate takes what it needs from here")]

use std::path::PathBuf;

use jiff::Timestamp;
use quantaprice_explorer::keys::{Environment, Profile, ProfileId, SecretPlace, SecretRecord};

use crate::server::{self, Request};

pub const SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";
pub const TOKEN: &str = "t0ken-of-the-test";

pub fn token_reply(_: &Request) -> Vec<u8> {
    server::json(&format!(r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":3600}}"#))
}

pub fn price_reply(_: &Request) -> Vec<u8> {
    server::json(r#"{"sku":"A","price":"12.10"}"#)
}

pub fn profile(token_url: &str, api_url: &str, ca_file: Option<PathBuf>) -> Profile {
    let now = Timestamp::now();
    let mut profile = Profile {
        id: ProfileId::random(),
        name: "Test".into(),
        environment: Environment::Development,
        client_id: "0123456789abcdef01234567".into(),
        token_url: token_url.parse().unwrap(),
        api_url: api_url.parse().unwrap(),
        ca_file,
        created: now,
        last_used: None,
        recent_skus: Vec::new(),
        field_map: quantaprice_explorer::prices::FieldMap::default(),
        secret: None,
    };
    profile.keep(SecretRecord::new(&SECRET.into(), SecretPlace::Memory, None, now));
    profile
}
