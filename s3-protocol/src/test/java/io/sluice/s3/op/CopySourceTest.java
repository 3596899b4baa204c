package io.sluice.s3.op;

import static io.sluice.s3.S3Errors.codeOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.SentRequest;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CopySourceTest {
  private static CopySource of(String header) {
    return CopySource.of(SentRequest.put("/b/k").with("x-amz-copy-source", header));
  }

  @ParameterizedTest
  @CsvSource({
    "b/k, b, k,",
    "/b/k, b, k,",
    "/b/a/b, b, a/b,",
    "b//k, b, /k,",
    "%2Fb%2Fk, b, k,",
    "b/a%20b, b, a b,",
    "b/a+b, b, a+b,",
    "b/a%3Fb, b, a?b,",
    "b/k?versionId=null, b, k, null",
    "b/k?versionId=a%2Bb, b, k, a+b",
  })
  void of_anySpelling_isTheSource(String header, String bucket, String key, String versionId) {
    assertThat(of(header)).isEqualTo(new CopySource(bucket, key, versionId));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "b", "b/", "/b", "//k", "b/%zz", "b/%ff", "b/k?x=1", "b/k?versionId="})
  void of_notASource_isInvalidArgument(String header) {
    assertThat(codeOf(() -> of(header))).isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
  }

  @Property(tries = 500)
  void of_anything_isASourceOrAnS3Error(@ForAll @StringLength(max = 40) String header) {
    try {
      assertThat(of(header).key()).isNotEmpty();
    } catch (S3Exception e) {
      assertThat(e.code().status()).isBetween(400, 501);
    }
  }
}
