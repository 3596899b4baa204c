package io.sluice.s3.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.OutgoingRequest;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PreconditionsTest {
  private static final Instant MODIFIED = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final String BEFORE = "Fri, 02 Jan 2026 03:04:04 GMT";
  private static final String SAME = "Fri, 02 Jan 2026 03:04:05 GMT";

  @ParameterizedTest
  @CsvSource({
    "'If-Match: \"e\"', HOLD",
    "If-Match: e, HOLD",
    "If-Match: *, HOLD",
    "'If-Match: \"a\", \"e\"', HOLD",
    "'If-Match: \"a,e\"', FAILED",
    "'If-Match: W/\"e\"', FAILED",
    "'If-Match: \"x\"', FAILED",
    "'If-Match: ', HOLD",
    "'If-None-Match: \"e\"', NOT_MODIFIED",
    "'If-None-Match: W/\"e\"', NOT_MODIFIED",
    "'If-None-Match: \"x\", e', NOT_MODIFIED",
    "If-None-Match: *, NOT_MODIFIED",
    "'If-None-Match: \"x\"', HOLD",
    "If-Modified-Since: BEFORE, HOLD",
    "If-Modified-Since: SAME, NOT_MODIFIED",
    "If-Modified-Since: yesterday, HOLD",
    "If-Unmodified-Since: BEFORE, FAILED",
    "If-Unmodified-Since: SAME, HOLD",
    "If-Unmodified-Since: yesterday, HOLD",
    "If-Match: e|If-Unmodified-Since: BEFORE, HOLD",
    "If-Match: x|If-Unmodified-Since: SAME, FAILED",
    "If-None-Match: e|If-Modified-Since: BEFORE, NOT_MODIFIED",
    "If-None-Match: x|If-Modified-Since: SAME, HOLD",
    "If-Match: x|If-None-Match: e, FAILED",
    "If-Match: e|If-None-Match: e, NOT_MODIFIED",
    "If-Unmodified-Since: BEFORE|If-None-Match: e, FAILED"
  })
  void evaluate(String headers, Preconditions.Outcome outcome) {
    OutgoingRequest read = request("", headers);
    assertThat(Preconditions.ofRead(read).evaluate("e", MODIFIED)).isEqualTo(outcome);
    assertThat(Preconditions.ofCopySource(read).isEmpty()).isTrue();
    OutgoingRequest copy = request("x-amz-copy-source-", headers);
    assertThat(Preconditions.ofCopySource(copy).evaluate("e", MODIFIED))
        .isEqualTo(
            outcome == Preconditions.Outcome.NOT_MODIFIED ? Preconditions.Outcome.FAILED : outcome);
  }

  @Test
  void check_failed_namesTheCondition() {
    S3Exception failed = error(Preconditions.ofRead(request("", "If-Match: x")));
    assertThat(failed.code()).isEqualTo(S3ErrorCode.PRECONDITION_FAILED);
    assertThat(failed.fields()).containsEntry("Condition", "If-Match");
    S3Exception copy =
        error(Preconditions.ofCopySource(request("x-amz-copy-source-", "If-Modified-Since: SAME")));
    assertThat(copy.fields()).containsEntry("Condition", "x-amz-copy-source-If-Modified-Since");
    assertThat(error(Preconditions.ofRead(request("", "If-None-Match: e"))).code())
        .isEqualTo(S3ErrorCode.NOT_MODIFIED);
    Preconditions.ofRead(request("", "X: y")).check("e", MODIFIED);
  }

  @Test
  void writeCondition() {
    assertThat(WriteCondition.parse(request("", "X: y"))).isEqualTo(new WriteCondition.Always());
    assertThat(WriteCondition.parse(request("", "If-None-Match: *")))
        .isEqualTo(new WriteCondition.IfAbsent());
    assertThat(WriteCondition.parse(request("", "If-Match: \"e\"")))
        .isEqualTo(new WriteCondition.IfMatch("e"));
    assertThat(WriteCondition.parse(request("", "If-Match: *")))
        .isEqualTo(new WriteCondition.IfPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "If-None-Match: \"e\"",
        "If-None-Match: ",
        "If-None-Match: *|If-Match: e",
        "If-Match: a, b",
        "If-Match: W/\"e\"",
        "If-Match: "
      })
  void writeCondition_notTaken_isNotImplemented(String headers) {
    S3Exception error =
        catchThrowableOfType(S3Exception.class, () -> WriteCondition.parse(request("", headers)));
    assertThat(error.code()).isEqualTo(S3ErrorCode.NOT_IMPLEMENTED);
  }

  private static S3Exception error(Preconditions preconditions) {
    return catchThrowableOfType(S3Exception.class, () -> preconditions.check("e", MODIFIED));
  }

  private static OutgoingRequest request(String prefix, String headers) {
    OutgoingRequest request = new OutgoingRequest("GET", "/", "");
    for (String header : headers.split("\\|", -1)) {
      String[] field = header.split(": ", 2);
      request.add(prefix + field[0], field[1].replace("BEFORE", BEFORE).replace("SAME", SAME));
    }
    return request;
  }
}
