package io.sluice.s3.auth;

import static io.sluice.s3.auth.AwsExamples.CREDENTIALS;
import static io.sluice.s3.auth.AwsExamples.EMPTY_SHA256;
import static io.sluice.s3.auth.AwsExamples.NOW;
import static io.sluice.s3.auth.AwsExamples.get;
import static io.sluice.s3.auth.AwsExamples.signer;
import static io.sluice.s3.auth.AwsExamples.verify;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.PayloadSigning.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignatureVerifierTest {

  @Test
  void parse_noSignature_isAnonymous() {
    assertThat(SignedRequest.parse(get("/", "list-type=2&xX-Amz-Signature=1"))).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "AWS AKID:c2lnbmF0dXJl, INVALID_REQUEST",
    "Bearer token, INVALID_ARGUMENT",
    "'', INVALID_ARGUMENT",
    "AWS4-HMAC-SHA256, AUTHORIZATION_HEADER_MALFORMED",
    "AWS4-HMAC-SHA256 Credential=a, AUTHORIZATION_HEADER_MALFORMED",
    "'AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3,SignedHeaders=host,Signature=0',"
        + " AUTHORIZATION_HEADER_MALFORMED",
    "'AWS4-HMAC-SHA256 Credential=a/2013/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0',"
        + " AUTHORIZATION_HEADER_MALFORMED",
    "'AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3/aws5,SignedHeaders=host,Signature=0',"
        + " AUTHORIZATION_HEADER_MALFORMED",
    "'AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3/aws4_request,Sig,Signature=0',"
        + " AUTHORIZATION_HEADER_MALFORMED",
    "'AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,"
        + "Signature=0', ACCESS_DENIED"
  })
  void parse_headerMalformed_isAwsError(String authorization, S3ErrorCode code) {
    assertCode(() -> SignedRequest.parse(get("/", "").add("Authorization", authorization)), code);
  }

  @Test
  void parse_versionTwoQuery_isInvalidRequest() {
    S3Exception error =
        error(() -> SignedRequest.parse(get("/", "AWSAccessKeyId=a&Signature=b&Expires=1")));
    assertThat(error.code()).isEqualTo(S3ErrorCode.INVALID_REQUEST);
    assertThat(error.message()).endsWith("Please use AWS4-HMAC-SHA256.");
  }

  @Test
  void parse_headerAndQuery_isInvalidArgument() {
    OutgoingRequest request = get("/", presigned(60));
    signer().sign(request, EMPTY_SHA256, NOW);
    S3Exception error = error(() -> SignedRequest.parse(request));
    assertThat(error.code()).isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
    assertThat(error.fields()).containsEntry("ArgumentName", "Authorization");
  }

  @Test
  void parse_contentSha256Missing_isInvalidRequest() {
    OutgoingRequest signed = signed();
    OutgoingRequest request = get("/test.txt", "");
    request.add("x-amz-date", signed.header("x-amz-date"));
    request.add("Authorization", signed.header("Authorization"));
    S3Exception error = error(() -> SignedRequest.parse(request));
    assertThat(error.code()).isEqualTo(S3ErrorCode.INVALID_REQUEST);
    assertThat(error.message()).contains("x-amz-content-sha256");
  }

  @Test
  void verify_otherSecret_isSignatureDoesNotMatch() {
    SignedRequest request = SignedRequest.parse(signed());
    S3Exception error = error(() -> AwsExamples.verifier().verify(request, "other", NOW));
    assertThat(error.code()).isEqualTo(S3ErrorCode.SIGNATURE_DOES_NOT_MATCH);
    assertThat(error.fields())
        .containsEntry("AWSAccessKeyId", CREDENTIALS.accessKeyId())
        .containsKeys("StringToSign", "SignatureProvided", "CanonicalRequest");
  }

  @Test
  void verify_cachedKeyOfFormerSecret_isNotUsed() {
    SignatureVerifier verifier = AwsExamples.verifier();
    SignedRequest request = SignedRequest.parse(signed());
    assertThat(verifier.verify(request, CREDENTIALS.secretKey(), NOW)).isNotNull();
    assertCode(
        () -> verifier.verify(request, "rotated", NOW), S3ErrorCode.SIGNATURE_DOES_NOT_MATCH);
    assertThat(verifier.verify(request, CREDENTIALS.secretKey(), NOW)).isNotNull();
  }

  @Test
  void verify_otherRegion_isAuthorizationHeaderMalformedWithRegion() {
    SignatureVerifier verifier = new SignatureVerifier("eu-west-1", SigningKeys.derived());
    S3Exception error =
        error(() -> verifier.verify(SignedRequest.parse(signed()), CREDENTIALS.secretKey(), NOW));
    assertThat(error.code()).isEqualTo(S3ErrorCode.AUTHORIZATION_HEADER_MALFORMED);
    assertThat(error.message())
        .isEqualTo(
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting"
                + " 'eu-west-1'");
    assertThat(error.fields()).containsEntry("Region", "eu-west-1");
  }

  @Test
  void verify_clockOffByFifteenMinutes_isTaken_andMoreIsTooSkewed() {
    Duration max = SignatureVerifier.SKEW_MAX;
    assertThat(verify(signed(), NOW.plus(max))).isNotNull();
    assertThat(verify(signed(), NOW.minus(max))).isNotNull();
    S3Exception error = error(() -> verify(signed(), NOW.plus(max).plusSeconds(1)));
    assertThat(error.code()).isEqualTo(S3ErrorCode.REQUEST_TIME_TOO_SKEWED);
    assertThat(error.fields())
        .containsEntry("RequestTime", "20130524T000000Z")
        .containsEntry("ServerTime", "2013-05-24T00:15:01.000Z")
        .containsEntry("MaxAllowedSkewMilliseconds", "900000");
    assertCode(
        () -> verify(signed(), NOW.minus(max).minusSeconds(1)),
        S3ErrorCode.REQUEST_TIME_TOO_SKEWED);
  }

  @Test
  void verify_presignedPastExpiry_isAccessDenied() {
    OutgoingRequest request = get("/", presigned(60));
    assertThat(verify(request, NOW.plusSeconds(60))).isNotNull();
    S3Exception error = error(() -> verify(request, NOW.plusSeconds(61)));
    assertThat(error.code()).isEqualTo(S3ErrorCode.ACCESS_DENIED);
    assertThat(error.message()).isEqualTo("Request has expired");
    assertThat(error.fields()).containsEntry("X-Amz-Expires", "60");
    assertCode(() -> verify(request, NOW.minusSeconds(901)), S3ErrorCode.ACCESS_DENIED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "0", "604801", "x", "", "99999999999"})
  void parse_presignedExpiresOutOfRange_isQueryParametersError(String expires) {
    String query = presigned(60).replace("Expires=60", "Expires=" + expires);
    assertCode(
        () -> SignedRequest.parse(get("/", query)),
        S3ErrorCode.AUTHORIZATION_QUERY_PARAMETERS_ERROR);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature"
      })
  void parse_presignedParameterMissing_isQueryParametersError(String name) {
    String query = presigned(60).replace(name, "x");
    assertCode(
        () -> SignedRequest.parse(get("/", query)),
        S3ErrorCode.AUTHORIZATION_QUERY_PARAMETERS_ERROR);
  }

  @Test
  void verify_unsignedAmzHeader_isAccessDenied() {
    OutgoingRequest request = signed().add("X-Amz-Acl", "public-read");
    S3Exception error = error(() -> verify(request, NOW));
    assertThat(error.code()).isEqualTo(S3ErrorCode.ACCESS_DENIED);
    assertThat(error.message())
        .isEqualTo("There were headers present in the request which were not signed");
    assertThat(error.fields()).containsEntry("HeadersNotSigned", "x-amz-acl");
  }

  @Test
  void verify_contentSha256HeaderNotListed_isCoveredAllTheSame() {
    assertThat(verify(get("/", presigned(60)).add("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), NOW))
        .isNotNull();
    assertCode(
        () -> verify(get("/", presigned(60)).add("x-amz-content-sha256", EMPTY_SHA256), NOW),
        S3ErrorCode.SIGNATURE_DOES_NOT_MATCH);
  }

  @Test
  void verify_hostNotSigned_isAccessDenied() {
    OutgoingRequest request = signed();
    request.set("Authorization", request.header("Authorization").replace("host;", ""));
    S3Exception error = error(() -> verify(request, NOW));
    assertThat(error.fields()).containsEntry("HeadersNotSigned", "host");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a+b",
        "/a%2Bb",
        "/a~b",
        "/a%7Eb",
        "/(1)=x!*'",
        "/%281%29",
        "/a//b/../c/./d",
        "/%e4%bd%a0",
        "/\u00e4\u00bd\u00a0",
        "/a%20b",
        "/a b",
        "/%00%ff",
        "/@:,;&="
      })
  void verify_everySpellingOfAPath_isTaken(String path) {
    OutgoingRequest request = new OutgoingRequest("PUT", path, "uploadId=a%2Bb&partNumber=1");
    request.add("Host", "h");
    signer().sign(request, "UNSIGNED-PAYLOAD", NOW);
    assertThat(verify(request, NOW)).isNotNull();
  }

  @Test
  void verify_clientThatSignsPathAsSent_isTaken() {
    OutgoingRequest request = new OutgoingRequest("GET", "/a(b)+c", "x=(1)");
    request.add("Host", "h").add("x-amz-date", "20130524T000000Z");
    request.add("x-amz-content-sha256", EMPTY_SHA256);
    List<String> names = List.of("host", "x-amz-content-sha256", "x-amz-date");
    String canonical =
        "GET\n/a(b)+c\nx=(1)\nhost:h\nx-amz-content-sha256:"
            + EMPTY_SHA256
            + "\nx-amz-date:20130524T000000Z\n\n"
            + String.join(";", names)
            + '\n'
            + EMPTY_SHA256;
    CredentialScope scope = new CredentialScope("20130524", "us-east-1", "s3");
    String signature =
        Digests.hmacHex(
            SigningKeys.derive(CREDENTIALS.secretKey(), scope),
            CanonicalRequest.stringToSign(canonical, "20130524T000000Z", scope));
    request.add(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential="
            + CREDENTIALS.accessKeyId()
            + "/20130524/us-east-1/s3/aws4_request, SignedHeaders="
            + String.join(";", names)
            + ", Signature="
            + signature);
    assertThat(verify(request, NOW)).isNotNull();
  }

  @Test
  void verify_spacesInHeaderValues_areCollapsed() {
    OutgoingRequest sent =
        get("/", "").add("x-amz-meta-a", "  a   b \t c ").add("X-Amz-Meta-A", "d");
    signer().sign(sent, EMPTY_SHA256, NOW);
    OutgoingRequest trimmed = get("/", "").add("x-amz-meta-a", "a b c").add("x-amz-meta-a", " d");
    for (Map.Entry<String, String> field : sent.headers()) {
      if (!field.getKey().equalsIgnoreCase("x-amz-meta-a") && !field.getKey().equals("Host")) {
        trimmed.add(field.getKey(), field.getValue());
      }
    }
    assertThat(verify(trimmed, NOW)).isNotNull();
  }

  @Test
  void verify_sessionToken_isSignedAndHandedOn() {
    Credentials session = new Credentials("AKIA/with/slashes", "secret", "token+/=");
    RequestSigner signer = new RequestSigner(session, "us-east-1", SigningKeys.derived());
    OutgoingRequest request = get("/", "");
    signer.sign(request, EMPTY_SHA256, NOW);
    SignedRequest header = SignedRequest.parse(request);
    assertThat(header.securityToken()).isEqualTo("token+/=");
    assertThat(header.accessKeyId()).isEqualTo("AKIA/with/slashes");
    assertThat(AwsExamples.verifier().verify(header, "secret", NOW)).isNotNull();
    SignedRequest query =
        SignedRequest.parse(get("/", signer.presign(get("/", ""), Duration.ofMinutes(1), NOW)));
    assertThat(query.securityToken()).isEqualTo("token+/=");
    assertThat(AwsExamples.verifier().verify(query, "secret", NOW)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, NOT_IMPLEMENTED",
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER, NOT_IMPLEMENTED",
    "required, INVALID_ARGUMENT",
    "zzb0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, INVALID_ARGUMENT"
  })
  void verify_contentSha256Unknown_isAwsError(String value, S3ErrorCode code) {
    OutgoingRequest request = get("/", "");
    signer().sign(request, value, NOW);
    assertCode(() -> verify(request, NOW), code);
  }

  @Test
  void payloadSigning_hexDigest_isCompared() {
    PayloadSigning payload = verify(signed(), NOW).payload();
    assertThat(payload.kind()).isEqualTo(Kind.SHA256);
    payload.checkSha256(EMPTY_SHA256);
    assertCode(
        () -> payload.checkSha256("00" + EMPTY_SHA256.substring(2)),
        S3ErrorCode.X_AMZ_CONTENT_SHA256_MISMATCH);
  }

  @Test
  void payloadSigning_anonymous_hasNoSignedChunks() {
    assertThat(PayloadSigning.ofAnonymous(get("/", "")).kind()).isEqualTo(Kind.UNSIGNED);
    assertThat(
            PayloadSigning.ofAnonymous(
                    get("/", "").add("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"))
                .kind())
        .isEqualTo(Kind.STREAMING_UNSIGNED_TRAILER);
    assertCode(
        () ->
            PayloadSigning.ofAnonymous(
                get("/", "").add("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")),
        S3ErrorCode.INVALID_REQUEST);
  }

  @Test
  void cachedSigningKeys_limitReached_staysBoundedAndRight() {
    CachedSigningKeys keys = new CachedSigningKeys(2);
    for (int i = 0; i < 10; i++) {
      CredentialScope scope = new CredentialScope("2013052" + i, "r", "s3");
      assertThat(keys.signingKey("a", "s", scope)).isEqualTo(SigningKeys.derive("s", scope));
    }
  }

  private static OutgoingRequest signed() {
    OutgoingRequest request = get("/test.txt", "");
    signer().sign(request, EMPTY_SHA256, NOW);
    return request;
  }

  private static String presigned(int seconds) {
    return signer().presign(get("/", ""), Duration.ofSeconds(seconds), NOW);
  }

  private static S3Exception error(ThrowingCallable call) {
    S3Exception error = catchThrowableOfType(S3Exception.class, call);
    assertThat(error).isNotNull();
    return error;
  }

  private static void assertCode(ThrowingCallable call, S3ErrorCode code) {
    assertThat(error(call).code()).isEqualTo(code);
  }
}
