package io.sluice.app.node;

import io.sluice.storage.proto.HealFigures;
import io.vertx.core.json.JsonObject;

/** Figures of healing as the administration API shows them. */
public final class HealShown {
  private HealShown() {}

  /** Of one node, or the sum of several. */
  public static JsonObject of(HealFigures figures) {
    return new JsonObject()
        .put("waiting", figures.getWaiting())
        .put("running", figures.getRunning())
        .put("chunksCopied", figures.getChunksCopied())
        .put("bytesCopied", figures.getBytesCopied())
        .put("failures", figures.getFailures())
        .put("evicted", figures.getEvicted())
        .put("bytesPerSecondMax", figures.getBytesPerSecondMax());
  }
}
