//! Reads files and environment into typed structs; reports mistakes with file, line and a hint.
