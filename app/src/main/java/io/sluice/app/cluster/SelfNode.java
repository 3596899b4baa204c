package io.sluice.app.cluster;

import io.sluice.app.config.ClusterSettings;
import io.sluice.app.config.Role;
import io.sluice.app.node.LocalDisks;
import io.sluice.cluster.channel.CheckpointSource;
import io.sluice.cluster.channel.LocalNode;
import io.sluice.metadata.MetadataServer;
import io.sluice.metadata.raft.MetadataIdentity;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.DiskHint;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeHint;
import io.sluice.storage.proto.NodeIdentity;
import io.sluice.storage.proto.NodeRecord;
import java.io.IOException;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this node is and has, growing while it starts, as it tells others: on request, in hints, and
 * in its record. Any thread.
 */
final class SelfNode implements LocalNode {
  private final ClusterSettings settings;
  private final FormatRange formats;
  private final Incarnation incarnation;
  private final String process = UUID.randomUUID().toString();
  private final int diskCount;
  private final int replicas;
  private final String s3Endpoint;
  private final LongSupplier revision;
  private volatile @Nullable MetadataIdentity belongsTo;
  private volatile @Nullable LocalDisks disks;
  private volatile @Nullable MetadataServer metadata;
  private volatile @Nullable CheckpointSource checkpoints;
  private volatile boolean registered;

  /**
   * @param formats what this program knows
   * @param diskCount how many it will have
   * @param replicas copies of each chunk that it was told; 0 when it was not
   * @param s3Endpoint for people
   * @param revision the newest revision of the cluster that it knows
   */
  SelfNode(
      ClusterSettings settings,
      FormatRange formats,
      Incarnation incarnation,
      int diskCount,
      int replicas,
      String s3Endpoint,
      LongSupplier revision) {
    this.settings = settings;
    this.formats = formats;
    this.incarnation = incarnation;
    this.diskCount = diskCount;
    this.replicas = replicas;
    this.s3Endpoint = s3Endpoint;
    this.revision = revision;
  }

  void belongsTo(MetadataIdentity identity) {
    belongsTo = identity;
  }

  void has(LocalDisks opened) {
    disks = opened;
  }

  void has(MetadataServer opened, CheckpointSource copies) {
    metadata = opened;
    checkpoints = copies;
  }

  /** The cluster knows it as it is now: from here on its word counts as that of a working node. */
  void isRegistered() {
    registered = true;
  }

  /** It stops: others are to go elsewhere. */
  void hasNoMetadata() {
    metadata = null;
    checkpoints = null;
  }

  String name() {
    return settings.node();
  }

  String incarnation() {
    return incarnation.id();
  }

  /** It is about to become one of a cluster. Blocks. */
  void keepIncarnation() throws IOException {
    incarnation.keep();
  }

  @Override
  public NodeIdentity identity() {
    NodeIdentity.Builder identity =
        NodeIdentity.newBuilder()
            .setName(settings.node())
            .setIncarnation(incarnation.id())
            .setProcess(process)
            .setRaftAddress(raftAddress())
            .setDisks(diskCount)
            .setReplicas(replicas)
            .setStarting(!registered)
            .addAllMetadataPeers(settings.metadataPeers());
    if (!settings.metadataPeers().isEmpty()) {
      identity.setCreator(settings.metadataPeers().get(0));
    }
    MetadataIdentity known = belongsTo;
    if (known != null) {
      identity.setClusterId(known.clusterId()).setShards(known.shards()).setEpoch(known.epoch());
      if (settings.has(Role.METADATA)) {
        identity.setPeerId(known.peerId());
      }
    }
    return identity.build();
  }

  /** Also of a node that takes no part in the metadata: it may have voted before. */
  private String peerId() {
    MetadataIdentity known = belongsTo;
    return known == null ? "" : known.peerId();
  }

  /** Of a node that takes part in the metadata; empty otherwise. */
  private String raftAddress() {
    return settings.has(Role.METADATA) ? settings.raft().toString() : "";
  }

  @Override
  public @Nullable ChunkReplica disk(String id) {
    LocalDisks opened = disks;
    return opened == null ? null : opened.replica(id);
  }

  @Override
  public @Nullable MetadataPeer metadata() {
    MetadataServer opened = metadata;
    return opened == null ? null : opened.peer();
  }

  @Override
  public @Nullable CheckpointSource checkpoints() {
    return checkpoints;
  }

  /** What it says of itself about once a second. */
  NodeHint hint() {
    NodeHint.Builder hint =
        NodeHint.newBuilder()
            .setName(settings.node())
            .setIncarnation(incarnation.id())
            .setInternalAddress(settings.internal().toString())
            .setRaftAddress(raftAddress())
            .setZone(settings.zone())
            .setClusterRevision(revision.getAsLong())
            .setS3Endpoint(s3Endpoint);
    MetadataIdentity known = belongsTo;
    if (known != null) {
      hint.setClusterId(known.clusterId());
    }
    LocalDisks opened = disks;
    if (opened != null) {
      opened.replicas().values().forEach(disk -> hint.addDisks(hintOf(disk)));
    }
    return hint.build();
  }

  private static DiskHint hintOf(ChunkReplica disk) {
    ChunkReplica.Load load = disk.load();
    return DiskHint.newBuilder()
        .setId(disk.id())
        .setState(
            switch (disk.state()) {
              case WRITABLE -> 0;
              case READ_ONLY -> 1;
              case FAILED -> 2;
            })
        .setRequestsInFlight(load.requestsInFlight())
        .setBytesInFlight(load.bytesInFlight())
        .setCapacityBytes(load.capacityBytes())
        .setFreeBytes(load.freeBytes())
        .build();
  }

  /** What it registers. Its disks and its metadata are open. */
  NodeRecord record() {
    NodeRecord.Builder record =
        NodeRecord.newBuilder()
            .setName(settings.node())
            .setIncarnation(incarnation.id())
            .setInternalAddress(settings.internal().toString())
            .setRaftAddress(raftAddress())
            .setPeerId(peerId())
            .setZone(settings.zone())
            .setWeight(settings.weight())
            .setFormat(formats.newest())
            .setOldestFormat(formats.oldest())
            .setS3Endpoint(s3Endpoint)
            .setSoftware(software());
    LocalDisks opened = disks;
    if (opened != null) {
      for (ChunkReplica disk : opened.replicas().values()) {
        record.addDisks(
            DiskRecord.newBuilder().setId(disk.id()).setCapacityBytes(disk.load().capacityBytes()));
      }
    }
    return record.build();
  }

  private static String software() {
    String version = SelfNode.class.getPackage().getImplementationVersion();
    return version == null ? "" : version;
  }
}
