//! Turns the journal into Parquet segments; lists, reads, and expires them.
