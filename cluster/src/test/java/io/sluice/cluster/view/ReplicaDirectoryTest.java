package io.sluice.cluster.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReplicaDirectoryTest {
  private final Map<String, NodeRecord> nodes = new HashMap<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final ChunkReplica own = new NoReplica("own");
  private final ReplicaDirectory directory =
      new ReplicaDirectory(
          Map.of("own", own),
          disk -> view().nodeWithDisk(disk).orElse(null),
          (node, disk) -> {
            connections.incrementAndGet();
            return new NoReplica(disk + "@" + node.getInternalAddress());
          });

  @Test
  void apply_ownDisk_isDirect() {
    assertThat(directory.apply("own")).isSameAs(own);
    assertThat(connections).hasValue(0);
  }

  @Test
  void apply_unknownDisk_isNone() {
    assertThat(directory.apply("d9")).isNull();
  }

  @Test
  void apply_othersDisk_isConnectedOnce() {
    put("n2", "a", "h2:1", "d2", "d3");
    ChunkReplica replica = directory.apply("d2");
    assertThat(replica.id()).isEqualTo("d2@h2:1");
    assertThat(directory.apply("d2")).isSameAs(replica);
    assertThat(directory.apply("d3")).isNotSameAs(replica);
    assertThat(connections).hasValue(2);
  }

  @Test
  void apply_nodeMovedOrWasReplaced_isConnectedAgain() {
    put("n2", "a", "h2:1", "d2");
    ChunkReplica first = directory.apply("d2");
    put("n2", "a", "h2:2", "d2");
    ChunkReplica moved = directory.apply("d2");
    assertThat(moved).isNotSameAs(first);
    put("n2", "b", "h2:2", "d2");
    assertThat(directory.apply("d2")).isNotSameAs(moved);
    assertThat(connections).hasValue(3);
  }

  @Test
  void apply_diskMovedToAnotherNode_isConnectedThere() {
    put("n2", "a", "h2:1", "d2");
    directory.apply("d2");
    nodes.clear();
    put("n3", "c", "h3:1", "d2");
    assertThat(directory.apply("d2").id()).isEqualTo("d2@h3:1");
  }

  @Test
  void accept_nodeLeft_dropsItsReplicas() {
    put("n2", "a", "h2:1", "d2");
    put("n3", "c", "h3:1", "d3");
    directory.apply("d2");
    ChunkReplica kept = directory.apply("d3");
    NodeRecord node = nodes.remove("n2");
    directory.accept(view());
    assertThat(directory.apply("d2")).isNull();
    nodes.put("n2", node);
    directory.apply("d2");
    assertThat(directory.apply("d3")).isSameAs(kept);
    assertThat(connections).hasValue(3);
  }

  private void put(String name, String incarnation, String address, String... disks) {
    NodeRecord.Builder node =
        NodeRecord.newBuilder()
            .setName(name)
            .setIncarnation(incarnation)
            .setInternalAddress(address);
    for (String disk : disks) {
      node.addDisks(DiskRecord.newBuilder().setId(disk));
    }
    nodes.put(name, node.build());
  }

  private ClusterView view() {
    Map<String, String> nodeOfDisk = new HashMap<>();
    nodes
        .values()
        .forEach(
            node ->
                node.getDisksList().forEach(disk -> nodeOfDisk.put(disk.getId(), node.getName())));
    return new ClusterView(
        1, new Layout(0, 0, List.of()), nodes, nodeOfDisk, Map.of(), Set.of(), 1);
  }

  private record NoReplica(String id) implements ChunkReplica {
    @Override
    public State state() {
      return State.WRITABLE;
    }

    @Override
    public Load load() {
      return new Load(0, 0, 0, 0);
    }

    @Override
    public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> delete(List<ChunkId> ids) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<List<ChunkId>> list(int partition, ChunkId after, int max) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> raiseLayoutVersion(long version) {
      throw new UnsupportedOperationException();
    }
  }
}
