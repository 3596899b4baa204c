package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Positions;
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

  /** Whether a configuration has a rule, enabled or not, that goes to an endpoint. */
  static boolean names(ReplicationConfiguration configuration, String endpoint) {
    return configuration.getRulesList().stream()
        .anyMatch(rule -> rule.getEndpoint().equals(endpoint));
  }

  /** Whether that changed anything; then no run of before may go on. */
  static boolean follow(
      MirrorRecord.Builder mirror,
      ReplicationConfiguration configuration,
      @Nullable LogPosition since,
      long nowMs) {
    List<MirrorRule> before = List.copyOf(mirror.getRulesList());
    List<MirrorRule> rules = new ArrayList<>();
    boolean comparesAnew = false;
    boolean isAnyNew = false;
    for (ReplicationRule rule : configuration.getRulesList()) {
      if (rule.getEnabled() && rule.getEndpoint().equals(mirror.getName())) {
        MirrorRule was = same(before, rule);
        MirrorRule now = rule(rule, was, since);
        isAnyNew |= was == null;
        comparesAnew |= !now.hasSince() && (was == null || was.hasSince());
        rules.add(now);
      }
    }
    if (rules.equals(before)) {
      return false;
    }
    if (rules.isEmpty() || comparesAnew) {
      mirror.clearProgress();
    } else if (isAnyNew && since != null) {
      mirror.setProgress(readAgain(mirror.getProgress(), since, before.isEmpty(), nowMs));
    }
    mirror
        .clearRules()
        .addAllRules(rules)
        .setRevision(mirror.getRevision() + 1)
        .clearRunId()
        .clearOwner()
        .clearLeaseUntilMs();
    return true;
  }

  /** The rule of before that was about the same keys; what it began with stays. */
  private static @Nullable MirrorRule same(List<MirrorRule> before, ReplicationRule rule) {
    for (MirrorRule was : before) {
      if (was.getRule().getId().equals(rule.getId())
          && was.getRule().getPrefix().equals(rule.getPrefix())) {
        return was;
      }
    }
    return null;
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
