//! Syntax: bytes to raw records. Imports `model` only.

pub mod raw;
