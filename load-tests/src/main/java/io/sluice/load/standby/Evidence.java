package io.sluice.load.standby;

import io.sluice.load.disaster.Attempt;
import io.sluice.load.disaster.Findings;
import io.sluice.load.disaster.Model;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a takeover must have been like, by what clients saw. */
final class Evidence {
  /** For what a takeover does beside waiting: looks, probes, sets, on a busy machine. */
  private static final Duration WORK_MAX = Duration.ofSeconds(20);

  private final Variant variant;
  private final Seen seen;
  private final String old;
  private final Findings findings;

  /**
   * @param old the name of the primary that was lost
   */
  Evidence(Variant variant, Seen seen, String old, Findings findings) {
    this.variant = variant;
    this.seen = seen;
    this.old = old;
    this.findings = findings;
  }

  /**
   * Says what was seen, and what must not be.
   *
   * @param written at the old primary
   * @param fenced the old primary's status
   * @return what the new primary has and lacks of it
   */
  Takeover judge(Model written, JsonObject fenced) {
    Takeover takeover = Takeover.of(written.attempts(), seen.state(), seen.recoveryPoint());
    findings.differences("after " + variant, takeover.problems());
    List<Attempt> acknowledged =
        written.attempts().values().stream()
            .flatMap(Collection::stream)
            .filter(
                attempt -> attempt.acknowledged() != null && attempt.began().isAfter(Instant.EPOCH))
            .toList();
    tell(takeover.lost(), acknowledged);
    requireInTime();
    requireNoOverlap(acknowledged);
    requireListed(takeover.lost(), fenced);
    return takeover;
  }

  private void tell(List<Attempt> lost, List<Attempt> acknowledged) {
    List<Attempt> before = acknowledged.stream().filter(each -> each.isBy(seen.struck())).toList();
    List<Attempt> lostOfThem = lost.stream().filter(each -> each.isBy(seen.struck())).toList();
    Instant oldest =
        lostOfThem.stream().map(Evidence::answered).min(Instant::compareTo).orElse(seen.struck());
    System.out.printf(
        "  writes again after %.1f s; of %d acknowledged before, %d are lost, of the last %.2f s; the last"
            + " set is of %.2f s %s; %d objects of %.1f MB compared%n",
        seconds(seen.struck(), seen.first()),
        before.size(),
        lostOfThem.size(),
        seconds(oldest, seen.struck()),
        Math.abs(seconds(seen.recoveryPoint(), seen.struck())),
        seen.recoveryPoint().isAfter(seen.struck()) ? "after" : "before",
        seen.state().objects(),
        seen.state().bytes() / 1e6);
    Instant last =
        acknowledged.stream().map(Evidence::answered).max(Instant::compareTo).orElse(seen.struck());
    System.out.printf(
        "  the old primary acknowledged %d more, until %.1f s after it was lost; of those %d are only"
            + " there%n",
        acknowledged.size() - before.size(),
        Math.max(0, seconds(seen.struck(), last)),
        lost.size() - lostOfThem.size());
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toMillis() / 1e3;
  }

  private static Instant answered(Attempt attempt) {
    Instant at = attempt.acknowledged();
    return at == null ? Instant.MIN : at;
  }

  private void requireInTime() {
    Duration span = Duration.between(seen.struck(), seen.first());
    Duration limit = Switchover.AUTOMATIC.plus(Switchover.LEASE_WAIT).plus(WORK_MAX);
    if (variant.isAutomatic()
        && variant != Variant.AUTOMATIC_INTERRUPTED
        && span.compareTo(limit) > 0) {
      findings.violation("it took over after " + span + ", not within " + limit);
    }
  }

  /** With a lease the one acknowledges only when the other does not any more. */
  private void requireNoOverlap(List<Attempt> acknowledged) {
    if (!variant.isLeased()) {
      return;
    }
    for (Attempt each : acknowledged) {
      if (answered(each).isAfter(seen.first())) {
        findings.violation(
            "%s acknowledged %s at %s, sent at %s; the other one did at %s"
                .formatted(old, each.name(), each.acknowledged(), each.began(), seen.first()));
      }
    }
  }

  /** What the old primary has and the new one lacks. */
  private void requireListed(List<Attempt> lost, JsonObject fenced) {
    JsonObject diverged = fenced.getJsonObject("diverged");
    JsonArray changes = diverged.getJsonArray("changes");
    Set<String> listed = new HashSet<>();
    for (int i = 0; i < changes.size(); i++) {
      JsonObject change = changes.getJsonObject(i);
      listed.add(change.getString("bucket") + '/' + change.getString("name"));
    }
    boolean more = diverged.getBoolean("more");
    System.out.printf(
        "  it is %s, and lists %d changes%s%n",
        fenced.getString("role"), changes.size(), more ? ", of more" : "");
    if (!"fenced".equals(fenced.getString("role"))) {
      findings.violation("the old primary is not fenced");
    }
    for (Attempt each : lost) {
      if (!more && !listed.contains(each.name())) {
        findings.violation(each + " is lost, and not listed");
      }
    }
  }
}
