package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.xml.XmlReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * PutBucketReplication.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html">PutBucketReplication</a>
 */
public record PutBucketReplicationInput(String bucket, ReplicationConfiguration configuration) {
  private static final int RULES_MAX = 100;
  private static final int ROLE_LENGTH_MAX = 2048;
  private static final String LOCK_TOKEN = "x-amz-bucket-object-lock-token";

  /**
   * Reads a request.
   *
   * @throws S3Exception MalformedXML, InvalidArgument, InvalidRequest; NotImplemented for what this
   *     store does not do
   */
  public static PutBucketReplicationInput decode(
      RoutedRequest request, RequestHead head, byte[] body) {
    if (head.header(LOCK_TOKEN) != null) {
      throw Fields.notImplemented(LOCK_TOKEN);
    }
    XmlReader xml = XmlReader.root(body, "ReplicationConfiguration");
    String role = null;
    List<ReplicationConfiguration.Rule> rules = new ArrayList<>();
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "Role" -> role = once(role, xml.token());
        case "Rule" ->
            rules.add(new ReplicationRuleReader().read(xml, "rule-" + (rules.size() + 1)));
        default -> throw XmlReader.malformed();
      }
      if (rules.size() > RULES_MAX) {
        throw Fields.invalidRequest(
            "A replication configuration has at most " + RULES_MAX + " rules here.");
      }
    }
    xml.end();
    if (rules.isEmpty()) {
      throw XmlReader.malformed();
    }
    requireDistinct(rules);
    return new PutBucketReplicationInput(
        request.requireBucket(), new ReplicationConfiguration(Fields.orEmpty(role), rules));
  }

  private static String once(@Nullable String before, String now) {
    if (before != null || now.length() > ROLE_LENGTH_MAX) {
      throw XmlReader.malformed();
    }
    return now;
  }

  /** Which of two rules decides must be plain. */
  private static void requireDistinct(List<ReplicationConfiguration.Rule> rules) {
    Set<String> ids = new HashSet<>();
    Set<Integer> priorities = new HashSet<>();
    boolean firstVersion = rules.get(0).firstVersion();
    for (ReplicationConfiguration.Rule rule : rules) {
      if (!ids.add(rule.id())) {
        throw Fields.invalidArgument("Rule Id must be unique.", "ID", rule.id());
      }
      if (rule.firstVersion() != firstVersion) {
        throw Fields.invalidRequest("All rules have a Filter, or none has.");
      }
      if (!firstVersion && !priorities.add(rule.priority())) {
        throw Fields.invalidRequest(
            "Found duplicate priority " + rule.priority() + ": each rule has one of its own.");
      }
    }
    if (firstVersion) {
      requireApart(rules);
    }
  }

  /** Without priorities no key may be the business of two rules. */
  private static void requireApart(List<ReplicationConfiguration.Rule> rules) {
    for (ReplicationConfiguration.Rule rule : rules) {
      for (ReplicationConfiguration.Rule other : rules) {
        if (!rule.id().equals(other.id()) && rule.prefix().startsWith(other.prefix())) {
          throw Fields.invalidRequest(
              "Found overlapping prefixes '%s' and '%s'.".formatted(other.prefix(), rule.prefix()));
        }
      }
    }
  }
}
