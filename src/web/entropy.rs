//! Seeds for the generators of the core.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;

/// 64 bits that no other tab draws.
pub(crate) fn seed() -> u64 {
    let bytes = Uint8Array::new_with_length(8);
    get_random_values(&bytes);
    let mut seed = [0; 8];
    bytes.copy_to(&mut seed);
    u64::from_le_bytes(seed)
}

#[wasm_bindgen]
extern "C" {
    // Also there in insecure contexts, where `randomUUID` is not.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &Uint8Array);
}
