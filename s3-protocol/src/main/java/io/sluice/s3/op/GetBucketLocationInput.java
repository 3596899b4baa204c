package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;

/** GetBucketLocation. */
public record GetBucketLocationInput(String bucket) {
  /** Reads a request. */
  public static GetBucketLocationInput decode(RoutedRequest request, RequestHead head) {
    return new GetBucketLocationInput(request.requireBucket());
  }
}
