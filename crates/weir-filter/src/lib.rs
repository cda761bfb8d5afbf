//! Filter text to typed expression to mask over a batch; shared by query, detect and configuration.
