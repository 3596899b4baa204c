package io.sluice.cluster.layout;

import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.SyncAnswer;
import io.sluice.storage.proto.SyncRequest;
import io.smallrye.mutiny.Uni;

/** Asks a node to bring disks of its up to date, over the internal channel. Any thread. */
public interface SyncChannel {
  /** Fails when the node can't be reached in time. */
  Uni<SyncAnswer> sync(NodeRecord node, SyncRequest request);
}
