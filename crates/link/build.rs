//! Builds the runtime's static archive with its own profile and target directory (a package of a workspace can have
//! neither), picks the members and sections that are needed, and leaves them as a bundle to be embedded.

#[path = "src/object.rs"]
#[allow(dead_code)]
mod object;

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let runtime = here.join("../runtime");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    for p in ["src", "build.rs", "Cargo.toml", ".cargo/config.toml"] {
        println!("cargo:rerun-if-changed={}", runtime.join(p).display());
    }
    println!("cargo:rerun-if-changed={}", here.join("../abi/src").display());
    println!("cargo:rerun-if-changed=src/object.rs");
    let target = out.join("runtime");
    let mut cargo = Command::new(std::env::var_os("CARGO").expect("set by cargo"));
    cargo.args(["build", "--release", "--quiet", "--target", "x86_64-unknown-linux-gnu", "--target-dir"]).arg(&target);
    cargo.current_dir(&runtime);
    // Nothing of the outer build may leak in.
    for (k, _) in std::env::vars_os() {
        let name = k.to_string_lossy();
        let keep = ["CARGO_HOME", "CARGO_HTTP", "CARGO_NET", "CARGO_REGISTRIES", "CARGO_REGISTRY", "CARGO_SOURCE"];
        if (name.starts_with("CARGO") && !keep.iter().any(|p| name.starts_with(p)))
            || name.starts_with("RUSTFLAGS")
            || name.starts_with("RUSTC")
            || name == "OUT_DIR"
            || name == "TARGET"
            || name == "HOST"
            || name == "PROFILE"
        {
            cargo.env_remove(&k);
        }
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the runtime does not build");
    let archive = target.join("x86_64-unknown-linux-gnu/release/libgoxide_runtime.a");
    bundle(&archive, &out.join("runtime.bundle"));
}

fn bundle(archive: &Path, to: &Path) {
    let bytes = std::fs::read(archive).expect("archive");
    let o = object::prelink_archive(&bytes).expect("prelink");
    std::fs::write(to, object::write_bundle(&o)).expect("write");
}
