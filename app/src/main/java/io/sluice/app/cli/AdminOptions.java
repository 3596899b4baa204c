package io.sluice.app.cli;

import io.sluice.s3.auth.Credentials;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Where the server is and who asks: shared by every administrative command. Credentials come from
 * the same variables as AWS tools use.
 */
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class AdminOptions {
  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      defaultValue = "${SLUICE_ENDPOINT:-http://127.0.0.1:9000}",
      description = "The server. Default: ${DEFAULT-VALUE}")
  private URI endpoint;

  @Option(names = "--json", description = "Print JSON")
  private boolean json;

  @Option(
      names = "--region",
      paramLabel = "REGION",
      defaultValue = "${AWS_REGION:-us-east-1}",
      description = "The server's region. Default: ${DEFAULT-VALUE}")
  private String region;

  boolean json() {
    return json;
  }

  AdminClient client() {
    return new AdminClient(endpoint, region, credentials());
  }

  private static Credentials credentials() {
    String access = firstOf("AWS_ACCESS_KEY_ID", "SLUICE_ROOT_ACCESS_KEY");
    String secret = firstOf("AWS_SECRET_ACCESS_KEY", "SLUICE_ROOT_SECRET_KEY");
    if (access == null || secret == null) {
      throw new IllegalStateException(
          "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the root account's"
              + " key (the server printed it at its first start)");
    }
    return new Credentials(access, secret);
  }

  private static @Nullable String firstOf(String... names) {
    for (String name : names) {
      String value = System.getenv(name);
      if (value != null && !value.isEmpty()) {
        return value;
      }
    }
    return null;
  }
}
