//! Capture files of every kind (pcap, pcapng, raw payloads, RFC 5655), with fragments put together, as `weir decode`
//! reads and prints them.
#![no_main]

use std::io::Cursor;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use weir_batch::Batches;
use weir_decode::Decoder;
use weir_ingest::capture::Capture;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut capture) = Capture::read(Path::new("input"), Cursor::new(bytes.to_vec()), 0) else { return };
    let mut decoder = Decoder::new();
    let mut rows = Batches::new();
    decoder.start_file("input");
    let mut payloads = 0;
    for captured in (&mut capture).flatten() {
        payloads += captured.payload.len();
        decoder.datagram(&captured, &mut rows);
    }
    decoder.end_file();
    // Fragments may overlap, but a packet is made of its own only.
    assert!(payloads <= bytes.len());
    let lines = decoder.take_lines();
    assert!(lines.is_empty() || lines.ends_with(b"}\n"));
    assert!(std::str::from_utf8(&lines).is_ok());
});
