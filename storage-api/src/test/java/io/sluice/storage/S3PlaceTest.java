package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.MirrorRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One place and another. */
class S3PlaceTest {
  private static boolean overlap(String url, String other) {
    S3Place place = S3Place.of(url).orElseThrow();
    S3Place second = S3Place.of(other).orElseThrow();
    assertThat(second.overlaps(place)).isEqualTo(place.overlaps(second));
    return place.overlaps(second);
  }

  @ParameterizedTest
  @CsvSource({
    "s3://b, s3://b/",
    "s3://b/p, s3://b/p/?region=r",
    "s3://b, s3://b/p/q",
    "s3://b/p, s3://b/p/q",
    "s3://b?endpoint=https://h:443/, s3://b?region=r&endpoint=https%3A%2F%2FH",
    "s3://b?endpoint=http://h:80, s3://b?endpoint=http://h",
  })
  void overlaps_theSameOrNested_does(String url, String other) {
    assertThat(overlap(url, other)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "s3://b, s3://c",
    "s3://b/p, s3://b/pq",
    "s3://b/p, s3://b/q",
    "s3://b?endpoint=http://h:1, s3://b?endpoint=http://h:2",
    "s3://b?endpoint=http://h, s3://b",
  })
  void overlaps_beside_doesNot(String url, String other) {
    assertThat(overlap(url, other)).isFalse();
  }

  @Test
  void of_directory_isNone() {
    assertThat(S3Place.of("file:///d")).isEmpty();
  }

  @Test
  void fits_nameAndBucket_bothCount() {
    MirrorRecord place = MirrorRecord.newBuilder().setName("m").setUrl("s3://b/p?region=r").build();
    assertThat(ReplicationArn.fits("arn:sluice:replication::m:b", place)).isTrue();
    assertThat(ReplicationArn.fits("arn:aws:s3:::b", place)).isTrue();
    assertThat(ReplicationArn.fits("arn:sluice:replication::n:b", place)).isFalse();
    assertThat(ReplicationArn.fits("arn:sluice:replication::m:c", place)).isFalse();
    assertThat(ReplicationArn.fits("", place)).isFalse();
  }
}
