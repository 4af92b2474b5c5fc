//! The real program in a real window, on a desktop of its own: home folder, session bus, keyring, X server, accessibility.
//!
//! Owns the list of scenarios and how they are started; the scenarios themselves are Python scripts in `tests/window/`, because
//! what reads the accessibility tree there is the system's own AT-SPI library. Needs `--features real-window` and the packages
//! that `make test` installs. Refuses to share anything with the desktop it is started from, or between two tests.
//!
//! Logs and pictures of the last run are in `target/tmp/window/<scenario>/`.

#![expect(clippy::expect_used, reason = "a test that cannot start its scenario has failed, and says why")]

use std::path::Path;
use std::process::{Command, Stdio};

/// Not `python3` from `PATH`: a Python that the user installed does not see the system's `gi`.
const PYTHON: &str = "/usr/bin/python3";

/// The main job on a machine with a keyring, with the secret revealed once, and once more by the command line.
#[test]
fn k1_k7_k11_a_saved_key_survives_a_restart_looks_a_price_up_and_leaves_nothing_behind_when_deleted() {
    play("main_job");
}

#[test]
fn k1_k3_without_a_keyring_the_window_names_what_is_missing_and_offers_memory_only() {
    play("keyring_absent");
}

#[test]
fn k3_a_locked_keyring_is_named_and_nothing_typed_is_lost() {
    play("keyring_locked");
}

#[test]
fn k3_a_keyring_that_refuses_is_not_called_missing_and_the_key_works_from_memory() {
    play("keyring_denied");
}

#[test]
fn k3_k11_two_secrets_for_one_key_are_named_and_deleted_together() {
    play("keyring_ambiguous");
}

#[test]
fn k2_the_window_goes_on_and_closes_at_once_while_the_keyring_hangs() {
    play("keyring_hangs");
}

#[test]
fn k3_a_keyring_that_comes_late_or_restarts_works_without_restarting_the_program() {
    play("keyring_restarts");
}

#[test]
fn t19_a_wrong_new_secret_keeps_the_old_one_and_a_right_one_works_at_once() {
    play("secret_replaced");
}

/// Takes a minute: the 45 seconds are waited for.
#[test]
fn k8_a_second_program_finds_the_copied_token_until_it_is_cleared() {
    play("clipboard");
}

#[test]
fn two_windows_on_one_settings_file_lose_nothing() {
    play("two_windows");
}

#[test]
fn a_price_can_be_looked_up_with_the_keyboard_alone() {
    play("keyboard_only");
}

#[test]
fn a_key_can_be_saved_used_and_deleted_with_the_keyboard_alone() {
    play("keyboard_key");
}

#[test]
fn without_a_display_the_program_says_so_and_ends() {
    play("no_display");
}

/// What `make run` does where there is no display.
#[test]
fn the_sandbox_answers_a_first_lookup_in_the_window() {
    play("first_lookup");
}

#[test]
#[ignore = "GTK's dialog sometimes loses the Return that accepts a path; run it alone with --ignored"]
fn p6_a_list_is_opened_and_an_export_saved_through_the_systems_own_dialogs() {
    play("file_dialogs");
}

/// Runs one scenario to its end and shows all it said when it failed.
fn play(scenario: &str) {
    let artefacts = Path::new(env!("CARGO_TARGET_TMPDIR")).join("window").join(scenario);
    std::fs::create_dir_all(&artefacts).expect("the folder for logs and pictures can be made");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/window").join(scenario).with_extension("py");
    let played = Command::new(PYTHON)
        // No byte code beside the scripts: the source tree stays as it was.
        .arg("-B")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_quantaprice-explorer"))
        .arg(artefacts.join("picture.png"))
        .env("WINDOW_TEST_ARTEFACTS", &artefacts)
        .stdin(Stdio::null())
        .output()
        .expect("the system's Python starts; `make test` installs it");
    assert!(
        played.status.success(),
        "{scenario} failed with {}\n{}{}",
        played.status,
        String::from_utf8_lossy(&played.stdout),
        String::from_utf8_lossy(&played.stderr),
    );
}
