package io.sluice.s3.op;

import static io.sluice.s3.S3Errors.codeOf;
import static io.sluice.s3.SentRequest.get;
import static io.sluice.s3.SentRequest.put;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.SentRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BucketInputsTest {
  private static CreateBucketInput create(SentRequest request, String body) {
    return CreateBucketInput.decode(request.routed(), request, body.getBytes(UTF_8));
  }

  private static ListBucketsInput list(String target) {
    return ListBucketsInput.decode(get(target).routed(), get(target));
  }

  @Test
  void createBucket_withoutBody_hasNoConstraint() {
    CreateBucketInput input = create(put("/my.bucket-1").with("x-amz-acl", "private"), "");
    assertThat(input).isEqualTo(new CreateBucketInput("my.bucket-1", null));
    input.requireRegion("us-east-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
            + "<Tags/></CreateBucketConfiguration>",
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
            + "<LocationConstraint> eu-west-1 </LocationConstraint></CreateBucketConfiguration>"
      })
  void createBucket_locationConstraint_mustBeTheRegion(String body) {
    CreateBucketInput input = create(put("/bucket"), body);
    input.requireRegion("eu-west-1");
    assertThat(codeOf(() -> input.requireRegion("us-east-1")))
        .isEqualTo(S3ErrorCode.ILLEGAL_LOCATION_CONSTRAINT_EXCEPTION);
  }

  @ParameterizedTest
  @CsvSource({
    "<CreateBucketConfiguration><Other/></CreateBucketConfiguration>, MALFORMED_XML",
    "<CreateBucketConfiguration>, MALFORMED_XML",
    "<CreateBucketConfiguration><Tags><Tag/></Tags></CreateBucketConfiguration>, NOT_IMPLEMENTED",
    "<CreateBucketConfiguration><Bucket/></CreateBucketConfiguration>, NOT_IMPLEMENTED",
  })
  void createBucket_otherBody_isRefused(String body, S3ErrorCode code) {
    assertThat(codeOf(() -> create(put("/bucket"), body))).isEqualTo(code);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ab",
        "Bucket",
        "a_b",
        "-ab",
        "ab-",
        "a..b",
        "a.-b",
        "a-.b",
        ".ab",
        "192.168.1.1",
        "xn--abc",
        "abc-s3alias",
        "abc--monday--snap",
        "_sluice",
        "b%20c",
        "caf%C3%A9"
      })
  void createBucket_unfitName_isInvalidBucketName(String name) {
    assertThat(codeOf(() -> create(put("/" + name), "")))
        .isEqualTo(S3ErrorCode.INVALID_BUCKET_NAME);
  }

  @Test
  void createBucket_nameOf63Characters_isTheLongest() {
    assertThat(create(put("/" + "a".repeat(63)), "").bucket()).hasSize(63);
    assertThat(codeOf(() -> create(put("/" + "a".repeat(64)), "")))
        .isEqualTo(S3ErrorCode.INVALID_BUCKET_NAME);
  }

  @Test
  void listBuckets_paging_isRead() {
    String token = ContinuationToken.encode("bücket");
    assertThat(list("/?max-buckets=5&prefix=b&continuation-token=" + token))
        .isEqualTo(new ListBucketsInput(5, "bücket", "b", null));
    assertThat(list("/")).isEqualTo(new ListBucketsInput(10_000, null, "", null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/?max-buckets=0",
        "/?max-buckets=x",
        "/?max-buckets=-1",
        "/?continuation-token=",
        "/?continuation-token=1!",
        "/?continuation-token=2YQ"
      })
  void listBuckets_unfitPaging_isInvalidArgument(String target) {
    assertThat(codeOf(() -> list(target))).isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
  }

  @Test
  void expectedBucketOwner_notAnAccountId_isInvalidArgument() {
    assertThat(ExpectedBucketOwner.of(get("/b"))).isNull();
    assertThat(
            ExpectedBucketOwner.of(get("/b").with("x-amz-expected-bucket-owner", "123456789012")))
        .isEqualTo("123456789012");
    SentRequest unfit = get("/b").with("x-amz-source-expected-bucket-owner", "12345678901x");
    assertThat(codeOf(() -> ExpectedBucketOwner.ofSource(unfit)))
        .isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
  }
}
