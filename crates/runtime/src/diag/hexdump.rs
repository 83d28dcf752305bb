//! Dumps of memory in reports, in gc's layout: words of eight bytes, two to a line, and below a line what its words are.

use super::print::Out;
use super::symtab;
use super::traceback::print_name;

/// Where on a line a word begins.
const COLUMN: [usize; 2] = [18, 37];

/// Prints the words of `lo..hi`. Under a word stand its marks (address, text) and the function that it is an address in.
///
/// # Safety
/// `lo..hi` can be read; both are multiples of 8.
pub unsafe fn words(o: &mut Out, lo: usize, hi: usize, marks: &[(usize, &str)]) {
    o.str("                   7 6 5 4  3 2 1 0   f e d c  b a 9 8  0123456789abcdef\n");
    let mut line = lo & !15;
    while line < hi {
        digits(o, line as u64, 16);
        o.str(":");
        let inside = [line, line + 8].map(|at| (lo..hi).contains(&at));
        for (i, &inside) in inside.iter().enumerate() {
            o.str(if i == 0 { " " } else { "  " });
            if inside {
                let v = *((line + 8 * i) as *const u64);
                digits(o, v >> 32, 8);
                o.str(" ");
                digits(o, v & 0xffff_ffff, 8);
            } else {
                o.str("                 ");
            }
        }
        o.str("  ");
        for k in 0..16 {
            let c = if inside[k / 8] { *((line + k) as *const u8) } else { b' ' };
            if inside[k / 8] || k < 8 {
                o.bytes(&[if (b' '..=b'~').contains(&c) { c } else { b'.' }]);
            }
        }
        o.str("\n");
        for i in (0..2).filter(|&i| inside[i]) {
            let at = line + 8 * i;
            for (_, text) in marks.iter().filter(|m| m.0 == at) {
                mark(o, i).str(text).str("\n");
            }
            let v = *(at as *const usize);
            if let Some(l) = symtab::find(v) {
                print_name(mark(o, i).str("<"), l.f.name());
                o.str("+").hex(v - l.entry()).str(">\n");
            }
        }
        line += 16;
    }
}

fn mark(o: &mut Out, word: usize) -> &mut Out {
    for _ in 0..COLUMN[word] {
        o.str(" ");
    }
    o.str("^ ")
}

fn digits(o: &mut Out, v: u64, n: u32) {
    for i in (0..n).rev() {
        o.bytes(&[b"0123456789abcdef"[(v >> (4 * i)) as usize & 15]]);
    }
}
