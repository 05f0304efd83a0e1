//! What is said: one document, one renderer a format.
