package io.sluice.s3;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Which S3 error a call ends in. */
public final class S3Errors {
  private S3Errors() {}

  /** The error of a call that must fail with an S3 error. */
  public static S3Exception errorOf(ThrowingCallable call) {
    S3Exception error = catchThrowableOfType(S3Exception.class, call);
    if (error == null) {
      throw new AssertionError("no S3 error");
    }
    return error;
  }

  /** The code of a call that must fail with an S3 error. */
  public static S3ErrorCode codeOf(ThrowingCallable call) {
    return errorOf(call).code();
  }
}
