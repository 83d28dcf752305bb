//! Semantic versions as Go modules use them: `v1.2.3`, `v1.2.3-pre`, `v0.0.0-date-hash`, `v2.0.0+incompatible`.

use std::cmp::Ordering;

/// Major, minor, patch and the pre-release part (without its `-`).
pub type Parsed<'a> = (u64, u64, u64, &'a str);

/// The parts of `v`, if it is a full version.
pub fn parse(v: &str) -> Option<Parsed<'_>> {
    let v = v.strip_prefix('v')?;
    let v = v.split('+').next().unwrap_or(v);
    let (nums, pre) = match v.find('-') {
        Some(i) => (&v[..i], &v[i + 1..]),
        None => (v, ""),
    };
    let mut it = nums.split('.').map(|n| n.parse::<u64>().ok());
    let r = (it.next()??, it.next()??, it.next()??, pre);
    it.next().is_none().then_some(r)
}

/// Order of versions; what is no version comes first.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = match (parse(a), parse(b)) {
        (Some(a), Some(b)) => (a, b),
        (a, b) => return a.is_some().cmp(&b.is_some()),
    };
    (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)).then_with(|| match (a.3, b.3) {
        (x, y) if x == y => Ordering::Equal,
        ("", _) => Ordering::Greater,
        (_, "") => Ordering::Less,
        (x, y) => pre(x, y),
    })
}

fn pre(x: &str, y: &str) -> Ordering {
    let (mut a, mut b) = (x.split('.'), y.split('.'));
    loop {
        let o = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(p), Some(q)) => match (p.parse::<u64>(), q.parse::<u64>()) {
                (Ok(m), Ok(n)) => m.cmp(&n),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => p.cmp(q),
            },
        };
        if o != Ordering::Equal {
            return o;
        }
    }
}

/// Order of go versions without their "go": 1.9 < 1.21rc1 < 1.21.0 (a bare 1.21 is before its release candidates).
pub fn compare_go(a: &str, b: &str) -> Ordering {
    fn key(v: &str) -> (u64, u64, i64, u64) {
        let mut it = v.splitn(3, '.');
        let major = it.next().and_then(|s| s.parse().ok()).unwrap_or(0);
        let minor = it.next().unwrap_or("0");
        let i = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
        let n = |s: &str| s.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
        let m = minor[..i].parse().unwrap_or(0);
        match (&minor[i..], it.next()) {
            ("", None) => (major, m, -10, 0),
            ("", Some(p)) => (major, m, 0, p.parse().unwrap_or(0)),
            (p, _) if p.starts_with("alpha") => (major, m, -3, n(p)),
            (p, _) if p.starts_with("beta") => (major, m, -2, n(p)),
            (p, _) => (major, m, -1, n(p)),
        }
    }
    key(a).cmp(&key(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders() {
        let l = ["v1.0.0-alpha", "v1.0.0-alpha.1", "v1.0.0-beta", "v1.0.0", "v1.2.0", "v1.10.0", "v2.0.0+incompatible"];
        assert!(l.windows(2).all(|w| compare(w[0], w[1]) == Ordering::Less));
        let g = ["1.9", "1.21", "1.21rc1", "1.21.0", "1.21.3", "1.27.3", "1.28"];
        assert!(g.windows(2).all(|w| compare_go(w[0], w[1]) == Ordering::Less));
    }
}
