package io.sluice.cluster.member;

import io.sluice.storage.proto.NodeHint;
import io.sluice.storage.proto.NodeIdentity;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what a starting node is to do: asks everyone that hints show who they are, and applies
 * {@link FormationRules}, round after round until there is a decision.
 *
 * <p>Hints of the others come within a second, so the first round may miss some. To create, a
 * second round must agree with the first. To open, each other member must have been asked, for
 * three rounds at most: members may be anybody.
 */
public final class ClusterFormation {
  private static final Logger log = LoggerFactory.getLogger(ClusterFormation.class);

  /** A flood of forged hints must not make this node knock everywhere. */
  static final int PROBES_MAX = 64;

  private static final int OPEN_ROUNDS_MAX = 3;
  static final Duration PROBE_DEADLINE = Duration.ofSeconds(2);
  static final Duration ROUND = Duration.ofSeconds(1);

  private final StartingNode node;
  private final Supplier<Collection<NodeHint>> hints;
  private final Supplier<List<String>> otherMembers;
  private final Function<String, Uni<NodeIdentity>> probe;
  private final Function<Duration, Uni<Void>> pause;
  private volatile String told = "";
  private boolean creationSeen;
  private int rounds;

  /**
   * @param hints as {@link NodeHints#candidates}
   * @param otherMembers the names of the others that Hazelcast sees, whose hints are to come; as
   *     many as they are, whatever they call themselves
   * @param probe asks the internal channel at an address who is there, and accepts only a peer with
   *     the cluster's secret
   * @param pause completes after a time
   */
  public ClusterFormation(
      StartingNode node,
      Supplier<Collection<NodeHint>> hints,
      Supplier<List<String>> otherMembers,
      Function<String, Uni<NodeIdentity>> probe,
      Function<Duration, Uni<Void>> pause) {
    this.node = node;
    this.hints = hints;
    this.otherMembers = otherMembers;
    this.probe = probe;
    this.pause = pause;
  }

  /**
   * Looks at what can be known without asking anybody. Cheap; any thread.
   *
   * @return why that node must not start whoever else is there, in one line; empty when it may
   */
  public static Optional<String> refusalOf(StartingNode node) {
    return Optional.ofNullable(FormationRules.refusalOf(node)).map(Formation.Refuse::reason);
  }

  /** What it waits for, in one line; empty as long as it waits for nothing. Any thread. */
  public String waitsFor() {
    return Printable.of(told);
  }

  /**
   * Goes on until it is decided, which may be for ever. To be subscribed to once.
   *
   * @return {@link Formation.Open}, {@link Formation.Create}, {@link Formation.Join} or {@link
   *     Formation.Refuse}; never fails
   */
  public Uni<Formation> decide() {
    return Uni.createFrom()
        .deferred(this::round)
        .repeat()
        .whilst(decision -> decision instanceof Formation.Wait)
        .collect()
        .last();
  }

  private Uni<Formation> round() {
    Uni<Formation> decision = probeAll().map(this::decide);
    return decision.flatMap(
        result ->
            result instanceof Formation.Wait
                ? pause.apply(ROUND).replaceWith(result)
                : Uni.createFrom().item(result));
  }

  private Formation decide(List<Probed> probes) {
    List<String> others = otherMembers.get();
    Formation decision = FormationRules.decide(node, probes, Set.copyOf(others));
    if (decision instanceof Formation.Wait wait && !wait.reason().equals(told)) {
      told = wait.reason();
      log.info("{}", Printable.of(told));
    }
    rounds++;
    boolean creates = decision instanceof Formation.Create;
    if (creates && !creationSeen) {
      decision = new Formation.Wait("looking once more before the cluster is created");
    }
    creationSeen = creates;
    boolean missing = probes.size() < others.size();
    if (decision instanceof Formation.Open && missing && rounds < OPEN_ROUNDS_MAX) {
      decision = new Formation.Wait("looking once more before the directory is opened");
    }
    return decision;
  }

  private Uni<List<Probed>> probeAll() {
    Map<String, NodeHint> byAddress = new LinkedHashMap<>();
    hints.get().stream()
        .sorted(Comparator.comparing(hint -> isNamed(hint) ? 0 : 1))
        .forEach(hint -> byAddress.putIfAbsent(hint.getInternalAddress(), hint));
    List<Uni<Probed>> probes =
        byAddress.values().stream().limit(PROBES_MAX).map(this::probeOne).toList();
    if (probes.isEmpty()) {
      return Uni.createFrom().item(List.of());
    }
    return Uni.join().all(probes).andFailFast();
  }

  private boolean isNamed(NodeHint hint) {
    return node.metadataPeers().contains(hint.getName());
  }

  private Uni<Probed> probeOne(NodeHint hint) {
    String name = hint.getName();
    String address = hint.getInternalAddress();
    return Uni.createFrom()
        .deferred(() -> probe.apply(address))
        .ifNoItem()
        .after(PROBE_DEADLINE)
        .fail()
        .map(answer -> Probed.answered(name, address, answer))
        .onFailure()
        .recoverWithItem(failure -> Probed.failed(name, address, reason(failure)));
  }

  private static String reason(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }
}
