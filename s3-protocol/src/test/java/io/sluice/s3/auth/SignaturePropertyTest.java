package io.sluice.s3.auth;

import static io.sluice.s3.auth.AwsExamples.CREDENTIALS;
import static io.sluice.s3.auth.AwsExamples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.s3.S3Exception;
import io.sluice.s3.http.PercentCoding;
import java.time.Duration;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

class SignaturePropertyTest {

  @Property(tries = 300)
  void verify_anyKeyAndQuery_whatIsSignedIsTaken(
      @ForAll @StringLength(max = 40) String key, @ForAll @StringLength(max = 20) String value) {
    OutgoingRequest request =
        new OutgoingRequest(
            "PUT",
            "/b/" + PercentCoding.encode(key, true),
            "z=" + PercentCoding.encode(value, false) + "&a&a-b=1&a=2");
    request.add("Host", "localhost:9000").add("x-amz-meta-v", "v");
    AwsExamples.signer().sign(request, "UNSIGNED-PAYLOAD", NOW);
    assertThat(AwsExamples.verify(request, NOW)).isNotNull();

    OutgoingRequest other = new OutgoingRequest("PUT", request.rawPath() + "x", request.rawQuery());
    for (Map.Entry<String, String> field : request.headers()) {
      other.add(field.getKey(), field.getValue());
    }
    assertThatThrownBy(() -> AwsExamples.verify(other, NOW)).isInstanceOf(S3Exception.class);
  }

  @Property(tries = 300)
  void presign_anyKey_whatIsSignedIsTaken(@ForAll @StringLength(max = 40) String key) {
    String path = "/b/" + PercentCoding.encode(key, true);
    OutgoingRequest unsigned =
        new OutgoingRequest("GET", path, "response-content-type=a%2Fb").add("Host", "h");
    String query = AwsExamples.signer().presign(unsigned, Duration.ofHours(1), NOW);
    OutgoingRequest request = new OutgoingRequest("GET", path, query).add("Host", "h");
    assertThat(AwsExamples.verify(request, NOW)).isNotNull();
  }

  @Property(tries = 2000)
  void parseAndVerify_hostileHead_onlyThrowsS3Exception(
      @ForAll("hostile") String authorization,
      @ForAll("hostile") String query,
      @ForAll @CharRange(from = 0, to = 255) @StringLength(max = 30) String path,
      @ForAll("dates") String date,
      @ForAll @CharRange(from = 0, to = 255) @StringLength(max = 70) String sha256) {
    for (int form = 0; form < 2; form++) {
      OutgoingRequest request =
          new OutgoingRequest("GET", "/" + path, form == 0 ? "" : query).add("Host", "h");
      request.add("x-amz-date", date).add("x-amz-content-sha256", sha256);
      if (form == 0) {
        request.add("Authorization", authorization);
      }
      try {
        SignedRequest signed = SignedRequest.parse(request);
        if (signed != null) {
          AwsExamples.verifier().verify(signed, CREDENTIALS.secretKey(), NOW);
        }
      } catch (S3Exception expected) {
        assertThat(expected.code().status()).isBetween(400, 501);
      }
    }
  }

  @Provide
  Arbitrary<String> hostile() {
    Arbitrary<String> piece =
        Arbitraries.of(
            "AWS4-HMAC-SHA256",
            " ",
            ",",
            "=",
            "&",
            "/",
            "%",
            "%2",
            "%F0",
            ";",
            "Credential=",
            "SignedHeaders=",
            "Signature=",
            "AKID/20130524/us-east-1/s3/aws4_request",
            "host",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "&X-Amz-Credential=A/20130524/us-east-1/s3/aws4_request",
            "&X-Amz-Signature=",
            "&X-Amz-Date=20130524T000000Z",
            "&X-Amz-Expires=",
            "1",
            "&X-Amz-SignedHeaders=host",
            "\u0000",
            "\u00ff",
            "AWS");
    return piece.list().ofMaxSize(14).map(pieces -> String.join("", pieces));
  }

  @Provide
  Arbitrary<String> dates() {
    return Arbitraries.oneOf(
        Arbitraries.of("20130524T000000Z", "20139924T000000Z", "Fri, 24 May 2013 00:00:00 GMT", ""),
        Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(35));
  }
}
