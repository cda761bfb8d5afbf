//! The classic BPF program that sends each exporter's datagrams to one worker.

use std::net::IpAddr;

/// Offsets with this base count from the network header (linux/filter.h, `SKF_NET_OFF`).
const NETWORK_HEADER: u32 = (-0x10_0000_i32) as u32;

const fn statement(code: u32, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

const fn jump(code: u32, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt, jf, k }
}

/// Mixes neighbouring addresses: 2³² divided by the golden ratio.
const MIX: u32 = 0x9e37_79b1;

/// The worker that the program below chooses for an address.
pub(super) fn worker_of(address: IpAddr, workers: u32) -> u32 {
    let word = match address.to_canonical() {
        IpAddr::V4(address) => address.to_bits(),
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            (0..4).fold(0, |word, at| word ^ (bits >> (32 * at)) as u32)
        }
    };
    (word.wrapping_mul(MIX) >> 16) % workers.max(1)
}

/// `index = hash(source address) mod workers`. IPv6 addresses are folded to 32 bits by exclusive or.
pub(super) fn by_source_address(workers: u32) -> Vec<libc::sock_filter> {
    use libc::{
        BPF_ABS, BPF_ALU, BPF_B, BPF_JA, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_MISC, BPF_MOD, BPF_MUL,
        BPF_RET, BPF_RSH, BPF_TAX, BPF_W, BPF_X, BPF_XOR,
    };
    const BPF_A: u32 = 0x10;
    let word = |offset: u32| statement(BPF_LD | BPF_W | BPF_ABS, NETWORK_HEADER.wrapping_add(offset));
    let to_x = statement(BPF_MISC | BPF_TAX, 0);
    let xor_x = statement(BPF_ALU | BPF_XOR | BPF_X, 0);
    vec![
        statement(BPF_LD | BPF_B | BPF_ABS, NETWORK_HEADER),
        statement(BPF_ALU | BPF_RSH | BPF_K, 4),
        jump(BPF_JMP | BPF_JEQ | BPF_K, 6, 2, 0),
        // IPv4: the source address stands at offset 12.
        word(12),
        jump(BPF_JMP | BPF_JA, 10, 0, 0),
        // IPv6: it stands at offset 8, 16 bytes.
        word(8),
        to_x,
        word(12),
        xor_x,
        to_x,
        word(16),
        xor_x,
        to_x,
        word(20),
        xor_x,
        // Neighbouring addresses must not all fall on one worker: mix before the remainder.
        statement(BPF_ALU | BPF_MUL | BPF_K, MIX),
        statement(BPF_ALU | BPF_RSH | BPF_K, 16),
        statement(BPF_ALU | BPF_MOD | BPF_K, workers),
        statement(BPF_RET | BPF_A, 0),
    ]
}
