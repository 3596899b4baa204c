package io.sluice.s3;

import java.util.Set;

/** The page that says which operations of S3 are there, made from the operation table. */
public final class CompatibilityPage {
  private static final String NOTES =
      """

      ## Notes

      - **Bucket replication** goes to endpoints that an operator registered for the bucket, and\
       takes a part of AWS's configuration; what it does not take is refused by name. Buckets have\
       no versions here, so it does not ask for versioning. See\
       [bucket replication](recovery.md#bucket-replication).
      """;

  private CompatibilityPage() {}

  /**
   * Renders the page.
   *
   * @param implemented the operations a gateway answers; every other row is {@code NotImplemented}
   * @return Markdown, the same text for the same table and set
   */
  public static String markdown(Set<S3Operation> implemented) {
    StringBuilder page = new StringBuilder(16 * 1024);
    page.append("# S3 compatibility\n\n")
        .append("Every operation of the S3 API and what becomes of it here. ")
        .append("This page is generated from the operation table that also routes requests; ")
        .append("do not edit it by hand.\n\n")
        .append("Implemented: ")
        .append(implemented.size())
        .append(" of ")
        .append(S3Operation.values().length)
        .append(". An operation that is not implemented answers `501 NotImplemented`.\n");
    for (ResourceLevel level : ResourceLevel.values()) {
      appendLevel(page, level, implemented);
    }
    return page.append(NOTES).toString();
  }

  private static void appendLevel(
      StringBuilder page, ResourceLevel level, Set<S3Operation> implemented) {
    page.append("\n## ")
        .append(title(level))
        .append("\n\n| Operation | Request | IAM action | Implemented |\n|---|---|---|---|\n");
    for (S3Operation operation : S3Operation.values()) {
      if (operation.level() == level) {
        page.append("| ")
            .append(operation.awsName())
            .append(" | `")
            .append(request(operation))
            .append("` | ")
            .append(operation.iamAction().isEmpty() ? "none" : "`" + operation.iamAction() + "`")
            .append(" | ")
            .append(implemented.contains(operation) ? "yes" : "no")
            .append(" |\n");
      }
    }
  }

  private static String title(ResourceLevel level) {
    return switch (level) {
      case SERVICE -> "Service";
      case BUCKET -> "Buckets";
      case OBJECT -> "Objects";
    };
  }

  private static String request(S3Operation operation) {
    StringBuilder text = new StringBuilder(operation.method().name());
    text.append(
        switch (operation.level()) {
          case SERVICE -> " /";
          case BUCKET -> " /bucket";
          case OBJECT -> " /bucket/key";
        });
    Discriminator discriminator = operation.discriminator();
    char separator = '?';
    for (Discriminator.Condition condition : discriminator.query()) {
      text.append(separator).append(condition);
      separator = '&';
    }
    if (discriminator.header() != null) {
      text.append(" with ").append(discriminator.header());
    }
    return text.toString();
  }
}
