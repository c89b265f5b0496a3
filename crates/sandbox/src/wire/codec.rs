//! Binary nodes in the dictionary the client announced.

use thiserror::Error;
use wacore_binary::Node;
use wacore_binary::marshal::{marshal, unmarshal_ref};
use wacore_binary::util::unpack;

use super::dict2;

/// Which token table a connection speaks. Decoding with the wrong one yields other words, not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dictionary {
    V2,
    V3,
}

#[derive(Debug, Error)]
pub enum CodecError {
    #[error("the node does not decode: {0}")]
    Decode(String),
    #[error("the node does not encode: {0}")]
    Encode(String),
}

impl Dictionary {
    pub fn from_version(version: u8) -> Option<Self> {
        match version {
            2 => Some(Self::V2),
            3 => Some(Self::V3),
            _ => None,
        }
    }

    /// Decodes one decrypted frame: a flag byte, then the node, zlib-packed or not.
    pub fn decode(self, frame: &[u8]) -> Result<Node, CodecError> {
        let failed = |e: &dyn std::fmt::Display| CodecError::Decode(e.to_string());
        let unpacked = unpack(frame).map_err(|e| failed(&e))?;
        match self {
            Self::V3 => Ok(unmarshal_ref(&unpacked).map_err(|e| failed(&e))?.to_owned()),
            Self::V2 => dict2::decode(&unpacked).map_err(|e| failed(&e)),
        }
    }

    /// Encodes one node with its flag byte.
    pub fn encode(self, node: &Node) -> Result<Vec<u8>, CodecError> {
        match self {
            Self::V3 => marshal(node).map_err(|e| CodecError::Encode(e.to_string())),
            Self::V2 => Ok(dict2::encode(node)),
        }
    }
}
