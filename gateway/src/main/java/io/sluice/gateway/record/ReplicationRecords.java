package io.sluice.gateway.record;

import io.sluice.s3.op.ReplicationConfiguration;
import io.sluice.storage.proto.ReplicationRule;
import java.util.function.UnaryOperator;

/** A replication configuration as it is stored. */
public final class ReplicationRecords {
  private ReplicationRecords() {}

  /**
   * The record of what a client sent.
   *
   * @param endpoint gives the name of the endpoint that an ARN stands for
   */
  public static io.sluice.storage.proto.ReplicationConfiguration record(
      ReplicationConfiguration configuration, UnaryOperator<String> endpoint) {
    io.sluice.storage.proto.ReplicationConfiguration.Builder record =
        io.sluice.storage.proto.ReplicationConfiguration.newBuilder().setRole(configuration.role());
    for (ReplicationConfiguration.Rule rule : configuration.rules()) {
      ReplicationRule.Builder added =
          record
              .addRulesBuilder()
              .setId(rule.id())
              .setPriority(rule.priority())
              .setFirstVersion(rule.firstVersion())
              .setEnabled(rule.enabled())
              .setPrefix(rule.prefix())
              .setDestination(rule.destination())
              .setEndpoint(endpoint.apply(rule.destination()))
              .setStorageClass(rule.storageClass() == null ? "" : rule.storageClass());
      if (rule.deleteMarkers() != null) {
        added.setDeleteMarkers(rule.deleteMarkers());
      }
      if (rule.existingObjects() != null) {
        added.setExistingObjects(rule.existingObjects());
      }
    }
    return record.build();
  }

  /** What a client gets back. */
  public static ReplicationConfiguration configuration(
      io.sluice.storage.proto.ReplicationConfiguration record) {
    return new ReplicationConfiguration(
        record.getRole(), record.getRulesList().stream().map(ReplicationRecords::rule).toList());
  }

  private static ReplicationConfiguration.Rule rule(ReplicationRule rule) {
    return new ReplicationConfiguration.Rule(
        rule.getId(),
        rule.getPriority(),
        rule.getFirstVersion(),
        rule.getEnabled(),
        rule.getPrefix(),
        rule.getDestination(),
        rule.getStorageClass().isEmpty() ? null : rule.getStorageClass(),
        rule.hasDeleteMarkers() ? rule.getDeleteMarkers() : null,
        rule.hasExistingObjects() ? rule.getExistingObjects() : null);
  }
}
