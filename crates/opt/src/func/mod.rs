//! Passes that look at one function.

pub mod absorb;
pub mod alias;
pub mod cfgclean;
pub mod copyelim;
pub mod cse;
pub mod deadcode;
pub mod fold;
pub mod ifconv;
pub mod landing;
pub mod licm;
pub mod promote;
pub mod prove;
pub mod repair;
pub mod rewrite;
pub mod rotate;
pub mod simplify;
