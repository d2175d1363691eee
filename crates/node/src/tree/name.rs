//! Names of tree nodes, as they are stored.

use jmt::storage::NodeKey;
use theriac_ledger::identifier::Height;

/// The name of a node: the version that wrote it and its path of half bytes.
///
/// Layout: version u64 BE, number of half bytes u8, half bytes two to a byte (the last padded with
/// zero), so that the nodes of a version lie side by side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeName(Vec<u8>);

/// Where the path begins: after the version and the length.
const HEAD: usize = 9;

impl NodeName {
    /// The root of a version.
    pub(crate) fn root(version: Height) -> Self {
        let mut bytes = Vec::with_capacity(HEAD);
        bytes.extend_from_slice(&version.to_be_bytes());
        bytes.push(0);
        Self(bytes)
    }

    /// The name of a node of the `jmt` crate.
    pub(crate) fn of(key: &NodeKey) -> Self {
        key.nibble_path()
            .nibbles()
            .fold(Self::root(key.version()), |name, half| {
                name.child(key.version(), u8::from(half))
            })
    }

    /// The child at a half byte (0 to 15), written by `version`.
    pub(crate) fn child(&self, version: Height, half: u8) -> Self {
        let mut bytes = self.0.clone();
        bytes[..8].copy_from_slice(&version.to_be_bytes());
        let count = bytes[HEAD - 1];
        if count.is_multiple_of(2) {
            bytes.push(half << 4);
        } else if let Some(last) = bytes.last_mut() {
            *last |= half & 0x0f;
        }
        bytes[HEAD - 1] = count.saturating_add(1);
        Self(bytes)
    }

    /// The bytes under which the node is stored.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether this names the root of its version.
    pub(crate) fn is_root(&self) -> bool {
        self.0.len() == HEAD
    }
}
