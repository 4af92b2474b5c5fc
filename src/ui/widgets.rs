//! The parts that views are built of. They take plain data and return what happened;
//! they know nothing of keys, tokens or prices. Each is reachable by keyboard and has its visible word as its name.

mod button;
mod chip;
mod env_tag;
mod paint;
mod ring;
mod tone;

pub use button::{Button, Look};
pub use chip::Chip;
pub use env_tag::{EnvTag, EnvTone};
pub use ring::{Ring, RingCentre, RingFill, RingSize};
pub use tone::Tone;
