//! What a running process of the program gives away of its memory, read back from the system (K9).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::process::Command;

use quantaprice_explorer::hardening;

const SECRET: &str = "cafe0123cafe4567cafe89abcafecdefcafe0123cafe4567cafe89abcafecdef";
/// Set in the process that is to panic.
const BREAK: &str = "HARDENING_TEST_BREAKS";

/// Runs in a process of its own, started by the test below.
#[test]
#[ignore = "it panics on purpose, in a process of its own"]
fn breaks() {
    hardening::protect();
    let secret = std::env::var(BREAK).unwrap();
    let outcomes = [
        std::panic::catch_unwind(|| panic!("the client secret {secret} is wrong")),
        std::panic::catch_unwind(|| assert_eq!(secret.parse::<u8>().map_err(|_| secret.clone()).unwrap(), 0)),
        std::panic::catch_unwind(|| std::panic::panic_any(secret.clone())),
        std::panic::catch_unwind(|| panic!("words of the source")),
    ];
    assert!(outcomes.iter().all(Result::is_err));
    std::thread::Builder::new().name("worker".into()).spawn(move || panic!("{secret}")).unwrap().join().unwrap_err();
}

#[test]
fn k9_a_panic_says_where_and_never_what_it_was_handling() {
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "breaks", "--ignored", "--nocapture"])
        .env(BREAK, SECRET)
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}");
    assert_eq!(said.matches("The program broke at tests/hardening.rs:").count(), 5, "{said}");
    assert!(said.contains("in the thread “worker”."), "{said}");
    assert!(said.contains(": words of the source."), "{said}");
    assert!(said.contains("hardening::breaks"), "the trace that was asked for is there:\n{said}");
    assert!(!said.contains("cafe"), "{said}");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Stdio};

    use super::*;

    /// Of nobody, so that root's rights are not what is tested.
    const NOBODY: u32 = 65_534;

    /// Ends with the test.
    struct Running(Child);

    impl Drop for Running {
        fn drop(&mut self) {
            _ = self.0.kill();
            _ = self.0.wait();
        }
    }

    impl Running {
        fn start(command: &mut Command) -> Self {
            let command = as_somebody(command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
            Self(command.spawn().unwrap())
        }

        fn proc(&self, file: &str) -> PathBuf {
            Path::new("/proc").join(self.0.id().to_string()).join(file)
        }
    }

    /// Not as root: root may read everything.
    fn as_somebody(command: &mut Command) -> &mut Command {
        if rustix::process::geteuid().is_root() { command.uid(NOBODY).gid(NOBODY) } else { command }
    }

    /// Whether another program of the same user can read what only a debugger may.
    fn can_be_read(process: &Running) -> bool {
        let mut reader = Command::new("cat");
        reader.arg(process.proc("environ")).stdout(Stdio::null()).stderr(Stdio::null());
        as_somebody(&mut reader).status().unwrap().success()
    }

    #[test]
    fn k9_a_running_program_dumps_no_core_and_lets_nobody_read_its_memory() {
        // A copy where every user can reach it.
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = folder.path().join("quantaprice-explorer");
        fs::copy(env!("CARGO_BIN_EXE_quantaprice-explorer"), &program).unwrap();

        let mut other = Running::start(Command::new("sleep").arg("60").env_clear().env("PATH", "/usr/bin:/bin"));
        assert!(can_be_read(&other), "a program that does nothing about it can be read, so this test can tell");
        other.0.kill().unwrap();

        let home = folder.path();
        let mut process = Running::start(Command::new(&program).arg("sandbox").env_clear().env("HOME", home));
        // Its first line comes when it is up.
        let mut said = std::io::BufReader::new(process.0.stdout.take().unwrap());
        let mut line = String::new();
        std::io::BufRead::read_line(&mut said, &mut line).unwrap();
        assert!(!line.is_empty(), "the sandbox says where it is");

        let limits = fs::read_to_string(process.proc("limits")).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..], ["0", "0", "bytes"], "{core}");
        // The files of a process that is not dumpable belong to root, and its user cannot read them.
        let owner = fs::metadata(process.proc("environ")).unwrap().uid();
        assert_eq!(owner, 0, "it is dumpable");
        assert!(!can_be_read(&process), "another program of the same user can read its memory");
    }
}
