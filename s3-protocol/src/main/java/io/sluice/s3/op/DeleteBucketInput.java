package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;

/** DeleteBucket. */
public record DeleteBucketInput(String bucket) {
  /** Reads a request. */
  public static DeleteBucketInput decode(RoutedRequest request, RequestHead head) {
    return new DeleteBucketInput(request.requireBucket());
  }
}
