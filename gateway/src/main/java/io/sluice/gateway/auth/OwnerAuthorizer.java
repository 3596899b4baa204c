package io.sluice.gateway.auth;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Operation;
import io.sluice.s3.op.ExpectedBucketOwner;
import io.sluice.storage.proto.Bucket;
import org.jspecify.annotations.Nullable;

/**
 * Accounts are apart, as in AWS: a bucket is its owner's alone, and the store's own account is no
 * exception. Strangers may do nothing.
 */
public final class OwnerAuthorizer implements Authorizer {
  private static final long ACCOUNT_NUMBERS = 1_000_000_000_000L;

  @Override
  public void authorize(
      Caller caller, S3Operation operation, @Nullable Bucket bucket, RequestHead head) {
    if (caller.isAnonymous()) {
      throw new S3Exception(S3ErrorCode.ACCESS_DENIED);
    }
    if (bucket != null) {
      requireOwner(caller, bucket, ExpectedBucketOwner.of(head));
    }
  }

  @Override
  public void authorizeSource(
      Caller caller, S3Operation operation, Bucket bucket, RequestHead head) {
    requireOwner(caller, bucket, ExpectedBucketOwner.ofSource(head));
  }

  private static void requireOwner(Caller caller, Bucket bucket, @Nullable String expected) {
    boolean owner = bucket.getOwner().equals(caller.accountId());
    if (!owner || (expected != null && !expected.equals(accountNumber(bucket.getOwner())))) {
      throw new S3Exception(S3ErrorCode.ACCESS_DENIED);
    }
  }

  /** The account's 12-digit number, which clients give as the expected owner of a bucket. */
  public static String accountNumber(String accountId) {
    long number = Long.parseLong(accountId.substring(0, 15), 16);
    return String.format("%012d", number % ACCOUNT_NUMBERS);
  }
}
