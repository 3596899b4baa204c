package io.sluice.gateway.object;

import io.sluice.gateway.pipe.CopyPipeline;
import io.sluice.gateway.pipe.DownloadPipeline;
import io.sluice.gateway.pipe.UploadPipeline;

/** How bytes go in, out, and from one object to another. */
public record ObjectPlane(UploadPipeline uploads, DownloadPipeline downloads, CopyPipeline copies) {
  public ObjectPlane(UploadPipeline uploads, DownloadPipeline downloads) {
    this(uploads, downloads, new CopyPipeline(downloads, uploads));
  }
}
