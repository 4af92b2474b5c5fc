//! Prices: what is asked for a SKU, how the answer is read, and how it is written out.
//!
//! Owns the way from a SKU to a [`Lookup`]: the query and its URL, the body as the server sent it, the prices that
//! the body names, and the outcome. Everything here but the client is pure: it opens no connection and reads no
//! clock. It refuses to guess: an absent currency stays absent, and a field it does not know is no price.

pub mod query;
pub mod curl;
pub mod body;
pub mod json;
pub mod amount;
pub mod price;
pub mod fields;
pub mod meanings;
pub mod field_map;
pub mod reader;
pub mod outcome;
pub mod answer;
mod failure;
pub mod lookup;
pub mod client;
mod reread;
pub mod shown;
pub mod formula;
pub mod report;

pub use amount::Amount;
pub use answer::Answer;
pub use body::{Body, BodyFault};
pub use field_map::{FieldMap, MappedField};
pub use lookup::{Lookup, LookupError, LookupErrorKind};
pub use outcome::Outcome;
pub use price::Price;
pub use query::{PriceQuery, QueryError};
pub use reader::Reading;
