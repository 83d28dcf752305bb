//! Names that could be meant by a misspelt one.

/// Edits (insertion, deletion, replacement, exchange of neighbours) that make one word of the other.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut d = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                d = d.min(rows[i - 2][j - 2] + 1);
            }
            row.push(d);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// The candidate closest to `name`, if one is close enough to be meant; of equally close ones the first.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count() / 3;
    let measured = candidates.into_iter().map(|c| (distance(name, c), c));
    let near = measured.filter(|(d, c)| *c != name && *d <= limit.clamp(1, 3));
    near.min_by_key(|(d, _)| *d).map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, d) in [("prnit", "print", 1), ("abc", "abc", 0), ("lenght", "length", 1), ("a", "xyz", 3)] {
            assert_eq!(distance(a, b), d, "{a} {b}");
        }
    }

    #[test]
    fn only_near_names_are_meant() {
        let all = ["fmt", "strings", "strconv", "net/http"];
        assert_eq!(closest("string", all), Some("strings"));
        assert_eq!(closest("net/htp", all), Some("net/http"));
        assert_eq!(closest("ftm", all), Some("fmt"));
        assert_eq!(closest("example", all), None);
    }
}
