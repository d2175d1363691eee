//! The state tree: a Jellyfish Merkle tree (`jmt`) over SHA3-256 whose version is the block height.
//!
//! What is written here is where nodes live and how they are named; the hash rules are `jmt`'s, and
//! `theriac_proof::state` verifies them without it. Values are not kept: the flat state has them.

use std::collections::BTreeMap;

use jmt::storage::{LeafNode, Node, NodeKey, TreeReader};
use jmt::{JellyfishMerkleTree, KeyHash, OwnedValue, SimpleHasher, Version};
use sha3::Digest as _;
use theriac_crypto::Digest;
use theriac_ledger::encoding::DecodeError;
use theriac_ledger::identifier::Height;
use theriac_ledger::state_key::StateKey;
use theriac_proof::state::StateProofError;

use crate::store::StoreError;

mod cache;
mod name;
mod prove;

pub(crate) use cache::NodeCache;
pub(crate) use name::NodeName;
pub(crate) use prove::prove;

/// Versions that stay provable: a reader that asked at one height has an answer for as long as
/// about a thousand blocks, at least a few minutes.
pub(crate) const VERSIONS_KEPT: u64 = 1_000;

/// Why the tree cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The store of its nodes failed.
    #[error(transparent)]
    Store(#[from] Box<StoreError>),
    /// A node does not decode.
    #[error("a node of the state tree is damaged")]
    Node(#[from] DecodeError),
    /// A version lacks a node.
    #[error("a node of version {version} of the state tree is gone")]
    Gone {
        /// The version.
        version: Height,
    },
    /// The nodes make no tree of this form.
    #[error("the state tree is damaged: {found}")]
    Form {
        /// What was found.
        found: &'static str,
    },
    /// A path gives no proof.
    #[error("a path of the state tree gives no proof")]
    Proof(#[from] StateProofError),
    /// The update failed in the tree's own code.
    #[error("the state tree cannot be updated")]
    Update(#[source] anyhow::Error),
}

/// Where the nodes of the committed tree are.
pub(crate) trait Nodes {
    /// The node of that name; none where there is none.
    fn node(&self, name: &NodeName) -> Result<Option<Node>, TreeError>;
}

/// No nodes: the tree before genesis.
#[derive(Debug, Clone, Copy)]
struct NoNodes;

impl Nodes for NoNodes {
    fn node(&self, _: &NodeName) -> Result<Option<Node>, TreeError> {
        Ok(None)
    }
}

/// An empty tree of one version: what a whole state is put over.
struct EmptyAt(Height);

impl Nodes for EmptyAt {
    fn node(&self, name: &NodeName) -> Result<Option<Node>, TreeError> {
        Ok((*name == NodeName::root(self.0)).then_some(Node::Null))
    }
}

/// What a version changes in the tree.
#[derive(Debug, Clone)]
pub(crate) struct TreeUpdate {
    /// Root of the new version.
    pub(crate) root: Digest,
    /// Nodes of the new version.
    pub(crate) nodes: Vec<(NodeName, Node)>,
    /// Nodes that the new version no longer has.
    pub(crate) stale: Vec<NodeName>,
}

/// SHA3-256 without a tag: the digest inside the state tree.
struct TreeHasher(sha3::Sha3_256);

impl SimpleHasher for TreeHasher {
    fn new() -> Self {
        Self(sha3::Sha3_256::new())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finalize(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// Computes a version over the one before it. `values` holds the tree value of each record written.
///
/// A version that writes nothing has a copy of the root of the version before, so that every
/// version has a root under its own name; no entry ever calls that copy stale, which is why roots
/// are pruned by version.
pub(crate) fn update<N: Nodes>(
    nodes: &N,
    version: Height,
    values: &BTreeMap<StateKey, Vec<u8>>,
) -> Result<TreeUpdate, TreeError> {
    if values.is_empty() {
        return copy_root(nodes, version);
    }
    let reader = Reader(nodes);
    let tree = JellyfishMerkleTree::<_, TreeHasher>::new(&reader);
    let set = values
        .iter()
        .map(|(key, value)| (KeyHash(key.0.0), value.clone()))
        .collect();
    let (roots, batch) = tree
        .batch_put_value_sets(vec![set], None, version)
        // What the reader met comes back as it was.
        .map_err(|error| error.downcast().unwrap_or_else(TreeError::Update))?;
    let root = roots
        .first()
        .map(|root| Digest(root.0))
        .ok_or(TreeError::Form {
            found: "an update gave no root",
        })?;
    Ok(TreeUpdate {
        root,
        nodes: batch
            .node_batch
            .nodes()
            .iter()
            .map(|(key, node)| (NodeName::of(key), node.clone()))
            .collect(),
        stale: batch
            .stale_node_index_batch
            .iter()
            .map(|entry| NodeName::of(&entry.node_key))
            .collect(),
    })
}

/// A version that holds exactly these values, whatever was before.
pub(crate) fn whole(
    version: Height,
    values: &BTreeMap<StateKey, Vec<u8>>,
) -> Result<TreeUpdate, TreeError> {
    match version.checked_sub(1) {
        Some(before) => update(&EmptyAt(before), version, values),
        None => update(&NoNodes, version, values),
    }
}

fn copy_root<N: Nodes>(nodes: &N, version: Height) -> Result<TreeUpdate, TreeError> {
    let root = match version.checked_sub(1) {
        Some(before) => nodes
            .node(&NodeName::root(before))?
            .ok_or(TreeError::Gone { version: before })?,
        None => Node::Null,
    };
    Ok(TreeUpdate {
        root: node_hash(&root),
        nodes: vec![(NodeName::root(version), root)],
        stale: Vec::new(),
    })
}

/// The root of the tree that holds exactly these values.
pub(crate) fn root_of(values: &BTreeMap<StateKey, Vec<u8>>) -> Result<Digest, TreeError> {
    whole(0, values).map(|update| update.root)
}

/// The hash of a node.
pub(crate) fn node_hash(node: &Node) -> Digest {
    match node {
        Node::Null => theriac_proof::state::EMPTY,
        Node::Leaf(leaf) => Digest(leaf.hash::<TreeHasher>()),
        Node::Internal(inner) => Digest(inner.hash::<TreeHasher>()),
    }
}

struct Reader<'n, N>(&'n N);

impl<N: Nodes> TreeReader for Reader<'_, N> {
    fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
        Ok(self.0.node(&NodeName::of(key))?)
    }

    fn get_value_option(&self, _: Version, _: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
        anyhow::bail!("values are read from the flat state")
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        anyhow::bail!("the tree is never restored leaf by leaf")
    }
}

#[cfg(test)]
mod tests;
