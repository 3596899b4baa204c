package io.sluice.s3.auth;

import java.time.Instant;

/**
 * What all examples in AWS's documentation share.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html">Examples</a>
 */
public final class AwsExamples {
  public static final Credentials CREDENTIALS =
      new Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  public static final String REGION = "us-east-1";
  public static final Instant NOW = Instant.parse("2013-05-24T00:00:00Z");
  public static final String EMPTY_SHA256 =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private AwsExamples() {}

  public static RequestSigner signer() {
    return new RequestSigner(CREDENTIALS, REGION, SigningKeys.derived());
  }

  public static SignatureVerifier verifier() {
    return new SignatureVerifier(REGION, new CachedSigningKeys(16));
  }

  public static OutgoingRequest get(String path, String query) {
    return new OutgoingRequest("GET", path, query).add("Host", "examplebucket.s3.amazonaws.com");
  }

  /** The PUT of the chunked examples, not yet signed. */
  public static OutgoingRequest chunkedPut() {
    return new OutgoingRequest("PUT", "/examplebucket/chunkObject.txt", "")
        .add("Host", "s3.amazonaws.com")
        .add("x-amz-storage-class", "REDUCED_REDUNDANCY")
        .add("Content-Encoding", "aws-chunked")
        .add("x-amz-decoded-content-length", "66560");
  }

  public static VerifiedRequest verify(OutgoingRequest request, Instant now) {
    SignedRequest signed = SignedRequest.parse(request);
    return verifier().verify(signed, CREDENTIALS.secretKey(), now);
  }
}
