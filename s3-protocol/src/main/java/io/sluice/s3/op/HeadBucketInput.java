package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;

/** HeadBucket. */
public record HeadBucketInput(String bucket) {
  /** Reads a request. */
  public static HeadBucketInput decode(RoutedRequest request, RequestHead head) {
    return new HeadBucketInput(request.requireBucket());
  }
}
