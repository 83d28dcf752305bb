//! Small helpers.

/// Whether two strings are equal under simple Unicode case folding.
pub fn equal_fold(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    let fold = |c: char| c.to_uppercase().flat_map(char::to_lowercase).collect::<Vec<_>>();
    a.chars().map(fold).eq(b.chars().map(fold))
}
