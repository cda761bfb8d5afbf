//! Reads what a file says of itself, without trusting it.

/// Why bytes from disk cannot be what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// Bytes that are read from the front.
pub(crate) struct Cursor<'a>(pub(crate) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Malformed("it ends early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Malformed("it ends early"))?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next part, which is preceded by its length.
    pub(crate) fn part(&mut self) -> Result<Cursor<'a>, Malformed> {
        let len = self.u32()?;
        self.take(len as usize).map(Cursor)
    }

    pub(crate) fn finish(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed("it has bytes left over")) }
    }
}

/// Memory that decoding one frame may still ask for: runs can say "a million times this" in twelve bytes.
pub(crate) struct Budget(pub(crate) usize);

impl Budget {
    pub(crate) fn charge(&mut self, count: usize, size: usize) -> Result<(), Malformed> {
        let cost = count.checked_mul(size).ok_or(Malformed("it asks for too much memory"))?;
        self.0 = self.0.checked_sub(cost).ok_or(Malformed("it asks for too much memory"))?;
        Ok(())
    }
}

/// Writes a part behind its length, which is known only afterwards.
pub(crate) fn put_part<T>(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    let result = write(out);
    let len = (out.len() - at - 4) as u32;
    out[at..at + 4].copy_from_slice(&len.to_le_bytes());
    result
}
