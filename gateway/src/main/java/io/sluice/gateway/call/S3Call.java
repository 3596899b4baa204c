package io.sluice.gateway.call;

import io.sluice.gateway.auth.Caller;
import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Operation;
import io.sluice.s3.auth.PayloadSigning;
import io.sluice.storage.proto.Bucket;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An S3 request that is routed, authenticated and authorised.
 *
 * @param exchange the HTTP request and its response
 * @param route operation, bucket, key and query
 * @param caller who signed it
 * @param payload what the body must live up to
 * @param view the bucket in the path as it was found, which may be gone by the time a command is
 *     applied; null where the operation has none, or makes it
 */
public record S3Call(
    Exchange exchange,
    RoutedRequest route,
    Caller caller,
    PayloadSigning payload,
    @Nullable BucketView view) {

  public S3Operation operation() {
    return route.operation();
  }

  /** The head as the codecs read it. */
  public RequestHead head() {
    return exchange.head();
  }

  /** The request; its body belongs to whoever calls {@link Exchange#takeBody}. */
  public HttpServerRequest request() {
    return exchange.request();
  }

  public String requestId() {
    return exchange.requestId();
  }

  /** When the request came. */
  public Instant receivedAt() {
    return exchange.receivedAt();
  }

  /**
   * The bucket of an operation that is on a bucket or object.
   *
   * @throws IllegalStateException where there is none
   */
  public BucketView requireView() {
    if (view == null) {
      throw new IllegalStateException(operation().awsName() + " has no bucket");
    }
    return view;
  }

  /** The row of {@link #requireView}. */
  public Bucket requireBucket() {
    return requireView().bucket();
  }

  /** Has what follows run on this request's event loop, wherever {@code work} completes. */
  public <T> Uni<T> onContext(Uni<T> work) {
    return exchange.onContext(work);
  }
}
