package io.sluice.recovery.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.recovery.backup.target.s3.RemoteObject;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.UserMetadata;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Whose an object is: nobody deletes, or passes over, what is another's. */
class OriginTest {
  private static final UUID CLUSTER = UUID.fromString("00000000-0000-4000-8000-0000000000a1");
  private static final String MD5 = "0123456789abcdef0123456789abcdef";
  private static final String OTHER_MD5 = "f".repeat(32);
  private static final Origin ORIGIN = new Origin(CLUSTER, 7);

  private static final ObjectVersion OBJECT =
      ObjectVersion.newBuilder()
          .setSize(4)
          .setEtag(MD5)
          .setVersion(LogPosition.newBuilder().setEpoch(1).setIndex(9))
          .build();

  private static RemoteObject there(String note, long size, String md5) {
    return new RemoteObject(size, Instant.EPOCH, note, "", md5);
  }

  private static boolean isReplica(String mark, long size, String etag) {
    ObjectHeaders.Builder headers =
        ObjectHeaders.newBuilder()
            .addUserMetadata(UserMetadata.newBuilder().setName(Origin.NAME).setValue(mark));
    return Origin.isReplica(
        OBJECT.toBuilder().setSize(size).setEtag(etag).setHeaders(headers).build(), "p/k");
  }

  @Test
  void isOwn_ofTheBucket_isAndOfAnotherBucketOrKeyIsNot() {
    String said = ORIGIN.of(OBJECT, "p/k");
    assertThat(ORIGIN.isOwn(there(said, 4, MD5), "p/k")).isTrue();
    assertThat(ORIGIN.isOwn(there(said, 4, MD5), "p/other")).isFalse();
    assertThat(new Origin(CLUSTER, 8).isOwn(there(said, 4, MD5), "p/k")).isFalse();
    assertThat(new Origin(UUID.randomUUID(), 7).isOwn(there(said, 4, MD5), "p/k")).isFalse();
    assertThat(ORIGIN.isOwn(there("none", 4, MD5), "p/k")).isFalse();
  }

  @Test
  void isOwn_otherBytesWithTheSameMetadata_isNot() {
    String said = ORIGIN.of(OBJECT, "p/k");
    assertThat(ORIGIN.isOwn(there(said, 5, ""), "p/k")).isFalse();
    assertThat(ORIGIN.isOwn(there(said, 4, OTHER_MD5), "p/k")).isFalse();
    assertThat(ORIGIN.isOwn(there(said, 4, "abc-2"), "p/k")).as("not known").isTrue();
  }

  @Test
  void isReplica_otherBytesWithTheSameMetadata_isNot() {
    String said = ORIGIN.of(OBJECT, "p/k");
    assertThat(isReplica(said, 4, MD5)).isTrue();
    assertThat(isReplica(said, 4, MD5 + "-1")).as("not known").isTrue();
    assertThat(isReplica(said, 4, OTHER_MD5)).isFalse();
    assertThat(isReplica(said, 5, MD5 + "-1")).isFalse();
  }
}
