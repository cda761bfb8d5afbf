//! Answers questions with kernels over the store's columns.
