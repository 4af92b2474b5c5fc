//! The embedded sandbox API.
