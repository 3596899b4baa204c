package io.sluice.load.bench;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;

/**
 * Uploads very many small objects with the lean client; for runs that need them rather than measure
 * them.
 */
public final class BulkUpload {

  private BulkUpload() {}

  /**
   * Uploads objects under new keys; blocks until all are there.
   *
   * @return uploads a second
   * @throws IOException when one of them failed
   */
  public static double upload(URI endpoint, String bucket, long size, long count, int clients)
      throws IOException {
    Vertx vertx = BenchCommand.lean();
    try {
      Driver driver = new Driver(vertx, endpoint, clients);
      driver.createBucket(bucket);
      LoadRun.Extent extent = LoadRun.Extent.ofOperations(clients, count);
      return driver
          .measure("PUT", bucket, Payload.of(Payload.Kind.RANDOM), size, extent, s3 -> s3.putNew(0))
          .operationsPerSecond();
    } finally {
      vertx.close();
    }
  }
}
