package io.sluice.s3.auth;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;

/** The errors of authentication in AWS's words. */
final class AuthErrors {
  private AuthErrors() {}

  static S3Exception headerMalformed(String detail) {
    return new S3Exception(
        S3ErrorCode.AUTHORIZATION_HEADER_MALFORMED,
        "The authorization header is malformed; " + detail);
  }

  static S3Exception queryMalformed(String message) {
    return new S3Exception(S3ErrorCode.AUTHORIZATION_QUERY_PARAMETERS_ERROR, message);
  }

  static S3Exception credentialMalformed(boolean presigned, String detail) {
    return presigned
        ? queryMalformed("Error parsing the X-Amz-Credential parameter; " + detail)
        : headerMalformed(detail);
  }

  static S3Exception twoMechanisms(String authorization) {
    return new S3Exception(
            S3ErrorCode.INVALID_ARGUMENT,
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature"
                + " query string parameter or the Authorization header should be specified")
        .with("ArgumentName", "Authorization")
        .with("ArgumentValue", authorization);
  }

  static S3Exception unsupportedScheme(String authorization) {
    return new S3Exception(S3ErrorCode.INVALID_ARGUMENT, "Unsupported Authorization Type")
        .with("ArgumentName", "Authorization")
        .with("ArgumentValue", authorization);
  }

  static S3Exception versionTwo() {
    return new S3Exception(
        S3ErrorCode.INVALID_REQUEST,
        "The authorization mechanism you have provided is not supported. Please use"
            + " AWS4-HMAC-SHA256.");
  }

  static S3Exception dateMissing() {
    return new S3Exception(
        S3ErrorCode.ACCESS_DENIED, "AWS authentication requires a valid Date or x-amz-date header");
  }

  static S3Exception contentSha256Missing() {
    return new S3Exception(
        S3ErrorCode.INVALID_REQUEST,
        "Missing required header for this request: x-amz-content-sha256");
  }

  static S3Exception headersNotSigned(String names) {
    return new S3Exception(
            S3ErrorCode.ACCESS_DENIED,
            "There were headers present in the request which were not signed")
        .with("HeadersNotSigned", names);
  }
}
