//! Sockets, worker threads, exporter and template state: from a datagram to a batch.
