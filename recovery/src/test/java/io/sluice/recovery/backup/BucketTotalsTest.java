package io.sluice.recovery.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.BucketState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BucketTotalsTest {
  private final TestBackup backup = new TestBackup(new MemoryTarget(), null);

  @AfterEach
  void close() throws IOException {
    backup.close();
  }

  private void object(long bucket, String key, int size) throws IOException {
    backup.inline(bucket, key.getBytes(StandardCharsets.UTF_8), new byte[size]);
  }

  private void removeBucket(String name) throws IOException {
    backup
        .writer()
        .add(0, BackupRow.newBuilder().setBucket(BucketState.newBuilder().setName(name)).build());
  }

  @Test
  void read_ofAChain_isTheMostThatThereCanBe() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    backup.bucket(8, "mail");
    backup.bucket(9, "empty");
    object(7, "a", 100);
    object(7, "b", 10);
    object(8, "a", 1);
    BackupSet full = backup.finish();
    BucketTotals first = BucketTotals.read(backup.files(), full.id(), null);
    assertThat(first.isExact()).isTrue();
    assertThat(first.buckets().orElseThrow())
        .containsExactlyInAnyOrder(
            new BucketTotals.Total(7, "photos", 2, 110),
            new BucketTotals.Total(8, "mail", 1, 1),
            new BucketTotals.Total(9, "empty", 0, 0));

    backup.begin(SetKind.INCREMENTAL);
    BackupSet nothing = backup.finish();
    assertThat(BucketTotals.read(backup.files(), nothing.id(), first).isExact()).isTrue();

    backup.begin(SetKind.INCREMENTAL);
    object(7, "b", 20);
    backup.remove(7, "a");
    removeBucket("empty");
    backup.bucket(10, "mail"); // deleted, and made again
    backup.remove(8, "a");
    object(10, "new", 5);
    BackupSet last = backup.finish();
    BucketTotals second = BucketTotals.read(backup.files(), last.id(), first);
    assertThat(second.isExact()).isFalse();
    assertThat(second.buckets().orElseThrow())
        .containsExactlyInAnyOrder(
            new BucketTotals.Total(7, "photos", 3, 130), new BucketTotals.Total(10, "mail", 1, 5));
    assertThat(BucketTotals.read(backup.files(), last.id(), null).buckets())
        .as("all read anew")
        .isEqualTo(second.buckets());
  }

  /** What an older program wrote can be read, and says nothing of buckets. */
  @Test
  void read_setJsonWithoutBuckets_isNotKnown() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    BackupSet full = backup.finish();
    ObjectNode json = SetJson.write(full);
    assertThat(SetJson.read("set.json", json)).isEqualTo(full);
    json.remove("buckets");
    json.remove("removedBuckets");
    assertThat(SetJson.read("set.json", json).buckets()).isNull();
  }

  @Test
  void counts_ofMoreBucketsThanAreListed_areLeftOut() throws IOException {
    backup.begin(SetKind.FULL);
    for (int i = 0; i <= SetBuckets.MAX; i++) {
      backup.bucket(i, "bucket-" + i);
    }
    BackupSet full = backup.finish();
    assertThat(full.buckets()).isNull();
    BucketTotals totals = BucketTotals.read(backup.files(), full.id(), null);
    assertThat(totals.buckets()).isEmpty();
    assertThat(totals.isExact()).isFalse();
  }
}
