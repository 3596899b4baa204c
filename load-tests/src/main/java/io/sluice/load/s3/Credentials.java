package io.sluice.load.s3;

/** An access key and its secret, as AWS tools take them from the environment. */
public record Credentials(String accessKey, String secretKey) {

  /**
   * Reads {@code AWS_ACCESS_KEY_ID} and {@code AWS_SECRET_ACCESS_KEY}.
   *
   * @throws IllegalArgumentException when one of them is missing
   */
  public static Credentials fromEnvironment() {
    String accessKey = System.getenv("AWS_ACCESS_KEY_ID");
    String secretKey = System.getenv("AWS_SECRET_ACCESS_KEY");
    if (accessKey == null || secretKey == null) {
      throw new IllegalArgumentException("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    return new Credentials(accessKey, secretKey);
  }

  @Override
  public String toString() {
    return "Credentials[" + accessKey + "]";
  }
}
