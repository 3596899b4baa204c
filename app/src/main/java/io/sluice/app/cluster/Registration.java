package io.sluice.app.cluster;

import io.sluice.app.node.Blocking;
import io.sluice.app.node.StartupException;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RegisterNode;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the cluster that this node is there, and with what. */
final class Registration {
  private static final Logger LOG = LoggerFactory.getLogger(Registration.class);
  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final Duration WAIT_MAX = Duration.ofSeconds(2);
  private static final Duration WAIT_FIRST = Duration.ofMillis(100);
  private static final int TELL_EVERY = 10;

  private final MetadataStore metadata;
  private final Vertx vertx;

  Registration(MetadataStore metadata, Vertx vertx) {
    this.metadata = metadata;
    this.vertx = vertx;
  }

  /**
   * Registers, and tries again until the metadata answers, which takes a majority of its peers.
   * Blocks.
   *
   * @throws StartupException when it is refused
   */
  void register(NodeRecord record) throws IOException {
    Command command =
        Command.newBuilder().setRegisterNode(RegisterNode.newBuilder().setNode(record)).build();
    Duration wait = WAIT_FIRST;
    for (int attempt = 1; ; attempt++) {
      try {
        Blocking.await(
            metadata
                .submit(MetadataStore.ROOT_SHARD, command, DEADLINE)
                .subscribeAsCompletionStage(),
            DEADLINE.multipliedBy(2));
        return;
      } catch (StorageFailure.Refused refused) {
        throw new StartupException(explained(refused, record), refused);
      } catch (StorageFailure failure) {
        if (attempt % TELL_EVERY == 0) {
          LOG.info("waiting for the cluster's metadata to answer: {}", failure.getMessage());
        }
      }
      pause(wait);
      wait = wait.multipliedBy(2).compareTo(WAIT_MAX) < 0 ? wait.multipliedBy(2) : WAIT_MAX;
    }
  }

  private void pause(Duration wait) throws IOException {
    Blocking.await(vertx.timer(wait.toMillis()), wait.plusSeconds(10));
  }

  private static String explained(StorageFailure.Refused refused, NodeRecord record) {
    if (refused.code() == RefusalCode.NODE_NAME_TAKEN) {
      return "the cluster has another node named "
          + record.getName()
          + ", or another with one of these disks: give this one another name (--node), or remove"
          + " the other first (sluice cluster remove "
          + record.getName()
          + ")";
    }
    if (refused.code() == RefusalCode.FORMAT_NOT_ACTIVE) {
      return String.valueOf(refused.getMessage());
    }
    if (refused.code() == RefusalCode.NODE_GONE) {
      return "node "
          + record.getName()
          + " was removed from the cluster: start it with empty directories";
    }
    return "the cluster refused this node: " + refused.getMessage();
  }
}
