//! Column chunks of Parquet that are written and read as dictionary codes.
//!
//! The stock writer turns codes back into values and hashes every row again, and the stock reader copies a value per
//! row. Here the distinct values of a batch are looked up once, rows are only codes, and that is how they come back.
//! Any Parquet tool reads the chunks.

mod bits;
mod column;
mod distinct;
mod pages;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use column::{CodedColumn, Limits, NONE};
pub(crate) use distinct::{Addresses, Distinct, Texts};
pub(crate) use pages::Chunk;
pub(crate) use read::{is_coded_addresses, read_addresses};
