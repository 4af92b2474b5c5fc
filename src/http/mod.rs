//! HTTP: the only module that names reqwest.
