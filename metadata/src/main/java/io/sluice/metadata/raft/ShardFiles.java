package io.sluice.metadata.raft;

import java.io.IOException;
import java.util.Optional;
import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/** Opens what the shards have on disk, and brings state and log of each together. */
final class ShardFiles {
  private final MetadataDirectory directory;
  private final ReplicatedState.Factory states;
  private final boolean alone;

  ShardFiles(MetadataDirectory directory, ReplicatedState.Factory states, boolean alone) {
    this.directory = directory;
    this.states = states;
    this.alone = alone;
  }

  /** Reads the log of a shard, and opens its state. Blocks; any thread. */
  RaftShard.Files open(int shard) throws IOException {
    SnapshotMark mark = new SnapshotMark(directory.snapshot(shard));
    StateInstaller installer = new StateInstaller(directory, shard, mark, states);
    installer.finish();
    ReplicatedState state = states.open(directory.state(shard), shard);
    try {
      GroupDirectory group =
          new GroupDirectory(directory.logs().resolve(directory.group(shard).toString()));
      check(shard, state.applied().getIndex(), mark.latest(), group);
      requireToBeAlone(group);
      SwappableState swappable =
          new SwappableState(state, mark.latest(), directory.identity().epoch());
      return new RaftShard.Files(swappable, mark, group, installer);
    } catch (IOException | RuntimeException e) {
      state.close();
      throw e;
    }
  }

  /** Without the others it would wait for a majority for ever. */
  private void requireToBeAlone(GroupDirectory group) throws IOException {
    int voters = alone && group.exists() ? group.voterRecord().voters() : 0;
    if (voters > 1) {
      throw new IOException(
          "this is the metadata of a node of a cluster, of which %d vote: start it as that node, with its --node and --cluster-secret-file"
              .formatted(voters));
    }
  }

  private void check(int shard, long applied, @Nullable TermIndex mark, GroupDirectory group)
      throws IOException {
    long snapshot = mark == null ? 0 : mark.getIndex();
    try {
      if (applied < snapshot) {
        throw new LogRepair.LogDamaged(
            "the state of metadata shard %d (%s) has lost entries: it ends at %d, and was durable up to %d"
                .formatted(shard, directory.state(shard), applied, snapshot));
      }
      Optional<String> forked = group.forkedAt();
      if (forked.isPresent()) {
        throw new LogRepair.LogDamaged(
            "metadata shard %d (%s) has applied entries that then left its log, from %s on, and may differ from the other peers"
                .formatted(shard, directory.state(shard), forked.get()));
      }
      LogRepair.Found found = new LogRepair(group.current(), shard).run(applied, snapshot);
      if (applied == 0) {
        group.clearUnlessBegun();
      } else if (!group.exists()) {
        // What it voted for, and who else votes, is lost with it (INVARIANTS 6).
        throw new LogRepair.LogDamaged(
            "metadata shard %d has a state (%s) but its log is gone (%s)"
                .formatted(shard, directory.state(shard), group.current()));
      }
      if (group.exists()) {
        long markTerm = mark == null ? 0 : mark.getTerm();
        group.voterRecord().repair(Math.max(markTerm, found.lastTerm()), found.namesMembers());
      }
    } catch (LogRepair.LogDamaged e) {
      // Alone, there is nowhere to take it from. One of several has others, and is itself lost to
      // them: what it acknowledged may have counted, so it must not vote as if it never had.
      throw alone
          ? e
          : new LogRepair.LogDamaged(
              e.getMessage()
                  + ". This peer, "
                  + directory.identity().peerId()
                  + ", can't go on: remove it from the cluster, and let the node join again with an"
                  + " empty metadata directory");
    }
  }
}
