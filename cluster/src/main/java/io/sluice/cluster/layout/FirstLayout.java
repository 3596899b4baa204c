package io.sluice.cluster.layout;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the first layout is to be, and what it waits for. Whoever creates the cluster decides it,
 * and leaves it among the cluster's settings, because another node may lead shard 0 by the time
 * there is one.
 *
 * @param replicas copies of each chunk
 * @param nodes with disks that must be there
 */
public record FirstLayout(int replicas, int nodes) {
  /** The setting that holds it. */
  public static final String SETTING = "first-layout";

  private static final int REPLICAS_DEFAULT = 3;
  private static final Pattern TEXT =
      Pattern.compile("(?<replicas>[1-9]\\d{0,5}) copies on (?<nodes>[1-9]\\d{0,5}) nodes");

  /**
   * What the creator decides.
   *
   * @param given what it was told; null: 3, or as many as there are nodes (disks, on one node)
   * @param nodes those of the first nodes that have disks, at least 1
   * @param disks of the creator
   */
  public static FirstLayout of(@Nullable Integer given, int nodes, int disks) {
    int places = nodes == 1 ? Math.max(1, disks) : nodes;
    return new FirstLayout(given != null ? given : Math.min(REPLICAS_DEFAULT, places), nodes);
  }

  /** As the settings of the cluster have it. */
  public static Optional<FirstLayout> in(Map<String, String> settings) {
    Matcher text = TEXT.matcher(settings.getOrDefault(SETTING, ""));
    return text.matches()
        ? Optional.of(
            new FirstLayout(
                Integer.parseInt(text.group("replicas")), Integer.parseInt(text.group("nodes"))))
        : Optional.empty();
  }

  /** The setting's value. */
  public String text() {
    return replicas + " copies on " + nodes + " nodes";
  }
}
