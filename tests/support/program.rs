//! The real program in a process of its own, and what it said.

#![allow(dead_code, reason = "each test crate takes what it needs from here")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The program with nothing in its environment but a home that is empty and gone afterwards.
pub struct Bench {
    pub home: tempfile::TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quantaprice-explorer"));
        command.env_clear().env("HOME", self.home.path()).env("QUANTAPRICE_CONFIG_DIR", self.home.path());
        // Windows opens no socket and draws no random number for a program that does not know where the system is.
        command.envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)));
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().unwrap()
    }
}

pub fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

pub fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().expect("the program was not killed")
}

pub fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn skus(text: &str) -> Vec<String> {
    lines(text).iter().map(|line| line["sku"].as_str().unwrap().to_owned()).collect()
}

/// The program's `sandbox` command in a process of its own, and the variables that it tells people to export.
pub struct SandboxProcess {
    child: Child,
    pub variables: HashMap<String, String>,
}

impl SandboxProcess {
    pub fn start(bench: &Bench, faults: &[&str]) -> Self {
        let mut arguments = vec!["sandbox"];
        for fault in faults {
            arguments.extend(["--fault", fault]);
        }
        let mut child = bench.program(&arguments).stderr(Stdio::null()).spawn().unwrap();
        let mut variables = HashMap::new();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        while variables.len() < 4 {
            let mut line = String::new();
            assert_ne!(reader.read_line(&mut line).unwrap(), 0, "the sandbox ended before it named its key");
            if let Some((name, value)) = line.trim().strip_prefix("export ").and_then(|rest| rest.split_once('=')) {
                variables.insert(name.to_owned(), value.trim_matches('\'').to_owned());
            }
        }
        // What else it prints must find a reader, or it ends before it serves.
        std::thread::spawn(move || reader.read_to_end(&mut vec![]));
        Self { child, variables }
    }

    pub fn secret(&self) -> &str {
        &self.variables["QUANTAPRICE_CLIENT_SECRET"]
    }
}

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
