//! The clock, tracing set-up, metric declarations, and the printer for error chains.
