package io.sluice.load.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * A rate of ours that shall be at least {@code ratioMin} of a limit's rate.
 *
 * @param besides a rate shown for comparison only
 * @param tidyUp done after the last round
 * @param warmUpsMax at most so many figures of each side come before the first that counts
 */
record Goal(
    String name,
    String unit,
    double ratioMin,
    Rate ours,
    Rate limit,
    List<NamedRate> besides,
    Rate tidyUp,
    int warmUpsMax) {

  /**
   * A side is warm when so many figures in a row were not faster than the best one before by this.
   */
  private static final double WARM_GAIN = 1.03;

  private static final int WARM_STREAK = 2;
  private static final int WARM_UPS_MAX = 15;

  /** A goal of many small requests, which leaves nothing behind. */
  Goal(String name, String unit, double ratioMin, Rate ours, Rate limit, List<NamedRate> besides) {
    this(name, unit, ratioMin, ours, limit, besides, () -> 0, WARM_UPS_MAX);
  }

  /** A goal of few large requests: the processor's time goes into loops that are soon compiled. */
  Goal(
      String name,
      String unit,
      double ratioMin,
      Rate ours,
      Rate limit,
      List<NamedRate> besides,
      Rate tidyUp) {
    this(name, unit, ratioMin, ours, limit, besides, tidyUp, 1);
  }

  /** Measures once and gives units a second; blocks. */
  @FunctionalInterface
  interface Rate {
    double measure() throws IOException;
  }

  /** A rate shown beside a goal. */
  record NamedRate(String name, Rate rate) {}

  /** Warms both sides up, then measures them in turn. */
  Outcome measure(int rounds) throws IOException {
    List<Double> warmUps = warmUp();
    List<Double> ourRates = new ArrayList<>();
    List<Double> limitRates = new ArrayList<>();
    List<Double> besideRates = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      ourRates.add(ours.measure());
      limitRates.add(limit.measure());
    }
    for (NamedRate beside : besides) {
      besideRates.add(beside.rate().measure());
    }
    tidyUp.measure();
    return new Outcome(this, ourRates, limitRates, besideRates, warmUps);
  }

  /**
   * Measures both sides in turn until neither gets faster. The compiler of a JVM takes most of a
   * core for its first quarter of a minute under load, and that of the side with more code longer.
   *
   * @return our figures
   */
  private List<Double> warmUp() throws IOException {
    List<Double> ourFigures = new ArrayList<>(List.of(ours.measure()));
    double ourBest = ourFigures.get(0);
    double limitBest = limit.measure();
    for (int streak = 0; streak < WARM_STREAK && ourFigures.size() < warmUpsMax; ) {
      double our = ours.measure();
      double theirs = limit.measure();
      boolean faster = our > ourBest * WARM_GAIN || theirs > limitBest * WARM_GAIN;
      streak = faster ? 0 : streak + 1;
      ourBest = Math.max(ourBest, our);
      limitBest = Math.max(limitBest, theirs);
      ourFigures.add(our);
    }
    return ourFigures;
  }

  static double median(List<Double> values) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** What was measured for a goal, all rounds of it, and our figures before them. */
  record Outcome(
      Goal goal,
      List<Double> ourRates,
      List<Double> limitRates,
      List<Double> besideRates,
      List<Double> ourWarmUps) {

    double ratio() {
      return median(ourRates) / median(limitRates);
    }

    boolean met() {
      return ratio() >= goal.ratioMin();
    }

    String verdict() {
      return met()
          ? "met"
          : String.format(Locale.ROOT, "missed by %.0f %%", 100 * (1 - ratio() / goal.ratioMin()));
    }

    String toText() {
      StringBuilder text =
          new StringBuilder(
              String.format(
                  Locale.ROOT,
                  "%-34s ours %,10.1f  limit %,10.1f %-5s ratio %.2f  goal %.2f  %s",
                  goal.name(),
                  median(ourRates),
                  median(limitRates),
                  goal.unit(),
                  ratio(),
                  goal.ratioMin(),
                  verdict()));
      for (int i = 0; i < besideRates.size(); i++) {
        text.append(
            String.format(
                Locale.ROOT, "  (%s %,.1f)", goal.besides().get(i).name(), besideRates.get(i)));
      }
      return text.toString();
    }

    JsonObject toJson() {
      JsonObject shown = new JsonObject();
      for (int i = 0; i < besideRates.size(); i++) {
        shown.put(goal.besides().get(i).name(), besideRates.get(i));
      }
      return new JsonObject()
          .put("goal", goal.name())
          .put("unit", goal.unit())
          .put("ours", median(ourRates))
          .put("limit", median(limitRates))
          .put("ratio", ratio())
          .put("ratioMin", goal.ratioMin())
          .put("met", met())
          .put("ourRounds", new JsonArray(List.copyOf(ourRates)))
          .put("limitRounds", new JsonArray(List.copyOf(limitRates)))
          .put("ourWarmUps", new JsonArray(List.copyOf(ourWarmUps)))
          .put("besides", shown);
    }
  }
}
