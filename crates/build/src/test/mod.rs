//! Test binaries: which functions of a package's test files are tests, and the main package that runs them. How test
//! variants of packages enter the import graph is in `load::variants`.

pub mod funcs;
pub mod main_go;
