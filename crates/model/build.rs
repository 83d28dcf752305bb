//! Tells the checked sources where they are: their own unit tests do not run under the model checker.

fn main() {
    println!("cargo:rustc-check-cfg=cfg(goxide_model)");
    println!("cargo:rustc-cfg=goxide_model");
}
