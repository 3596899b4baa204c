package io.sluice.app.cluster;

import io.sluice.app.node.Blocking;
import io.sluice.app.node.StartupException;
import io.sluice.cluster.layout.FirstLayout;
import io.sluice.cluster.view.ClusterView;
import io.sluice.cluster.view.ClusterViews;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetCluster;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.PutSetting;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RegisterNode;
import io.sluice.storage.proto.SettingRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the cluster that this node is there, and with what. Blocks; for one use, by one thread. */
final class Registration {
  private static final Logger LOG = LoggerFactory.getLogger(Registration.class);
  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final Duration WAIT_MAX = Duration.ofSeconds(2);
  private static final Duration WAIT_FIRST = Duration.ofMillis(100);
  private static final int TELL_EVERY = 10;
  private static final long PROBE_INTERVAL_MS = 500;
  private static final Duration VIEW_LIMIT = Duration.ofMinutes(10);

  private final SelfNode self;
  private final MetadataStore metadata;
  private final ClusterViews views;
  private final Vertx vertx;

  /**
   * @param self has its disks and its metadata open
   * @param views are being followed
   */
  Registration(SelfNode self, MetadataStore metadata, ClusterViews views, Vertx vertx) {
    this.self = self;
    this.metadata = metadata;
    this.views = views;
    this.vertx = vertx;
  }

  /**
   * Registers, and tries again until the metadata answers, which takes a majority of its peers.
   *
   * @param probe looks for them, and returns at once; is repeated meanwhile, on an event loop
   * @throws StartupException when it is refused
   */
  void register(Runnable probe) throws IOException {
    long probes = vertx.setPeriodic(PROBE_INTERVAL_MS, timer -> probe.run());
    try {
      register(self.record());
      self.isRegistered();
    } finally {
      vertx.cancelTimer(probes);
    }
  }

  private void register(NodeRecord record) throws IOException {
    if (record.getDisksCount() == 0) {
      requireNothingKept(record);
    }
    Command command =
        Command.newBuilder().setRegisterNode(RegisterNode.newBuilder().setNode(record)).build();
    try {
      answer(() -> metadata.submit(MetadataStore.ROOT_SHARD, command, DEADLINE));
    } catch (StorageFailure.Refused refused) {
      throw new StartupException(explained(refused, record), refused);
    }
  }

  /** A node that kept chunks goes on keeping them until they have moved. */
  private void requireNothingKept(NodeRecord own) throws IOException {
    String node = own.getName();
    ClusterView view = view();
    int held =
        view.node(node).stream()
            .filter(record -> record.getIncarnation().equals(own.getIncarnation()))
            .flatMap(record -> record.getDisksList().stream())
            .mapToInt(disk -> ClusterStatus.held(view.layout(), disk.getId()))
            .sum();
    if (held > 0) {
      throw new StartupException(
          "node "
              + node
              + " keeps "
              + held
              + " partitions, and --roles takes the storage from it: start it with the role storage,"
              + " and drain it first (sluice cluster drain "
              + node
              + ")",
          null);
    }
  }

  private ClusterView view() throws IOException {
    Query query = Query.newBuilder().setGetCluster(GetCluster.getDefaultInstance()).build();
    Answer answer = answer(() -> metadata.query(MetadataStore.ROOT_SHARD, query, DEADLINE));
    return ClusterView.of(answer.getCluster());
  }

  /**
   * Returns when a view has this node. One from before it registered would leave it out of what is
   * decided next.
   */
  void awaitView() throws IOException {
    Blocking.await(viewWithSelf(1).subscribeAsCompletionStage(), VIEW_LIMIT.multipliedBy(2));
  }

  private Uni<ClusterView> viewWithSelf(long revision) {
    return views
        .await(revision, VIEW_LIMIT)
        .chain(
            seen ->
                seen.node(self.name())
                        .filter(node -> node.getIncarnation().equals(self.incarnation()))
                        .isPresent()
                    ? Uni.createFrom().item(seen)
                    : viewWithSelf(seen.revision() + 1));
  }

  /**
   * Has the cluster know what its first layout is to be, and tells an operator whose wish is not
   * followed. To be called with this node in the view.
   *
   * @param first what this node says; null when it has no say
   * @param replicas the number of copies that this node was told, if it was
   */
  void agree(@Nullable FirstLayout first, Optional<Integer> replicas) throws IOException {
    ClusterView view = views.current();
    Optional<FirstLayout> said = FirstLayout.in(view.settings());
    boolean none = view.layout().version() == 0;
    if (first != null && none && said.isEmpty()) {
      SettingRecord setting =
          SettingRecord.newBuilder().setName(FirstLayout.SETTING).setValue(first.text()).build();
      Command command =
          Command.newBuilder().setPutSetting(PutSetting.newBuilder().setSetting(setting)).build();
      answer(() -> metadata.submit(MetadataStore.ROOT_SHARD, command, DEADLINE));
      return;
    }
    int kept = none ? said.map(FirstLayout::replicas).orElse(0) : view.layout().replicas();
    replicas
        .filter(told -> kept > 0 && told != kept)
        .ifPresent(
            told ->
                LOG.warn(
                    "--replicas {} is not followed: the cluster keeps {} copies; to change that:"
                        + " sluice cluster layout --replicas {}",
                    told,
                    kept,
                    told));
  }

  private <T> T answer(Supplier<Uni<T>> call) throws IOException {
    Duration wait = WAIT_FIRST;
    for (int attempt = 1; ; attempt++) {
      try {
        return Blocking.await(call.get().subscribeAsCompletionStage(), DEADLINE.multipliedBy(2));
      } catch (StorageFailure.Refused refused) {
        throw refused;
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
          + " was removed from the cluster, and comes back as a new one only: start it with empty"
          + " directories (--data, --metadata-dir)";
    }
    return "the cluster refused this node: " + refused.getMessage();
  }
}
