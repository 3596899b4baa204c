package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.xml.XmlWriter;

/** Where the bucket is; {@code us-east-1} is written as nothing, for historical reasons. */
public record GetBucketLocationOutput(String region) {
  public S3Response encode() {
    XmlWriter xml = XmlWriter.document("LocationConstraint");
    if (!region.equals("us-east-1")) {
      xml.text(region);
    }
    return S3Response.xml(xml.finish("LocationConstraint"));
  }
}
