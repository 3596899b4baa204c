package io.sluice.metadata.state;

import static io.sluice.metadata.state.Commands.createBucket;
import static io.sluice.metadata.state.Commands.mark;
import static io.sluice.metadata.state.Commands.putAccount;
import static io.sluice.metadata.state.Commands.remove;
import static io.sluice.metadata.state.Commands.removeAccount;
import static io.sluice.metadata.state.Commands.unmark;
import static io.sluice.metadata.state.Shard.code;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.RefusalCode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Buckets and accounts: what shard 0 holds. */
class RootCommandsTest {
  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = new Shard(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  @Test
  void createBucket_takenName_isRefused() {
    Bucket bucket = shard.apply(createBucket("photos", "ann")).getBucket();
    assertThat(shard.ask(Queries.bucket("photos")).getBucket()).isEqualTo(bucket);
    assertThat(code(shard.apply(createBucket("photos", "ann"))))
        .isEqualTo(RefusalCode.BUCKET_OWNED_BY_YOU);
    assertThat(code(shard.apply(createBucket("photos", "bob"))))
        .isEqualTo(RefusalCode.BUCKET_EXISTS);
  }

  /** INVARIANTS 3: a bucket of the same name is another bucket. */
  @Test
  void bucketId_isNeverReused() {
    Bucket first = shard.apply(createBucket("photos", "ann")).getBucket();
    shard.apply(mark(first.getId(), "photos"));
    assertThat(code(shard.apply(createBucket("photos", "ann")))).isEqualTo(RefusalCode.CONFLICT);
    shard.apply(remove(first.getId(), "photos"));
    assertThat(shard.ask(Queries.bucket("photos")).getRefusal().getCode())
        .isEqualTo(RefusalCode.NO_SUCH_BUCKET);
    Bucket second = shard.apply(createBucket("photos", "ann")).getBucket();
    assertThat(second.getId()).isNotEqualTo(first.getId());
    for (var stale :
        List.of(
            mark(first.getId(), "photos"),
            unmark(first.getId(), "photos"),
            remove(first.getId(), "photos"))) {
      assertThat(code(shard.apply(stale))).isEqualTo(RefusalCode.NO_SUCH_BUCKET);
    }
  }

  @Test
  void removeBucket_notMarked_isConflict() {
    Bucket bucket = shard.apply(createBucket("photos", "ann")).getBucket();
    assertThat(code(shard.apply(remove(bucket.getId(), "photos")))).isEqualTo(RefusalCode.CONFLICT);
  }

  @Test
  void createBucket_ownerRemovedMeanwhile_isRefused() {
    shard.apply(putAccount("ann", "id1", "AK1"));
    shard.apply(removeAccount("ann"));
    var late = createBucket("photos", "id1");
    late.getCreateBucketBuilder().setOwnerIsAccount(true);
    assertThat(code(shard.apply(late))).isEqualTo(RefusalCode.NO_SUCH_ACCOUNT);
    shard.apply(putAccount("ann", "id1", "AK1"));
    var again = createBucket("photos", "id1");
    again.getCreateBucketBuilder().setOwnerIsAccount(true);
    assertThat(shard.apply(again).hasBucket()).isTrue();
  }

  @Test
  void listDeletingBuckets_givesThoseMarkedAndNotUnmarked() {
    Bucket photos = shard.apply(createBucket("photos", "ann")).getBucket();
    Bucket films = shard.apply(createBucket("films", "ann")).getBucket();
    shard.apply(mark(photos.getId(), "photos"));
    shard.apply(mark(films.getId(), "films"));
    shard.apply(unmark(photos.getId(), "photos"));
    assertThat(shard.ask(Queries.deletingBuckets()).getBuckets().getBucketsList())
        .singleElement()
        .satisfies(bucket -> assertThat(bucket.getName()).isEqualTo("films"));
    assertThat(shard.ask(Queries.bucket("films")).getBucket().getDeleting()).isTrue();
  }

  @Test
  void listBuckets_pagesByOwnerAndPrefix() {
    for (String name : List.of("b1", "a2", "a1", "a3")) {
      shard.apply(createBucket(name, "ann"));
    }
    shard.apply(createBucket("a4", "bob"));
    assertThat(names("ann", "", "", 0)).containsExactly("a1", "a2", "a3", "b1");
    assertThat(names("ann", "a", "a1", 1)).containsExactly("a2");
    assertThat(names("", "a", "", 0)).containsExactly("a1", "a2", "a3", "a4");
    assertThat(names("", "", "a4", 10)).containsExactly("b1");
    assertThat(shard.ask(Queries.buckets("ann", "", "", 4)).getBuckets().getTruncated()).isFalse();
    assertThat(shard.ask(Queries.buckets("ann", "", "", 3)).getBuckets().getTruncated()).isTrue();
  }

  private List<String> names(String owner, String prefix, String after, int max) {
    return shard
        .ask(Queries.buckets(owner, prefix, after, max))
        .getBuckets()
        .getBucketsList()
        .stream()
        .map(Bucket::getName)
        .toList();
  }

  @Test
  void putAccount_takenNameIdOrKey_isRefused() {
    shard.apply(putAccount("ann", "id1", "AK1"));
    assertThat(code(shard.apply(putAccount("ann", "id2", "AK2"))))
        .isEqualTo(RefusalCode.ACCOUNT_EXISTS);
    assertThat(code(shard.apply(putAccount("bob", "id1", "AK2"))))
        .isEqualTo(RefusalCode.ACCOUNT_EXISTS);
    assertThat(code(shard.apply(putAccount("bob", "id2", "AK1"))))
        .isEqualTo(RefusalCode.ACCESS_KEY_EXISTS);
    assertThat(shard.ask(Queries.accountByKey("AK1")).getAccount().getName()).isEqualTo("ann");
    assertThat(shard.ask(Queries.accountByKey("AK2")).getRefusal().getCode())
        .isEqualTo(RefusalCode.NO_SUCH_ACCOUNT);
  }

  @Test
  void removeAccount_owningBuckets_isRefused() {
    shard.apply(putAccount("ann", "id1", "AK1"));
    Bucket bucket = shard.apply(createBucket("photos", "id1")).getBucket();
    assertThat(code(shard.apply(removeAccount("ann")))).isEqualTo(RefusalCode.ACCOUNT_OWNS_BUCKETS);
    shard.apply(mark(bucket.getId(), "photos"));
    shard.apply(remove(bucket.getId(), "photos"));
    assertThat(shard.apply(removeAccount("ann")).hasDone()).isTrue();
    assertThat(shard.ask(Queries.accountByName("ann")).getRefusal().getCode())
        .isEqualTo(RefusalCode.NO_SUCH_ACCOUNT);
    assertThat(code(shard.apply(removeAccount("ann")))).isEqualTo(RefusalCode.NO_SUCH_ACCOUNT);
    assertThat(shard.apply(putAccount("ann", "id1", "AK1")).hasAccount()).isTrue();
  }
}
