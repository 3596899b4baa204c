package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.xml.XmlWriter;
import org.jspecify.annotations.Nullable;

/** The replication configuration of a bucket, as it was set. */
public record GetBucketReplicationOutput(ReplicationConfiguration configuration) {
  private static final String ROOT = "ReplicationConfiguration";

  public S3Response encode() {
    XmlWriter xml = XmlWriter.document(ROOT);
    xml.element("Role", configuration.role());
    for (ReplicationConfiguration.Rule rule : configuration.rules()) {
      write(xml.open("Rule"), rule);
      xml.close("Rule");
    }
    return S3Response.xml(xml.finish(ROOT));
  }

  private static void write(XmlWriter xml, ReplicationConfiguration.Rule rule) {
    xml.element("ID", rule.id());
    if (rule.firstVersion()) {
      xml.element("Prefix", rule.prefix());
    } else {
      xml.element("Priority", rule.priority());
      xml.open("Filter").element("Prefix", rule.prefix()).close("Filter");
    }
    xml.element("Status", word(rule.enabled()));
    xml.open("Destination")
        .element("Bucket", rule.destination())
        .optional("StorageClass", rule.storageClass())
        .close("Destination");
    writeStatus(xml, "DeleteMarkerReplication", rule.deleteMarkers());
    writeStatus(xml, "ExistingObjectReplication", rule.existingObjects());
  }

  private static void writeStatus(XmlWriter xml, String name, @Nullable Boolean status) {
    if (status != null) {
      xml.open(name).element("Status", word(status)).close(name);
    }
  }

  private static String word(boolean enabled) {
    return enabled ? "Enabled" : "Disabled";
  }
}
