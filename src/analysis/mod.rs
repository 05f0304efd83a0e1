//! Numbers over the timeline. The only room that names polars.
