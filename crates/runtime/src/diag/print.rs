//! Text output without allocation: to standard error, or into a buffer.

use crate::sys::linux;
use core::sync::atomic::{AtomicBool, AtomicI32, Ordering::*};

/// Copy of all output of a dying program (`debug.SetCrashOutput`), −1 if none.
pub static CRASH_FD: AtomicI32 = AtomicI32::new(-1);

/// Whether the program is dying: what it prints now is the report.
pub static DYING: AtomicBool = AtomicBool::new(false);

/// Writes to standard error, and to the file for reports if this is one.
pub fn write_err(b: &[u8]) {
    linux::write(2, b);
    let fd = CRASH_FD.load(Relaxed);
    if fd >= 0 && DYING.load(Relaxed) {
        linux::write(fd as usize, b);
    }
}

/// Where text goes.
pub struct Out {
    buf: *mut u8,
    cap: usize,
    n: usize,
    stderr: bool,
    tmp: [u8; 512],
}

impl Out {
    /// Standard error, written in pieces of up to 512 bytes; flushed on drop.
    pub fn stderr() -> Out {
        Out { buf: core::ptr::null_mut(), cap: 0, n: 0, stderr: true, tmp: [0; 512] }
    }

    /// Memory; what does not fit is dropped.
    ///
    /// # Safety
    /// `cap` bytes at `buf` are writable as long as this lives.
    pub unsafe fn buffer(buf: *mut u8, cap: usize) -> Out {
        Out { buf, cap, n: 0, stderr: false, tmp: [0; 512] }
    }

    /// Bytes written into the buffer.
    pub fn len(&self) -> usize {
        self.n
    }

    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    pub fn flush(&mut self) {
        if self.stderr && self.n > 0 {
            write_err(&self.tmp[..self.n]);
            self.n = 0;
        }
    }

    pub fn bytes(&mut self, s: &[u8]) {
        for &b in s {
            if self.stderr {
                if self.n == self.tmp.len() {
                    self.flush();
                }
                self.tmp[self.n] = b;
                self.n += 1;
            } else if self.n < self.cap {
                // SAFETY: `n < cap`, by the contract of `buffer`.
                unsafe { *self.buf.add(self.n) = b };
                self.n += 1;
            }
        }
    }

    pub fn str(&mut self, s: &str) -> &mut Self {
        self.bytes(s.as_bytes());
        self
    }

    pub fn hex(&mut self, v: usize) -> &mut Self {
        let mut d = [0u8; 18];
        let mut i = 18;
        let mut v = v;
        loop {
            i -= 1;
            d[i] = b"0123456789abcdef"[v & 15];
            v >>= 4;
            if v == 0 {
                break;
            }
        }
        d[i - 1] = b'x';
        d[i - 2] = b'0';
        self.bytes(&d[i - 2..]);
        self
    }

    pub fn dec(&mut self, v: i64) -> &mut Self {
        let mut d = [0u8; 20];
        let mut i = 20;
        let mut u = v.unsigned_abs();
        loop {
            i -= 1;
            d[i] = b'0' + (u % 10) as u8;
            u /= 10;
            if u == 0 {
                break;
            }
        }
        if v < 0 {
            self.str("-");
        }
        self.bytes(&d[i..]);
        self
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        self.flush()
    }
}

pub fn print(s: &str) {
    Out::stderr().str(s);
}
pub fn hex(v: usize) {
    Out::stderr().hex(v);
}
pub fn dec(v: i64) {
    Out::stderr().dec(v);
}
