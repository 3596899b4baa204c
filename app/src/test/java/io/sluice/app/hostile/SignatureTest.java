package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.auth.Credentials;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests whose signature is wrong, late, early, or somebody else's. */
class SignatureTest extends HostileTest {
  private static final byte[] BODY = bytes(100);

  private S3Request put() {
    return S3Request.put(object("k"), BODY);
  }

  @Test
  void putObject_wrongSecret_isSignatureDoesNotMatch() {
    S3Request request = put().as(new Credentials(S3Request.ROOT.accessKeyId(), "wrong"));
    RawResponse response = refused(request, 403, "SignatureDoesNotMatch");
    assertThat(response.xml("StringToSign")).startsWith("AWS4-HMAC-SHA256");
    assertThat(response.xml("AWSAccessKeyId")).isEqualTo(S3Request.ROOT.accessKeyId());
  }

  @Test
  void putObject_unknownAccessKey_isInvalidAccessKeyId() {
    S3Request request = put().as(new Credentials("NOSUCHACCESSKEY00000", "secret"));
    refused(request, 403, "InvalidAccessKeyId");
  }

  @ParameterizedTest
  @CsvSource({"-16", "16", "-600000", "600000"})
  void putObject_skewedClock_isRequestTimeTooSkewed(int minutes) {
    S3Request request = put().signedAt(Instant.now().plus(Duration.ofMinutes(minutes)));
    refused(request, 403, "RequestTimeTooSkewed");
  }

  @ParameterizedTest
  @ValueSource(ints = {-14, 14})
  void putObject_tolerableSkew_isStored(int minutes) {
    S3Request request = put().signedAt(Instant.now().plus(Duration.ofMinutes(minutes)));
    assertThat(SERVER.exchange(request).status()).isEqualTo(200);
    stored.add("k");
  }

  @ParameterizedTest
  @CsvSource({
    "Signature=, Signature=0",
    "/k HTTP, /other HTTP",
    "x-amz-meta-a: b, x-amz-meta-a: c",
    "PUT , POST ",
  })
  void putObject_changedAfterSigning_isRefused(String signed, String changed) {
    S3Request request =
        put().header("x-amz-meta-a", "b").spoilHead(head -> head.replace(signed, changed));
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response = connection.exchange(request);
      assertThat(response.status()).as("%s", response).isIn(403, 405);
      assertThat(response.xml("Code")).isIn("SignatureDoesNotMatch", "MethodNotAllowed");
      assertSane(connection, response);
    }
  }

  @Test
  void putObject_headerAddedAfterSigning_isAccessDenied() {
    S3Request request = put().unsignedHeader("x-amz-meta-added", "x");
    refused(request, 403, "AccessDenied");
  }

  @Test
  void putObject_otherRegion_isAuthorizationHeaderMalformed() {
    RawResponse response =
        refused(put().inRegion("eu-west-1"), 400, "AuthorizationHeaderMalformed");
    assertThat(response.xml("Region")).isEqualTo("us-east-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=a/b/c,SignedHeaders=host,Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request,Signature=0",
      })
  void putObject_unreadableAuthorization_isAuthorizationHeaderMalformed(String authorization) {
    S3Request request =
        put()
            .anonymous()
            .unsignedHeader("x-amz-date", "20260101T000000Z")
            .unsignedHeader("Authorization", authorization);
    refused(request, 400, "AuthorizationHeaderMalformed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic dXNlcjpwYXNz", "Bearer token", "garbage", "AWS4-X Credential=a"})
  void putObject_otherAuthorization_isRefused(String authorization) {
    S3Request request = put().anonymous().unsignedHeader("Authorization", authorization);
    refused(request, 400, "InvalidArgument");
  }

  @Test
  void putObject_signedTwice_isInvalidArgument() {
    S3Request request =
        S3Request.put(object("k"), BODY)
            .presigned(Duration.ofMinutes(5))
            .unsignedHeader("Authorization", "AWS4-HMAC-SHA256 Credential=a");
    refused(request, 400, "InvalidArgument");
  }

  @Test
  void putObject_sessionTokenNobodyIssued_isInvalidToken() {
    Credentials session =
        new Credentials(
            S3Request.ROOT.accessKeyId(), S3Request.ROOT.secretKey(), "made-up-session-token");
    refused(put().as(session), 400, "InvalidToken");
  }

  @Test
  void putObject_otherBodyThanSigned_isContentSha256Mismatch() {
    RawResponse response =
        refused(
            put().contentSha256(S3Request.sha256Hex(bytes(99))), 400, "XAmzContentSHA256Mismatch");
    assertThat(response.xml("S3ComputedContentSHA256")).isEqualTo(S3Request.sha256Hex(BODY));
  }

  @Test
  void putObject_otherLargeBodyThanSigned_isContentSha256Mismatch() {
    S3Request request =
        S3Request.put(object("k"), bytes(5 << 20)).contentSha256(S3Request.sha256Hex(BODY));
    refused(request, 400, "XAmzContentSHA256Mismatch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"garbage", "UNSIGNED", "STREAMING-MADE-UP", "00"})
  void putObject_contentSha256OfNoKind_isInvalidArgument(String value) {
    refused(put().contentSha256(value), 400, "InvalidArgument");
  }

  @Test
  void getObject_presignedExpired_isAccessDenied() {
    store("k", BODY);
    S3Request request =
        S3Request.get(object("k"))
            .presigned(Duration.ofSeconds(60))
            .signedAt(Instant.now().minusSeconds(120));
    RawResponse response = refused(request, 403, "AccessDenied");
    assertThat(response.xml("Message")).isEqualTo("Request has expired");
  }

  @Test
  void putObject_presignedExpired_isAccessDenied() {
    S3Request request =
        put().presigned(Duration.ofSeconds(1)).signedAt(Instant.now().minusSeconds(10));
    refused(request, 403, "AccessDenied");
  }

  @Test
  void getObject_presignedForTheFuture_isAccessDenied() {
    store("k", BODY);
    S3Request request =
        S3Request.get(object("k"))
            .presigned(Duration.ofHours(1))
            .signedAt(Instant.now().plus(Duration.ofHours(2)));
    refused(request, 403, "AccessDenied");
  }

  @ParameterizedTest
  @ValueSource(strings = {"604801", "-1", "abc", ""})
  void getObject_presignedForBadTime_isQueryParametersError(String seconds) {
    store("k", BODY);
    S3Request request =
        S3Request.get(object("k"))
            .presigned(Duration.ofSeconds(77))
            .spoilHead(head -> head.replace("X-Amz-Expires=77", "X-Amz-Expires=" + seconds));
    refused(request, 400, "AuthorizationQueryParametersError");
  }

  @Test
  void getObject_presignedLifeStretched_isSignatureDoesNotMatch() {
    store("k", BODY);
    S3Request request =
        S3Request.get(object("k"))
            .presigned(Duration.ofSeconds(77))
            .spoilHead(head -> head.replace("X-Amz-Expires=77", "X-Amz-Expires=78"));
    refused(request, 403, "SignatureDoesNotMatch");
  }

  @Test
  void getObject_presignedForOtherKey_isSignatureDoesNotMatch() {
    store("k", BODY);
    S3Request request =
        S3Request.get(object("other"))
            .presigned(Duration.ofSeconds(77))
            .spoilHead(head -> head.replace("/other?", "/k?"));
    refused(request, 403, "SignatureDoesNotMatch");
  }

  @Test
  void getObject_presignedInPart_isQueryParametersError() {
    refused(
        S3Request.get(object("k") + "?X-Amz-Signature=00").anonymous(),
        400,
        "AuthorizationQueryParametersError");
  }

  @Test
  void headObject_wrongSecret_hasNoBody() {
    S3Request request =
        S3Request.of("HEAD", object("k"))
            .as(new Credentials(S3Request.ROOT.accessKeyId(), "wrong"));
    refused(request, 403, "SignatureDoesNotMatch");
  }
}
