//! Sampled and captured packets of any link layer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_wire::packet;

fuzz_target!(|bytes: &[u8]| {
    for headers in [packet::ethernet(bytes), packet::ip(bytes), packet::mpls(bytes), packet::ppp(bytes)] {
        assert!(headers.payload.len() <= bytes.len());
    }
});
