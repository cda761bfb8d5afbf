//! Bytes in, borrowed views out: NetFlow v5 and v9, IPFIX, sFlow v5, sampled packet headers.
