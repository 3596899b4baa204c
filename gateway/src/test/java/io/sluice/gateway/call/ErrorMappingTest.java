package io.sluice.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3ErrorCode;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorMappingTest {
  /** Nobody asked for anything wrong: the same request may succeed in a moment. */
  @ParameterizedTest
  @EnumSource(names = {"DEADLINE_PASSED", "DEADLINE_TOO_FAR", "CHUNK_BELOW_HORIZON"})
  void of_refusedForTheClustersClocks_isSlowDownWithRetryAfter(RefusalCode code) {
    StorageFailure refused =
        new StorageFailure.Refused(Refusal.newBuilder().setCode(code).setMessage("no").build());
    ErrorMapping.Mapped mapped = ErrorMapping.map(refused, "request");
    assertThat(mapped.error().code()).isEqualTo(S3ErrorCode.SLOW_DOWN);
    assertThat(mapped.retryAfter()).isGreaterThan(Duration.ZERO);
  }
}
