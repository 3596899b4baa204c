package io.sluice.s3.auth;

import static io.sluice.s3.auth.AwsExamples.EMPTY_SHA256;
import static io.sluice.s3.auth.AwsExamples.NOW;
import static io.sluice.s3.auth.AwsExamples.get;
import static io.sluice.s3.auth.AwsExamples.signer;
import static io.sluice.s3.auth.AwsExamples.verify;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.auth.PayloadSigning.Kind;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** AWS's published examples, signature by signature; what we sign we must also accept. */
class SignatureExamplesTest {

  @Test
  void getObject_withRange() {
    OutgoingRequest request = get("/test.txt", "").add("Range", "bytes=0-9");
    assertSigned(
        request,
        EMPTY_SHA256,
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  }

  @Test
  void putObject_withDateAndUnencodedDollar() {
    OutgoingRequest request =
        new OutgoingRequest("PUT", "/test$file.text", "")
            .add("Host", "examplebucket.s3.amazonaws.com")
            .add("Date", "Fri, 24 May 2013 00:00:00 GMT")
            .add("x-amz-storage-class", "REDUCED_REDUNDANCY");
    assertSigned(
        request,
        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  }

  @Test
  void getBucketLifecycle_parameterWithoutValue() {
    assertSigned(
        get("/", "lifecycle"),
        EMPTY_SHA256,
        "host;x-amz-content-sha256;x-amz-date",
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  }

  @Test
  void listObjects_parametersOutOfOrder() {
    assertSigned(
        get("/", "prefix=J&max-keys=2"),
        EMPTY_SHA256,
        "host;x-amz-content-sha256;x-amz-date",
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  }

  @Test
  void chunkedUpload_seed() {
    assertSigned(
        AwsExamples.chunkedPut().add("Content-Length", "66824"),
        Kind.STREAMING_SIGNED.wireName(),
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
            + "x-amz-decoded-content-length;x-amz-storage-class",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
  }

  @Test
  void chunkedUploadWithTrailer_seed() {
    assertSigned(
        AwsExamples.chunkedPut().add("x-amz-trailer", "x-amz-checksum-crc32c"),
        Kind.STREAMING_SIGNED_TRAILER.wireName(),
        "content-encoding;host;x-amz-content-sha256;x-amz-date;"
            + "x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
  }

  @Test
  void presignedGet() {
    String query = signer().presign(get("/test.txt", ""), Duration.ofDays(1), NOW);
    assertThat(query)
        .isEqualTo(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature="
                + "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    VerifiedRequest verified = verify(get("/test.txt", query), NOW.plusSeconds(86_400));
    assertThat(verified.accessKeyId()).isEqualTo("AKIAIOSFODNN7EXAMPLE");
    assertThat(verified.payload().kind()).isEqualTo(Kind.UNSIGNED);
  }

  private static void assertSigned(
      OutgoingRequest request, String contentSha256, String headers, String signature) {
    signer().sign(request, contentSha256, NOW);
    assertThat(request.header("authorization"))
        .isEqualTo(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
                + ",SignedHeaders="
                + headers
                + ",Signature="
                + signature);
    assertThat(verify(request, NOW).accessKeyId()).isEqualTo("AKIAIOSFODNN7EXAMPLE");
  }
}
