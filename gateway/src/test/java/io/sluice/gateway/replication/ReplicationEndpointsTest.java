package io.sluice.gateway.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.storage.proto.MirrorRecord;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An ARN stands for a place that an operator registered for this bucket, or for none. */
class ReplicationEndpointsTest {
  private static final ReplicationEndpoints ENDPOINTS =
      new ReplicationEndpoints(
          List.of(
              endpoint("near", 7, "s3://copies?endpoint=http://h:1").build(),
              endpoint("far", 7, "s3://copies/below?endpoint=http://h:2").build(),
              endpoint("third", 7, "s3://third").build(),
              endpoint("others", 8, "s3://other").build(),
              endpoint("mirror", 7, "s3://mirrored").setReplication(false).build()),
          7);

  private static MirrorRecord.Builder endpoint(String name, long bucket, String url) {
    return MirrorRecord.newBuilder()
        .setName(name)
        .setBucketId(bucket)
        .setUrl(url)
        .setReplication(true);
  }

  @Test
  void resolve_byNameOrByTheOnlyBucket_findsTheEndpoint() {
    assertThat(ENDPOINTS.resolve("arn:sluice:replication::far:copies")).isEqualTo("far");
    assertThat(ENDPOINTS.resolve("arn:aws:s3:::third")).isEqualTo("third");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arn:sluice:replication::far:third",
        "arn:sluice:replication::others:other",
        "arn:sluice:replication::mirror:mirrored",
        "arn:aws:s3:::copies",
        "arn:aws:s3:::other",
        "arn:aws:s3:::nobody",
        "copies",
        "arn:aws:s3:::third/key",
        "",
      })
  void resolve_whatStandsForNoneOrSeveral_isInvalid(String arn) {
    assertThatThrownBy(() -> ENDPOINTS.resolve(arn))
        .isInstanceOfSatisfying(
            S3Exception.class,
            refused -> assertThat(refused.code()).isEqualTo(S3ErrorCode.INVALID_ARGUMENT));
  }
}
