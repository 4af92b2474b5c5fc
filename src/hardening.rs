//! Keeps what this process holds in memory from leaving it: no core dumps, no debugger of another program, no panic that prints
//! what it was handling (K9). Called first in `main`, for the window and the command line alike.
//!
//! | System | Core dumps | Reading the memory of the running process |
//! | --- | --- | --- |
//! | Linux | off: not dumpable, and a limit of zero | refused to other programs of the same user; root can |
//! | macOS | off: a limit of zero | left to the system: a hardened, signed build refuses debuggers |
//! | Windows | left to the system: error reports are made as the administrator set them up | left to the system: programs of the same user can |
//!
//! Refuses to fail: where the system does not let itself be told, the program runs all the same.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;

/// Does all that this system can do, and sets the panic hook.
pub fn protect() {
    keep_memory_in();
    std::panic::set_hook(Box::new(|info| say(&sentence(info))));
}

#[cfg(unix)]
fn keep_memory_in() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Neither alone is enough: a limit of zero does not keep the kernel from handing a dump to a program such as systemd-coredump,
    // and whether a process is dumpable does not outlive the start of another program in it.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

#[cfg(not(unix))]
fn keep_memory_in() {}

/// Where it broke, and no more: a message that was put together while running can hold a secret. One that stands in the source
/// as it is cannot.
fn sentence(info: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("without a name");
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let what = fixed_words(info.payload()).map(|words| format!(": {words}")).unwrap_or_default();
    let trace = Backtrace::capture();
    let trace = if trace.status() == BacktraceStatus::Captured { format!("\n{trace}") } else { String::new() };
    format!("The program broke at {place}, in the thread “{name}”{what}.{trace}")
}

/// The message of a panic if it was fixed when the program was built.
fn fixed_words(payload: &(dyn Any + Send)) -> Option<&'static str> {
    payload.downcast_ref::<&'static str>().copied()
}

fn say(sentence: &str) {
    use std::io::Write as _;
    // Not `eprintln!`, which panics when nobody reads standard error any more.
    _ = writeln!(std::io::stderr(), "{sentence}");
}
