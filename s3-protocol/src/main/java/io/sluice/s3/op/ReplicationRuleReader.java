package io.sluice.s3.op;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.xml.XmlReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads one rule of a replication configuration, strictly: what AWS knows and this store does not
 * do is refused by its name, and anything else is MalformedXML. For one rule.
 */
final class ReplicationRuleReader {
  private static final int ID_LENGTH_MAX = 255;
  private static final int PREFIX_BYTES_MAX = 1024;
  private static final int DESTINATION_LENGTH_MAX = 512;

  private @Nullable String id;
  private @Nullable Integer priority;
  private @Nullable Boolean enabled;
  private @Nullable String ownPrefix;
  private @Nullable String filterPrefix;
  private boolean hasFilter;
  private @Nullable String destination;
  private @Nullable String storageClass;
  private @Nullable Boolean deleteMarkers;
  private @Nullable Boolean existingObjects;

  /**
   * Reads the rule just entered.
   *
   * @param otherwise the id of a rule that names none
   */
  ReplicationConfiguration.Rule read(XmlReader xml, String otherwise) {
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "ID" -> id = once(id, xml.text());
        case "Priority" -> priority = once(priority, priority(xml.number()));
        case "Status" -> enabled = once(enabled, enabled(xml));
        case "Prefix" -> ownPrefix = once(ownPrefix, xml.text());
        case "Filter" -> readFilter(xml);
        case "Destination" -> readDestination(xml);
        case "DeleteMarkerReplication" -> deleteMarkers = once(deleteMarkers, status(xml));
        case "ExistingObjectReplication" -> existingObjects = once(existingObjects, status(xml));
        case "SourceSelectionCriteria", "DeleteReplication" -> throw notImplemented(xml.name());
        default -> throw XmlReader.malformed();
      }
    }
    return rule(otherwise);
  }

  private void readFilter(XmlReader xml) {
    if (hasFilter) {
      throw XmlReader.malformed();
    }
    hasFilter = true;
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "Prefix" -> filterPrefix = once(filterPrefix, xml.text());
        case "Tag" -> throw notImplemented("Filter.Tag");
        case "And" -> readAnd(xml);
        default -> throw XmlReader.malformed();
      }
    }
  }

  private void readAnd(XmlReader xml) {
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "Prefix" -> filterPrefix = once(filterPrefix, xml.text());
        case "Tag" -> throw notImplemented("Filter.And.Tag");
        default -> throw XmlReader.malformed();
      }
    }
  }

  private void readDestination(XmlReader xml) {
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "Bucket" -> destination = once(destination, xml.token());
        case "StorageClass" -> storageClass = once(storageClass, xml.token());
        case "Account",
            "AccessControlTranslation",
            "EncryptionConfiguration",
            "ReplicationTime",
            "Metrics" ->
            throw notImplemented("Destination." + xml.name());
        default -> throw XmlReader.malformed();
      }
    }
  }

  private static <T> T once(@Nullable T before, T now) {
    if (before != null) {
      throw XmlReader.malformed();
    }
    return now;
  }

  private static int priority(long number) {
    if (number < 0 || number > Integer.MAX_VALUE) {
      throw Fields.invalidArgument(
          "Priority is a number from 0 to " + Integer.MAX_VALUE, "Priority", Long.toString(number));
    }
    return (int) number;
  }

  private static boolean enabled(XmlReader xml) {
    return switch (xml.token()) {
      case "Enabled" -> true;
      case "Disabled" -> false;
      default -> throw XmlReader.malformed();
    };
  }

  private static boolean status(XmlReader xml) {
    Boolean status = null;
    while (xml.nextChild()) {
      if (!xml.name().equals("Status")) {
        throw XmlReader.malformed();
      }
      status = once(status, enabled(xml));
    }
    if (status == null) {
      throw XmlReader.malformed();
    }
    return status;
  }

  private ReplicationConfiguration.Rule rule(String otherwise) {
    Boolean isEnabled = enabled;
    String to = destination;
    if (isEnabled == null || to == null) {
      throw XmlReader.malformed();
    }
    if (to.isEmpty() || to.length() > DESTINATION_LENGTH_MAX) {
      throw Fields.invalidArgument("Invalid bucket ARN", "Destination.Bucket", to);
    }
    if (storageClass != null && !storageClass.equals(StorageClasses.STANDARD)) {
      throw notImplemented("Destination.StorageClass=" + storageClass);
    }
    requireOneVersion();
    return new ReplicationConfiguration.Rule(
        checkedId(otherwise),
        priority == null ? 0 : priority,
        !hasFilter,
        isEnabled,
        checkedPrefix(),
        to,
        storageClass,
        deleteMarkers,
        existingObjects);
  }

  /** The first version of the schema has a prefix, the second a filter and what came with it. */
  private void requireOneVersion() {
    if (hasFilter == (ownPrefix != null)) {
      throw Fields.invalidRequest("A rule has either a Filter or a Prefix of its own.");
    }
    if (!hasFilter && (priority != null || deleteMarkers != null)) {
      throw Fields.invalidRequest(
          (priority != null ? "Priority" : "DeleteMarkerReplication")
              + " cannot be used for this version of the replication configuration schema:"
              + " a rule with it has a Filter.");
    }
  }

  private String checkedId(String otherwise) {
    String given = id == null || id.isEmpty() ? otherwise : id;
    if (given.length() > ID_LENGTH_MAX) {
      throw Fields.invalidArgument(
          "The maximum length of a rule's ID is " + ID_LENGTH_MAX, "ID", given);
    }
    return given;
  }

  private String checkedPrefix() {
    String prefix = Fields.orEmpty(hasFilter ? filterPrefix : ownPrefix);
    if (prefix.getBytes(UTF_8).length > PREFIX_BYTES_MAX) {
      throw Fields.invalidArgument(
          "The maximum size of a prefix is " + PREFIX_BYTES_MAX, "Prefix", prefix);
    }
    return prefix;
  }

  private static S3Exception notImplemented(String element) {
    return new S3Exception(
            S3ErrorCode.NOT_IMPLEMENTED, "This is not implemented in replication: " + element)
        .with("Element", element);
  }
}
