//! The token cache.
