package io.sluice.app.server;

import io.sluice.app.node.StartupException;
import io.sluice.cluster.layout.RendezvousLayout;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetLayout;
import io.sluice.storage.proto.PutLayout;
import io.sluice.storage.proto.Query;
import io.sluice.storage.verticle.SegmentStore;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
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

  private final MetadataStore metadata;

  ClusterLayout(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /**
   * Reads the layout, or makes the first one. Blocks.
   *
   * @throws StartupException when a disk of the layout is not there, or one is there that it does
   *     not have: chunks would be looked for in the wrong place
   */
  Layout establish(int replicas, List<SegmentStore> disks) throws IOException {
    Query query = Query.newBuilder().setGetLayout(GetLayout.getDefaultInstance()).build();
    Answer answer = await(metadata.query(MetadataStore.ROOT_SHARD, query, DEADLINE));
    if (answer.getLayout().getVersion() == 0) {
      return create(replicas, disks);
    }
    Layout layout = Layout.of(answer.getLayout());
    TreeSet<String> expected = new TreeSet<>();
    layout.partitions().forEach(expected::addAll);
    TreeSet<String> found = new TreeSet<>();
    disks.forEach(disk -> found.add(disk.id()));
    if (!found.equals(expected)) {
      throw new StartupException(
          "the --data directories are not those of the first start: this store has "
              + (expected.size() == 1 ? "1 disk" : expected.size() + " disks")
              + "; missing: "
              + expected.stream().filter(id -> !found.contains(id)).count()
              + ", not of this store: "
              + found.stream().filter(id -> !expected.contains(id)).count()
              + "; start it with the directories of the first start",
          null);
    }
    return layout;
  }

  private Layout create(int replicas, List<SegmentStore> disks) throws IOException {
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
