//! Encoders for every protocol, realistic traffic; weir generate and the tests use it.
