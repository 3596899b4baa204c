package io.sluice.s3;

/**
 * The error codes of S3 as they appear on the wire, with their HTTP status and default message.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html">Error
 *     responses</a>
 */
public enum S3ErrorCode {
  ACCESS_DENIED("AccessDenied", 403, "Access Denied"),
  INTERNAL_ERROR("InternalError", 500, "We encountered an internal error. Please try again."),
  NOT_IMPLEMENTED(
      "NotImplemented",
      501,
      "A header or operation you provided implies functionality that is not implemented.");

  private final String wireName;
  private final int status;
  private final String message;

  S3ErrorCode(String wireName, int status, String message) {
    this.wireName = wireName;
    this.status = status;
    this.message = message;
  }

  /** The text of {@code <Code>}. */
  public String wireName() {
    return wireName;
  }

  /** The HTTP status code. */
  public int status() {
    return status;
  }

  /** The message AWS sends where nothing more exact is known. */
  public String message() {
    return message;
  }
}
