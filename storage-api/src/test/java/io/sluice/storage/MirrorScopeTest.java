package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.MirrorRule;
import io.sluice.storage.proto.ReplicationRule;
import org.junit.jupiter.api.Test;

/** Sender and status must agree on what a rule is about. */
class MirrorScopeTest {
  private static LogPosition at(long index) {
    return LogPosition.newBuilder().setEpoch(1).setIndex(index).build();
  }

  private static MirrorRule rule(
      String prefix, int priority, boolean deletions, LogPosition since) {
    return MirrorRule.newBuilder()
        .setRule(
            ReplicationRule.newBuilder()
                .setPrefix(prefix)
                .setPriority(priority)
                .setDeleteMarkers(deletions))
        .setSince(since)
        .build();
  }

  @Test
  void replication_severalRules_anyCoversAndTheGreatestDecidesOnDeletions() {
    MirrorScope scope =
        new MirrorScope(
            MirrorRecord.newBuilder()
                .setReplication(true)
                .addRules(rule("a", 1, true, at(10)))
                .addRules(rule("ab", 2, false, at(20)))
                .build());
    assertThat(scope.concerns("b")).isFalse();
    assertThat(scope.covers("a", at(10))).as("what was there before the rule").isFalse();
    assertThat(scope.covers("a", at(11))).isTrue();
    assertThat(scope.covers("abc", at(15))).as("the first rule was about it").isTrue();
    assertThat(scope.sendsDeletions("a")).isTrue();
    assertThat(scope.sendsDeletions("abc")).isFalse();
    assertThat(scope.sendsDeletions("b")).isFalse();
  }

  @Test
  void replication_noRules_isAboutNothing() {
    MirrorScope scope = new MirrorScope(MirrorRecord.newBuilder().setReplication(true).build());
    assertThat(scope.concerns("")).isFalse();
    assertThat(scope.covers("k", at(1))).isFalse();
  }

  @Test
  void mirror_isAboutAllBelowItsPrefix() {
    MirrorScope scope = new MirrorScope(MirrorRecord.newBuilder().setPrefix("p/").build());
    assertThat(scope.covers("p/k", at(1))).isTrue();
    assertThat(scope.sendsDeletions("p/k")).isTrue();
    assertThat(scope.concerns("q")).isFalse();
  }
}
