package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/**
 * The account that a client says must own the bucket; any other owner is {@code AccessDenied}. It
 * may come with every operation on a bucket or object, so authorisation reads it, and no input.
 */
public final class ExpectedBucketOwner {
  private ExpectedBucketOwner() {}

  /**
   * The expected owner of the bucket in the path, or null.
   *
   * @throws S3Exception InvalidArgument unless it is 12 digits
   */
  public static @Nullable String of(RequestHead head) {
    return accountId(head, "x-amz-expected-bucket-owner");
  }

  /**
   * The expected owner of the bucket that is copied from, or null.
   *
   * @throws S3Exception InvalidArgument unless it is 12 digits
   */
  public static @Nullable String ofSource(RequestHead head) {
    return accountId(head, "x-amz-source-expected-bucket-owner");
  }

  private static @Nullable String accountId(RequestHead head, String name) {
    String value = Fields.header(head, name);
    if (value != null && !isAccountId(value)) {
      throw Fields.invalidArgument(
          "The value of the expected bucket owner parameter must be an AWS account ID",
          name,
          value);
    }
    return value;
  }

  private static boolean isAccountId(String value) {
    return value.length() == 12 && value.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
