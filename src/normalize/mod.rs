//! Meaning: raw records to events.
