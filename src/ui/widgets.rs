//! The parts that views are built of. They take plain data and return what happened;
//! they know nothing of keys, tokens or prices. Each is reachable by keyboard and has its visible word as its name.

mod body_rows;
mod body_text;
mod body_tree;
mod button;
mod card;
mod chip;
mod env_tag;
mod field;
mod paint;
mod progress;
mod ring;
mod select;
mod switch;
mod table;
mod tile;
mod tone;
#[cfg(test)]
mod trial;
mod verdict;
mod words;

pub use body_text::body_text;
pub use body_tree::{TreeShown, TreeStep, body_tree, body_tree_to_pick};
pub use button::{Button, Look};
pub use card::{card, card_body, card_frame, card_header, header_row, rule};
pub use chip::Chip;
pub use env_tag::{EnvTag, EnvTone};
pub use field::{Field, SecretField, in_box, read_only_row, secret_area, text_area, wipe_undo};
pub use progress::{progress_bar, spinner};
pub use ring::{Ring, RingCentre, RingFill, RingSize};
pub use select::{Choice, MenuRow, Select, key_cap};
pub use switch::{Tab, segmented, tabs};
pub(super) use table::{Arrow, all_texts, draw_cell, draw_head};
pub use table::{Cell, CellAlign, Column, RowSize, Sorted, Stripes, Table, TableClicked};
pub use tile::{Choosing, ListRow, LowTile, Tile};
pub use tone::Tone;
pub use verdict::{Offer, Taken, Verdict, inline_link, notice};
pub use words::{elided, facts, key_value, tip};
