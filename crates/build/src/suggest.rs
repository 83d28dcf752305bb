//! What an import path that leads nowhere may have been meant to be.

use crate::load::{Context, Root};
use crate::patterns;
use goxide_base::spelling::closest;

/// Advice for an import of `path`, if there is any.
pub fn import(cx: &Context<'_>, path: &str) -> Option<String> {
    let own = own_packages(cx);
    // a path that starts below the module, as in other languages
    if let Some(p) = own.iter().find(|p| p.strip_suffix(path).is_some_and(|head| head.ends_with('/'))) {
        return Some(format!("import paths begin with the module's path: {p:?}"));
    }
    let mut std = Vec::new();
    patterns::std_packages(cx, "", &mut std);
    let std: Vec<&str> = std
        .iter()
        .filter_map(|r| match r {
            Root::Dir(_, p, _) => Some(p.as_str()),
            _ => None,
        })
        .filter(|p| !p.starts_with("vendor/") && !p.split('/').any(|e| e == "internal"))
        .collect();
    // the name alone of a package that lies deeper: "http" for "net/http"
    if let Some(p) = std.iter().find(|p| p.rsplit_once('/').is_some_and(|(_, name)| name == path)) {
        return Some(format!("there is {p:?}"));
    }
    let known = std.into_iter().chain(own.iter().map(String::as_str));
    closest(path, known).map(|p| format!("there is {p:?}"))
}

/// Import paths of the main module's packages.
fn own_packages(cx: &Context<'_>) -> Vec<String> {
    let Some(root) = cx.graph.as_ref().and_then(|g| g.root.clone()) else { return Vec::new() };
    let mut found = Vec::new();
    if patterns::walk(cx, &root, &mut found).is_err() {
        return Vec::new();
    }
    found
        .into_iter()
        .filter_map(|r| match r {
            Root::Dir(_, p, _) => Some(p),
            _ => None,
        })
        .collect()
}
