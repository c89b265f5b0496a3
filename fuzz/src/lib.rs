//! What the fuzz targets share.
//!
//! - `input`: decisions read from the fuzzer's bytes; `harm`: what noise or an attacker makes of good data
//! - `gateway`: a gateway in memory; `surfaces`, `order` and `house`: asking it over HTTP
//! - `safe`: sealed files, and who reads them; `backup`: one taken apart, to change what stands behind its seals

#[cfg(feature = "gateway")]
pub mod backup;
#[cfg(feature = "gateway")]
pub mod gateway;
pub mod harm;
#[cfg(feature = "gateway")]
pub mod house;
pub mod input;
#[cfg(feature = "gateway")]
mod order;
#[cfg(feature = "gateway")]
pub mod safe;
#[cfg(feature = "gateway")]
mod surfaces;
