package io.sluice.s3.auth;

/**
 * What a signing key is good for: one day, one region, one service.
 *
 * @param date the day in UTC as {@code yyyyMMdd}
 */
public record CredentialScope(String date, String region, String service) {
  static final String TERMINATOR = "aws4_request";

  /** {@code 20130524/us-east-1/s3/aws4_request}. */
  public String text() {
    return date + '/' + region + '/' + service + '/' + TERMINATOR;
  }
}
