//! Reading many files at once, and merging them in one total order.
