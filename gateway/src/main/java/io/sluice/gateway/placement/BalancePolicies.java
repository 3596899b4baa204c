package io.sluice.gateway.placement;

import java.security.SecureRandom;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The balance policies there are, by name. */
public final class BalancePolicies {
  /** The one that is in force when nobody chose another. */
  public static final String DEFAULT = PowerOfTwoChoices.NAME;

  private static final Map<String, Supplier<BalancePolicy>> BY_NAME =
      Collections.unmodifiableMap(
          new TreeMap<>(
              Map.of(
                  RoundRobin.NAME, RoundRobin::new,
                  WeightedRoundRobin.NAME, WeightedRoundRobin::new,
                  LeastConnections.NAME, LeastConnections::new,
                  PowerOfTwoChoices.NAME, () -> new PowerOfTwoChoices(new SecureRandom()),
                  ConsistentHash.NAME, ConsistentHash::new)));

  private BalancePolicies() {}

  /** All names, in alphabetical order. */
  public static Set<String> names() {
    return BY_NAME.keySet();
  }

  /**
   * A policy of its own, with nothing chosen yet.
   *
   * @throws IllegalArgumentException if there is none of that name; the message is one line that
   *     names those there are
   */
  public static BalancePolicy named(String name) {
    Supplier<BalancePolicy> made = BY_NAME.get(name);
    if (made == null) {
      throw new IllegalArgumentException(
          "there is no balance policy '" + name + "': choose one of " + String.join(", ", names()));
    }
    return made.get();
  }

  /**
   * Whatever policy a setting names, from the moment it does. While the setting names none that
   * there is (one of a newer version, perhaps), the policy before it stays in force.
   *
   * @param setting read for each choice; safe for use by many threads
   */
  public static Supplier<BalancePolicy> following(Supplier<String> setting) {
    return new Following(setting);
  }

  private static final class Following implements Supplier<BalancePolicy> {
    private final Supplier<String> setting;
    private volatile BalancePolicy inForce = named(DEFAULT);

    Following(Supplier<String> setting) {
      this.setting = setting;
    }

    @Override
    public BalancePolicy get() {
      String wanted = setting.get();
      BalancePolicy now = inForce;
      if (!now.policyName().equals(wanted) && BY_NAME.containsKey(wanted)) {
        // Two threads may make one each at first: the later one stays.
        now = named(wanted);
        inForce = now;
      }
      return now;
    }
  }
}
