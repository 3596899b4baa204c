package io.sluice.metadata.state.command;

import io.sluice.storage.Positions;
import io.sluice.storage.ReplicationArn;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.MirrorRule;
import io.sluice.storage.proto.ReplicationConfiguration;
import io.sluice.storage.proto.ReplicationRule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Has mirrors that are replications follow the configuration of their bucket. Each rule is about
 * what is younger than it, or about everything; so a new one may have a mirror read changes again,
 * or compare everything, and its position goes back to where all that the rules are about is there.
 */
final class Replications {
  /** Of a place, beside the rules themselves. */
  private static final int KEPT_MAX = 50;

  private Replications() {}

  /**
   * Has the replications of a bucket follow what its row says now.
   *
   * @param since what a new rule is about is younger; null: it is about everything
   */
  static void follow(ApplyContext context, Bucket bucket, @Nullable LogPosition since) {
    for (MirrorRecord mirror : Mirrors.all(context.rows())) {
      if (mirror.getReplication() && mirror.getBucketId() == bucket.getId()) {
        MirrorRecord.Builder followed = mirror.toBuilder();
        if (follow(followed, bucket.getReplication(), since, context.nowMs())) {
          MirrorRecord unused = Mirrors.put(context, followed);
        }
      }
    }
  }

  /** Whether a configuration has a rule, enabled or not, that goes to a place. */
  static boolean names(ReplicationConfiguration configuration, MirrorRecord place) {
    return configuration.getRulesList().stream().anyMatch(rule -> isOf(rule, place));
  }

  /** Whether that changed anything; then no run of before may go on. */
  static boolean follow(
      MirrorRecord.Builder mirror,
      ReplicationConfiguration configuration,
      @Nullable LogPosition since,
      long nowMs) {
    MirrorRecord place = mirror.build();
    List<MirrorRule> before = List.copyOf(mirror.getRulesList());
    List<MirrorRule> rules = new ArrayList<>();
    boolean comparesAnew = false;
    boolean isAnyNew = false;
    for (ReplicationRule rule : configuration.getRulesList()) {
      if (rule.getEnabled() && isOf(rule, place)) {
        MirrorRule was = earliest(before, rule);
        MirrorRule now = rule(rule, was, since);
        isAnyNew |= was == null;
        comparesAnew |= !now.hasSince() && (was == null || was.hasSince());
        rules.add(now);
      }
    }
    comparesAnew |= keep(before, rules);
    if (rules.equals(before)) {
      return false;
    }
    if (rules.isEmpty() || comparesAnew) {
      mirror.clearProgress();
    } else if (isAnyNew && since != null) {
      mirror.setProgress(readAgain(mirror.getProgress(), since, before.isEmpty(), nowMs));
    }
    if (!mirror.getRunId().isEmpty()) {
      mirror.setEndingRunId(mirror.getRunId());
    }
    // Not the lease: what that run has under way may still arrive, until it gives it back.
    mirror
        .clearRules()
        .addAllRules(rules)
        .setRevision(mirror.getRevision() + 1)
        .clearRunId()
        .clearOwner();
    return true;
  }

  /**
   * Whether a rule goes to a place. One from elsewhere says so by a name that may be another place
   * here: it waits for the bucket that its owner named.
   */
  private static boolean isOf(ReplicationRule rule, MirrorRecord place) {
    return rule.getEndpoint().equals(place.getName())
        && ReplicationArn.fits(rule.getDestination(), place);
  }

  /**
   * The rule of before that was about all keys of this one, and began first: what it began with
   * stays, whatever it is called. Or what waits, and what fails, would never be sent.
   */
  private static @Nullable MirrorRule earliest(List<MirrorRule> before, ReplicationRule rule) {
    MirrorRule earliest = null;
    for (MirrorRule was : before) {
      if (rule.getPrefix().startsWith(was.getRule().getPrefix())
          && (earliest == null || beginsBefore(was, earliest))) {
        earliest = was;
      }
    }
    return earliest;
  }

  private static boolean beginsBefore(MirrorRule rule, MirrorRule other) {
    return other.hasSince()
        && (!rule.hasSince() || Positions.isAfter(other.getSince(), rule.getSince()));
  }

  /**
   * A rule that is about more keys than one of before is, for those, about what is as old as that
   * one was about: it is there once more, for the lesser prefix.
   *
   * @return whether there were too many of these: then the rule is about all that is so old
   */
  private static boolean keep(List<MirrorRule> before, List<MirrorRule> rules) {
    int own = rules.size();
    boolean tooMany = false;
    for (MirrorRule was : before) {
      int wider = wider(rules.subList(0, own), was);
      boolean isSaid = rules.stream().anyMatch(now -> holds(now, was) && !beginsBefore(was, now));
      if (wider < 0 || isSaid) {
        continue;
      }
      MirrorRule now = rules.get(wider);
      if (rules.size() - own < KEPT_MAX) {
        ReplicationRule lesser =
            now.getRule().toBuilder().setPrefix(was.getRule().getPrefix()).build();
        rules.add(was.toBuilder().setRule(lesser).build());
      } else {
        rules.set(wider, was.toBuilder().setRule(now.getRule()).build());
        tooMany = true;
      }
    }
    return tooMany;
  }

  private static int wider(List<MirrorRule> rules, MirrorRule was) {
    for (int i = 0; i < rules.size(); i++) {
      if (holds(rules.get(i), was)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether a rule is about all keys that another one was about. */
  private static boolean holds(MirrorRule rule, MirrorRule was) {
    return was.getRule().getPrefix().startsWith(rule.getRule().getPrefix());
  }

  private static MirrorRule rule(
      ReplicationRule rule, @Nullable MirrorRule was, @Nullable LogPosition since) {
    MirrorRule.Builder now = MirrorRule.newBuilder().setRule(rule);
    if (rule.getExistingObjects() || (was != null && !was.hasSince())) {
      return now.build();
    }
    LogPosition from = was == null ? since : was.getSince();
    return from == null ? now.build() : now.setSince(from).build();
  }

  /** What was read since was read without the new rule. */
  private static MirrorProgress readAgain(
      MirrorProgress before, LogPosition since, boolean isFirst, long nowMs) {
    if (isFirst) {
      return MirrorProgress.newBuilder()
          .setPosition(since)
          .setPositionMs(nowMs)
          .setReadTo(since)
          .setReadToMs(nowMs)
          .build();
    }
    if (before.getLost() || !before.hasReadTo()) {
      // A comparison that is under way passed keys without the new rule.
      return before.toBuilder().clearComparedSince().clearComparedTo().build();
    }
    MirrorProgress.Builder again =
        before.toBuilder().clearReadingTo().clearReadingToMs().clearReadingAfter();
    if (Positions.isAfter(before.getReadTo(), since)) {
      again.setReadTo(since);
    }
    if (before.hasPosition() && Positions.isAfter(before.getPosition(), since)) {
      again.setPosition(since);
    }
    return again.build();
  }
}
