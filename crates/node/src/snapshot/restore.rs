//! Reading a snapshot into an empty disk.

use std::io::Read;
use std::sync::Arc;

use theriac_client::TrustedSets;
use theriac_client::head::{HeadRefusal, verify_head};
use theriac_crypto::Digest;
use theriac_ledger::block::{Block, Header};
use theriac_ledger::encoding::BoundedBytes;
use theriac_ledger::identifier::{BlockDigest, Height};
use theriac_proof::CommitCertificate;

use super::SnapshotError;
use super::extent::covers_window;
use super::frame::{Frame, Frames};
use super::state::Seen;
use crate::genesis::Genesis;
use crate::store::disk::{Disk, Snapshot};
use crate::store::{Import, STORED_BYTES_MAX, StoreError, read_list, restore_body};
use crate::tree;

/// How far a restoration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes read.
    pub bytes: u64,
    /// Packs whose runs are read.
    pub packs: u64,
    /// Records read.
    pub records: u64,
    /// Blocks read.
    pub blocks: u64,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The last block.
    pub head: Header,
    /// The oldest block that came with it.
    pub oldest: Height,
    /// How much it was.
    pub progress: Progress,
}

/// Reads a snapshot, checks all of it, and makes it the store of an empty disk. On an error the disk
/// holds no store, only remains to be deleted. Blocks until the input ends; tells `report` how far it is.
///
/// # Errors
///
/// [`SnapshotError`].
pub fn restore(
    genesis: &Genesis,
    disk: Arc<dyn Disk>,
    input: impl Read,
    report: &mut dyn FnMut(Progress),
) -> Result<Restored, SnapshotError> {
    genesis.check().map_err(StoreError::from)?;
    let import = Import::begin(disk)?.ok_or(SnapshotError::NotEmpty)?;
    let mut frames = Frames::begin(input)?;
    let Frame::Head {
        header,
        certificate,
    } = frames.next()?
    else {
        let found = "it does not begin with its head";
        return Err(SnapshotError::Order { found });
    };
    let next = header.digest();
    let mut restoring = Restoring {
        genesis,
        sets: TrustedSets::new(&genesis.anchor),
        import,
        next,
        head: header,
        progress: Progress::default(),
    };
    let second = restoring.read_steps(&mut frames)?;
    let head = restoring.head.clone();
    restoring.check_head(&head, &certificate)?;
    let first = restoring.read_state(second, &mut frames, report)?;
    restoring.read_blocks(first, &mut frames, report)
}

/// The body of a block as it stands in a frame.
type Body = BoundedBytes<STORED_BYTES_MAX>;

/// A block that came.
type StoredBlock = (Header, CommitCertificate, Body);

struct Restoring<'g> {
    genesis: &'g Genesis,
    /// Who signs which height.
    sets: TrustedSets,
    import: Import,
    head: Header,
    /// Digest that the next block must have.
    next: BlockDigest,
    progress: Progress,
}

impl Restoring<'_> {
    /// Reads the changes of the validators up to the head; gives the frame after them.
    fn read_steps<R: Read>(&mut self, frames: &mut Frames<R>) -> Result<Frame, SnapshotError> {
        let mut last = 0;
        loop {
            let step = match frames.next()? {
                Frame::Step(step) => step,
                other => return Ok(other),
            };
            let header = &step.head.header;
            let height = header.height;
            if header.chain_id != *self.sets.chain() {
                return Err(SnapshotError::OtherChain);
            }
            if height <= last || height > self.head.height {
                let found = "changes of the validators do not ascend up to its head";
                return Err(SnapshotError::Order { found });
            }
            last = height;
            let stepped = self.sets.step(&step);
            stepped.map_err(|source| SnapshotError::Step { height, source })?;
            self.import.validator_step(&step)?;
        }
    }

    /// A head that belongs to this chain and is signed by the set of its height, and announces the set of
    /// the next one.
    fn check_head(
        &self,
        header: &Header,
        certificate: &CommitCertificate,
    ) -> Result<(), SnapshotError> {
        let refused = |source| match source {
            HeadRefusal::Chain => SnapshotError::OtherChain,
            source => SnapshotError::Head {
                height: header.height,
                source,
            },
        };
        let validators = self.sets.at(header.height);
        let chain = self.sets.chain();
        verify_head(chain, &validators, header, certificate).map_err(refused)?;
        let next = self.sets.at(header.height.saturating_add(1));
        if header.next_validators != next.digest() {
            return Err(refused(HeadRefusal::Validators));
        }
        Ok(())
    }

    /// Reads runs and records, and checks that they are the state that the head names; gives the first
    /// block, whose frame ends them.
    fn read_state<R: Read>(
        &mut self,
        first: Frame,
        frames: &mut Frames<R>,
        report: &mut dyn FnMut(Progress),
    ) -> Result<(StoredBlock, tree::TreeUpdate), SnapshotError> {
        let mut seen = Seen::default();
        let mut frame = first;
        let block = loop {
            match frame {
                Frame::Run { run, keys } if self.progress.records == 0 && !keys.is_empty() => {
                    let root = seen.run(run, &keys)?;
                    self.import.run(run, root, &keys)?;
                    self.progress.packs = self.progress.packs.saturating_add(count(keys.len()));
                }
                Frame::Records(records) if !records.is_empty() => {
                    for (key, record) in &records {
                        seen.record(*key, record)?;
                        self.import.record(key, record)?;
                    }
                    let read = count(records.len());
                    self.progress.records = self.progress.records.saturating_add(read);
                }
                Frame::Block {
                    header,
                    certificate,
                    body,
                } => break (header, certificate, body),
                _ => {
                    let found = "runs, then records, then blocks are expected";
                    return Err(SnapshotError::Order { found });
                }
            }
            self.progress.bytes = frames.bytes;
            report(self.progress);
            frame = frames.next()?;
        };
        let values = seen.into_values()?;
        let tree = tree::whole(self.head.height, &values).map_err(StoreError::from)?;
        if tree.root != self.head.state_root {
            return Err(SnapshotError::StateRoot);
        }
        Ok((block, tree))
    }

    fn read_blocks<R: Read>(
        mut self,
        (first, tree): (StoredBlock, tree::TreeUpdate),
        frames: &mut Frames<R>,
        report: &mut dyn FnMut(Progress),
    ) -> Result<Restored, SnapshotError> {
        let lists = self.import.written()?;
        let mut oldest = self.block(&*lists, first)?;
        loop {
            match frames.next()? {
                Frame::Block {
                    header,
                    certificate,
                    body,
                } => oldest = self.block(&*lists, (header, certificate, body))?,
                Frame::End => break,
                _ => {
                    let found = "only blocks may follow blocks";
                    return Err(SnapshotError::Order { found });
                }
            }
            self.progress.bytes = frames.bytes;
            report(self.progress);
        }
        if !covers_window(&oldest, &self.head) {
            return Err(SnapshotError::TooFewBlocks);
        }
        self.progress.bytes = frames.bytes;
        self.import
            .finish(self.genesis, &self.head, oldest.height, &tree)?;
        Ok(Restored {
            head: self.head,
            oldest: oldest.height,
            progress: self.progress,
        })
    }

    /// Takes the block that the one after it names; gives its header.
    fn block(
        &mut self,
        lists: &dyn Snapshot,
        (header, certificate, body): StoredBlock,
    ) -> Result<Header, SnapshotError> {
        let height = header.height;
        if header.digest() != self.next {
            return Err(SnapshotError::Link { height });
        }
        self.check_head(&header, &certificate)?;
        let list = |root: &Digest| {
            read_list(lists, root)?
                .ok_or_else(|| StoreError::corrupt("identity list", "the snapshot lacks it"))
        };
        let (block, roots): (Block, _) =
            restore_body(header, &body, list).map_err(|error| match error {
                StoreError::Corrupt { source, .. } => SnapshotError::Block { height, source },
                other => other.into(),
            })?;
        self.import.block(&block, &certificate, &roots)?;
        self.next = block.header.parent;
        self.progress.blocks = self.progress.blocks.saturating_add(1);
        Ok(block.header)
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
