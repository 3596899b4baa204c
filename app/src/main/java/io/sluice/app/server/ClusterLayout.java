package io.sluice.app.server;

import io.sluice.app.node.DataDirectories;
import io.sluice.app.node.StartupException;
import io.sluice.cluster.layout.RendezvousLayout;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetLayout;
import io.sluice.storage.proto.PutLayout;
import io.sluice.storage.proto.Query;
import io.sluice.storage.verticle.SegmentStore;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The layout, agreed through Raft in shard 0: made at a cluster's first start from the disks there
 * are, and from then on what says where chunks lie.
 */
final class ClusterLayout {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private static final Query QUERY =
      Query.newBuilder().setGetLayout(GetLayout.getDefaultInstance()).build();

  private final MetadataStore metadata;

  ClusterLayout(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /** Reads the layout; its version is 0 before there is one. Blocks. */
  Layout read() throws IOException {
    return Layout.of(await(metadata.query(MetadataStore.ROOT_SHARD, QUERY, DEADLINE)).getLayout());
  }

  /** Asks for the layout. */
  Uni<Layout> ask() {
    return metadata
        .query(MetadataStore.ROOT_SHARD, QUERY, DEADLINE)
        .map(answer -> Layout.of(answer.getLayout()));
  }

  /**
   * Requires that the directories have what the layout says is there, or can get it back from each
   * other. Nothing was made in them yet.
   *
   * @throws StartupException when a disk of the layout has no directory, or an empty one and what
   *     was on it is nowhere else
   */
  static void requireFitting(Layout layout, DataDirectories directories) {
    Set<String> expected = layout.disks();
    Set<String> missing = new TreeSet<>(expected);
    missing.removeAll(directories.found());
    missing.removeAll(directories.absentIds());
    missing.removeAll(directories.replaced().values());
    if (!missing.isEmpty()) {
      throw new StartupException(
          "the --data directories are not those of the first start: this store has "
              + (expected.size() == 1 ? "1 disk" : expected.size() + " disks")
              + "; missing: "
              + missing.size()
              + ", not of this store: "
              + directories.added().size()
              + "; start it with the directories of the first start, an empty one in place of a"
              + " disk that was lost",
          null);
    }
    directories
        .replaced()
        .forEach((path, disk) -> requireOthersHaveIt(layout, directories.found(), path, disk));
  }

  /** INVARIANTS 4: so many must be left that they share a member with every majority. */
  private static void requireOthersHaveIt(
      Layout layout, Set<String> found, Path path, String disk) {
    long lost =
        layout.partitions().stream()
            .filter(set -> set.contains(disk))
            .filter(
                set ->
                    set.stream().filter(found::contains).count()
                        <= set.size() - Layout.quorumOf(set.size()))
            .count();
    if (lost > 0) {
      throw new StartupException(
          path
              + " is empty, and the other disks have too few copies of what it held ("
              + lost
              + " of "
              + layout.partitions().size()
              + " partitions): mount or restore it",
          null);
    }
  }

  /** Makes the first layout. Blocks. */
  Layout create(int replicas, List<SegmentStore> disks) throws IOException {
    Layout layout =
        RendezvousLayout.compute(
            1,
            replicas,
            disks.stream()
                .map(disk -> new RendezvousLayout.Disk(disk.id(), 1, disk.id(), ""))
                .toList());
    Command command =
        Command.newBuilder()
            .setPutLayout(PutLayout.newBuilder().setLayout(layout.toRecord()))
            .build();
    await(metadata.submit(MetadataStore.ROOT_SHARD, command, DEADLINE));
    return layout;
  }

  private static <T> T await(Uni<T> work) throws IOException {
    try {
      return work.subscribeAsCompletionStage().get(DEADLINE.toMillis() * 2, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the layout can't be read or written: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
