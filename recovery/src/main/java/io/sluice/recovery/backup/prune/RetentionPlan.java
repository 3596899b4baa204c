package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.storage.SpanText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which backups stay, each with every reason for it, and which go. What stays takes with it what
 * its chain needs, and the newest always stays. Immutable, and made of nothing but what it is
 * given.
 *
 * @param decisions one for each set, newest first
 */
public record RetentionPlan(List<Decision> decisions) {
  /**
   * What becomes of a set.
   *
   * @param reasons why it stays, for people; none: it goes
   */
  public record Decision(BackupSet set, List<String> reasons) {
    public Decision {
      reasons = List.copyOf(reasons);
    }

    public boolean stays() {
      return !reasons.isEmpty();
    }
  }

  public RetentionPlan {
    decisions = List.copyOf(decisions);
  }

  /**
   * Decides.
   *
   * @param now for the rule of age; no other looks at a clock
   * @param others sets that stay whatever the rules say, and why
   */
  public static RetentionPlan of(
      List<BackupSet> sets, RetentionRules rules, Instant now, Map<SetId, String> others) {
    List<BackupSet> newestFirst =
        sets.stream().sorted(Comparator.comparing(BackupSet::id).reversed()).toList();
    Calendar calendar = new Calendar(rules);
    Map<SetId, SetId> neededBy = new HashMap<>();
    List<Decision> decisions = new ArrayList<>();
    int counted = 0;
    for (int i = 0; i < newestFirst.size(); i++) {
      BackupSet set = newestFirst.get(i);
      List<String> reasons = new ArrayList<>();
      if (rules.isEmpty()) {
        reasons.add("no rules are set");
      } else if (counted < rules.last()) {
        reasons.add("last " + rules.last());
      } else if (i == 0) {
        reasons.add("the newest");
      }
      if (i == 0 || !set.id().equals(newestFirst.get(i - 1).id().chainEnd())) {
        counted++; // what leads up to a full one is a second set of the same moment
      }
      reasons.addAll(calendar.take(set.cutAt()));
      if (!rules.minAge().isZero() && set.cutAt().isAfter(now.minus(rules.minAge()))) {
        reasons.add("younger than " + SpanText.of(rules.minAge()));
      }
      Optional.ofNullable(others.get(set.id())).ifPresent(reasons::add);
      Optional.ofNullable(neededBy.get(set.id()))
          .ifPresent(child -> reasons.add("needed by " + child));
      if (!reasons.isEmpty()) {
        // A parent is older than its children, so it comes later.
        set.parentId().ifPresent(parent -> neededBy.putIfAbsent(parent, set.id()));
      }
      decisions.add(new Decision(set, reasons));
    }
    return new RetentionPlan(decisions);
  }

  /** The sets that go, newest first. */
  public List<BackupSet> going() {
    return decisions.stream().filter(each -> !each.stays()).map(Decision::set).toList();
  }

  /** The sets that stay, newest first. */
  public List<BackupSet> staying() {
    return decisions.stream().filter(Decision::stays).map(Decision::set).toList();
  }

  /** Counts stretches of the calendar, from the newest back. */
  private static final class Calendar {
    private final RetentionRules rules;
    private final Map<Period, String> at = new EnumMap<>(Period.class);
    private final Map<Period, Integer> taken = new EnumMap<>(Period.class);

    Calendar(RetentionRules rules) {
      this.rules = rules;
    }

    List<String> take(Instant time) {
      List<String> reasons = new ArrayList<>();
      rules
          .periods()
          .forEach(
              (period, number) -> {
                String label = period.label(time.atZone(rules.zone()));
                if (!label.equals(at.put(period, label))
                    && taken.getOrDefault(period, 0) < number) {
                  taken.merge(period, 1, Integer::sum);
                  reasons.add(period + " " + label);
                }
              });
      return reasons;
    }
  }
}
