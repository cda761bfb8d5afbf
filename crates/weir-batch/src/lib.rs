//! Compiles templates into column plans and fills Arrow record batches from wire views.
