//! Counting and showing results.

/// The outcome of one test.
pub struct Outcome {
    pub name: String,
    /// `None`: passed.
    pub failure: Option<String>,
}

/// Prints failures and the closing line; true if all passed.
pub fn summary(title: &str, outcomes: &[Outcome]) -> bool {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|o| o.failure.is_some()).collect();
    for o in &failed {
        println!("--- FAIL {title}: {}", o.name);
        for line in o.failure.as_deref().unwrap_or_default().lines().take(30) {
            println!("    {line}");
        }
    }
    println!("{title}: {} passed, {} failed", outcomes.len() - failed.len(), failed.len());
    failed.is_empty()
}

/// The first difference of two texts, for people.
pub fn difference(want: &[u8], got: &[u8]) -> Option<String> {
    if want == got {
        return None;
    }
    let (w, g) = (String::from_utf8_lossy(want), String::from_utf8_lossy(got));
    let (wl, gl): (Vec<&str>, Vec<&str>) = (w.split('\n').collect(), g.split('\n').collect());
    let i = wl.iter().zip(&gl).take_while(|(a, b)| a == b).count();
    let show = |l: &[&str]| l.iter().skip(i).take(6).map(|s| format!("      {s:?}")).collect::<Vec<_>>().join("\n");
    Some(format!("output differs from line {}:\n  want\n{}\n  got\n{}", i + 1, show(&wl), show(&gl)))
}
