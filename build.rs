//! Tells the program what it was built with, so that a support bundle can name it.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.lock");
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let lock = std::fs::read_to_string(Path::new(&folder).join("Cargo.lock")).unwrap_or_default();
    for (name, variable) in
        [("egui", "EGUI"), ("reqwest", "REQWEST"), ("rustls", "RUSTLS"), ("keyring", "KEYRING"), ("tokio", "TOKIO")]
    {
        println!("cargo:rustc-env=BUILT_WITH_{variable}={}", version_in(&lock, name).unwrap_or("unknown"));
    }
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(compiler).arg("--version").output().ok();
    let said = said.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let version = said.split(' ').nth(1).unwrap_or("unknown").trim();
    println!("cargo:rustc-env=BUILT_WITH_RUST={version}");
    println!("cargo:rustc-env=BUILT_FOR={}", std::env::var("TARGET").unwrap_or_else(|_| "unknown".into()));
}

/// The version of a package in `Cargo.lock`; of several, the last.
fn version_in<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = lock.rsplit_once(&format!("\nname = \"{name}\"\n"))?;
    after.strip_prefix("version = \"")?.split('"').next()
}
