//! Helpers for tests. Knows nothing of the compiler.
#![forbid(unsafe_code)]

use regex::Regex;

/// A regular expression in Go's syntax.
pub fn go_regex(s: &str) -> Result<Regex, String> {
    // Go takes a brace that begins no repetition as it is
    let mut fixed = String::new();
    let chars: Vec<char> = s.chars().collect();
    let mut i = 0;
    while i < chars.len() {
        match chars[i] {
            '\\' if i + 1 < chars.len() => {
                fixed.push('\\');
                i += 1;
                fixed.push(chars[i]);
            }
            '{' => {
                let body: String = chars[i + 1..].iter().take_while(|c| **c != '}').collect();
                let repetition = body.starts_with(|c: char| c.is_ascii_digit())
                    && body.chars().all(|c| c.is_ascii_digit() || c == ',')
                    && chars[i + 1..].contains(&'}');
                fixed.push_str(if repetition { "{" } else { "\\{" });
            }
            '}' => {
                let open = fixed.rfind('{');
                let repetition = open.is_some_and(|o| !fixed[..o].ends_with('\\') && !fixed[o..].contains('}'));
                fixed.push_str(if repetition { "}" } else { "\\}" });
            }
            c => fixed.push(c),
        }
        i += 1;
    }
    Regex::new(&fixed).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces() {
        assert!(go_regex("struct{}|a{2}").unwrap().is_match("struct{}"));
        assert!(go_regex(r"\{x").unwrap().is_match("{x"));
        assert!(go_regex("^a{2}$").unwrap().is_match("aa"));
        assert!(go_regex("interface { m() }|{}").unwrap().is_match("{}"));
    }
}
