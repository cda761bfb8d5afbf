//! For tests only: a handle on the real binary, golden helpers, capture tools.
