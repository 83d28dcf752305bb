//! The print builtins. Text is collected per goroutine between `printlock` and `printunlock` and written to standard error
//! with one system call, so that lines of different goroutines do not mix and no lock is held across Go code.

use core::fmt::Write;

/// Text of one goroutine. Belongs to it.
pub struct PrintBuf {
    depth: u32,
    n: usize,
    buf: [u8; 1000],
}

impl PrintBuf {
    #[cfg(test)]
    fn new() -> PrintBuf {
        PrintBuf { depth: 0, n: 0, buf: [0; 1000] }
    }

    fn put(&mut self, mut s: &[u8]) {
        while !s.is_empty() {
            if self.n == self.buf.len() {
                self.flush();
            }
            let k = s.len().min(self.buf.len() - self.n);
            self.buf[self.n..self.n + k].copy_from_slice(&s[..k]);
            self.n += k;
            s = &s[k..];
        }
    }

    fn flush(&mut self) {
        crate::diag::print::write_err(&self.buf[..self.n]);
        self.n = 0;
    }

    fn uint(&mut self, v: u64) {
        let _ = write!(self, "{v}");
    }

    fn int(&mut self, v: i64) {
        let _ = write!(self, "{v}");
    }

    fn hex(&mut self, v: u64) {
        let _ = write!(self, "0x{v:x}");
    }

    /// Shortest decimal that reads back as `v`, in C's %g style with Go's two-digit exponent.
    fn float(&mut self, v: f64, single: bool) {
        if v.is_nan() {
            return self.put(b"NaN");
        }
        if v.is_infinite() {
            return self.put(if v > 0.0 { b"+Inf" } else { b"-Inf" });
        }
        let mut text = Short { buf: [0; 40], n: 0 };
        let _ = if single { write!(text, "{:e}", v as f32) } else { write!(text, "{v:e}") };
        let mut t = &text.buf[..text.n];
        if t[0] == b'-' {
            self.put(b"-");
            t = &t[1..];
        }
        let e = t.iter().position(|&c| c == b'e').unwrap_or(t.len());
        let exp = parse_exp(&t[(e + 1).min(t.len())..]);
        let mut digits = [0u8; 24];
        let mut nd = 0;
        for &c in &t[..e] {
            if c != b'.' {
                digits[nd] = c;
                nd += 1;
            }
        }
        let digits = &digits[..nd];
        if v == 0.0 {
            return self.put(b"0");
        }
        if !(-4..6).contains(&exp) {
            self.put(&digits[..1]);
            if nd > 1 {
                self.put(b".");
                self.put(&digits[1..]);
            }
            self.put(if exp < 0 { b"e-" } else { b"e+" });
            let x = exp.unsigned_abs();
            let _ = write!(self, "{x:02}");
        } else if exp < 0 {
            self.put(b"0.");
            for _ in 0..-exp - 1 {
                self.put(b"0");
            }
            self.put(digits);
        } else {
            let whole = exp as usize + 1;
            self.put(&digits[..whole.min(nd)]);
            for _ in nd..whole {
                self.put(b"0");
            }
            if nd > whole {
                self.put(b".");
                self.put(&digits[whole..]);
            }
        }
    }

    fn complex(&mut self, re: f64, im: f64, single: bool) {
        self.put(b"(");
        self.float(re, single);
        // Negative numbers and infinities bring their sign.
        if !im.is_sign_negative() && !im.is_infinite() || im.is_nan() {
            self.put(b"+");
        }
        self.float(im, single);
        self.put(b"i)");
    }
}

impl Write for PrintBuf {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        self.put(s.as_bytes());
        Ok(())
    }
}

struct Short {
    buf: [u8; 40],
    n: usize,
}

impl Write for Short {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        for &b in s.as_bytes() {
            if self.n < self.buf.len() {
                self.buf[self.n] = b;
                self.n += 1;
            }
        }
        Ok(())
    }
}

fn parse_exp(s: &[u8]) -> i32 {
    let (neg, d) = match s.strip_prefix(b"-") {
        Some(d) => (true, d),
        None => (false, s),
    };
    let x = d.iter().fold(0i32, |a, c| a * 10 + (c - b'0') as i32);
    if neg { -x } else { x }
}

#[cfg(not(test))]
mod rows {
    use super::PrintBuf;
    use crate::heap::persistent::persistentalloc;
    use crate::sched::runtime2::getg;

    /// The goroutine's buffer; outside of printlock a single item is written at once.
    unsafe fn with(f: impl FnOnce(&mut PrintBuf)) {
        let gp = getg();
        if (*gp).lang.print.is_null() {
            (*gp).lang.print = persistentalloc(size_of::<PrintBuf>(), 8) as *mut PrintBuf;
        }
        let b = &mut *(*gp).lang.print;
        f(b);
        if b.depth == 0 && b.n > 0 {
            b.flush();
        }
    }

    #[unsafe(export_name = "rt.printlock")]
    unsafe extern "C" fn printlock() {
        with(|b| b.depth += 1)
    }
    #[unsafe(export_name = "rt.printunlock")]
    unsafe extern "C" fn printunlock() {
        with(|b| b.depth = b.depth.saturating_sub(1))
    }
    #[unsafe(export_name = "rt.printbool")]
    unsafe extern "C" fn printbool(v: usize) {
        with(|b| b.put(if v & 0xff != 0 { b"true" } else { b"false" }))
    }
    #[unsafe(export_name = "rt.printint")]
    unsafe extern "C" fn printint(v: i64) {
        with(|b| b.int(v))
    }
    #[unsafe(export_name = "rt.printuint")]
    unsafe extern "C" fn printuint(v: u64) {
        with(|b| b.uint(v))
    }
    #[unsafe(export_name = "rt.printhex")]
    unsafe extern "C" fn printhex(v: u64) {
        with(|b| b.hex(v))
    }
    #[unsafe(export_name = "rt.printuintptr")]
    unsafe extern "C" fn printuintptr(v: u64) {
        with(|b| b.hex(v))
    }
    #[unsafe(export_name = "rt.printpointer")]
    unsafe extern "C" fn printpointer(v: u64) {
        with(|b| b.hex(v))
    }
    #[unsafe(export_name = "rt.printfloat32")]
    unsafe extern "C" fn printfloat32(v: u64) {
        with(|b| b.float(f32::from_bits(v as u32) as f64, true))
    }
    #[unsafe(export_name = "rt.printfloat64")]
    unsafe extern "C" fn printfloat64(v: u64) {
        with(|b| b.float(f64::from_bits(v), false))
    }
    #[unsafe(export_name = "rt.printcomplex64")]
    unsafe extern "C" fn printcomplex64(re: u64, im: u64) {
        with(|b| b.complex(f32::from_bits(re as u32) as f64, f32::from_bits(im as u32) as f64, true))
    }
    #[unsafe(export_name = "rt.printcomplex128")]
    unsafe extern "C" fn printcomplex128(re: u64, im: u64) {
        with(|b| b.complex(f64::from_bits(re), f64::from_bits(im), false))
    }
    #[unsafe(export_name = "rt.printstring")]
    unsafe extern "C" fn printstring(p: *const u8, n: usize) {
        if n != 0 {
            with(|b| b.put(core::slice::from_raw_parts(p, n)))
        }
    }
    #[unsafe(export_name = "rt.printslice")]
    unsafe extern "C" fn printslice(p: u64, len: u64, cap: u64) {
        with(|b| {
            b.put(b"[");
            b.uint(len);
            b.put(b"/");
            b.uint(cap);
            b.put(b"]");
            b.hex(p);
        })
    }
    unsafe fn pair(a: u64, d: u64) {
        with(|b| {
            b.put(b"(");
            b.hex(a);
            b.put(b",");
            b.hex(d);
            b.put(b")");
        })
    }
    #[unsafe(export_name = "rt.printeface")]
    unsafe extern "C" fn printeface(t: u64, d: u64) {
        pair(t, d)
    }
    #[unsafe(export_name = "rt.printiface")]
    unsafe extern "C" fn printiface(t: u64, d: u64) {
        pair(t, d)
    }
    #[unsafe(export_name = "rt.printsp")]
    unsafe extern "C" fn printsp() {
        with(|b| b.put(b" "))
    }
    #[unsafe(export_name = "rt.printnl")]
    unsafe extern "C" fn printnl() {
        with(|b| b.put(b"\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(f: impl FnOnce(&mut PrintBuf)) -> String {
        let mut b = PrintBuf::new();
        f(&mut b);
        String::from_utf8(b.buf[..b.n].to_vec()).unwrap()
    }

    #[test]
    fn floats() {
        for (v, want) in [
            (0.0, "0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (100000.0, "100000"),
            (999999.0, "999999"),
            (1e6, "1e+06"),
            (1234567.5, "1.2345675e+06"),
            (-0.0, "-0"),
            (1.25e100, "1.25e+100"),
            (123456.789, "123456.789"),
        ] {
            assert_eq!(text(|b| b.float(v, false)), want);
        }
        assert_eq!(text(|b| b.float(0.1f32 as f64, true)), "0.1");
        assert_eq!(text(|b| b.complex(1.0, -2.0, false)), "(1-2i)");
        assert_eq!(text(|b| b.complex(1.0, 2.0, false)), "(1+2i)");
        assert_eq!(text(|b| b.complex(f64::NAN, f64::INFINITY, false)), "(NaN+Infi)");
    }
}
