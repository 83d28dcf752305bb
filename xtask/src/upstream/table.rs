//! The closing table: results by action or folder.

/// Counts of one row.
#[derive(Default)]
pub struct Row {
    pub passed: usize,
    /// Fails, as listed.
    pub listed: usize,
    /// Does not apply here.
    pub skipped: usize,
    /// Not as expected.
    pub failed: usize,
}

/// Rows by name, in the order of their first use.
pub struct Table {
    title: &'static str,
    rows: Vec<(String, Row)>,
}

impl Table {
    pub fn new(title: &'static str) -> Table {
        Table { title, rows: Vec::new() }
    }

    pub fn row(&mut self, name: &str) -> &mut Row {
        let i = match self.rows.iter().position(|r| r.0 == name) {
            Some(i) => i,
            None => {
                self.rows.push((name.to_owned(), Row::default()));
                self.rows.len() - 1
            }
        };
        &mut self.rows[i].1
    }

    pub fn print(&mut self) {
        self.rows.sort_by(|a, b| a.0.cmp(&b.0));
        let mut sum = Row::default();
        for (_, r) in &self.rows {
            sum.passed += r.passed;
            sum.listed += r.listed;
            sum.skipped += r.skipped;
            sum.failed += r.failed;
        }
        println!("{:<22} {:>7} {:>7} {:>11} {:>9}", self.title, "passed", "listed", "unexpected", "skipped");
        for (name, r) in self.rows.iter().map(|(n, r)| (n.as_str(), r)).chain([("all", &sum)]) {
            println!("{name:<22} {:>7} {:>7} {:>11} {:>9}", r.passed, r.listed, r.failed, r.skipped);
        }
    }
}
