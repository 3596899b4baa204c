package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.s3.auth.Credentials;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Where the server is and who asks: shared by every administrative command. Credentials come from
 * the same variables as AWS tools use.
 */
@Command(
    footer =
        "Credentials of the root account: $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY, or"
            + " $SLUICE_ROOT_ACCESS_KEY and $SLUICE_ROOT_SECRET_KEY.")
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class AdminOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      defaultValue = "${SLUICE_ENDPOINT:-http://127.0.0.1:9000}",
      description = "The server. Default: ${DEFAULT-VALUE}")
  private String endpoint;

  @Option(names = "--json", description = "Print JSON")
  private boolean json;

  @Option(
      names = "--region",
      paramLabel = "REGION",
      defaultValue = "${AWS_REGION:-us-east-1}",
      description = "The server's region. Default: ${DEFAULT-VALUE}")
  private String region;

  @Option(
      names = "--ca-bundle",
      paramLabel = "PEM",
      defaultValue = "${AWS_CA_BUNDLE}",
      description = "Certificates to trust instead of the JDK's. Default: $AWS_CA_BUNDLE")
  private @Nullable Path caBundle;

  boolean json() {
    return json;
  }

  AdminClient client() {
    URI server = server();
    Path trusted = caBundle == null || caBundle.toString().isEmpty() ? null : caBundle;
    return new AdminClient(server, region, credentials(), trusted);
  }

  /**
   * Shows a list of the server's: as JSON, or each thing of it.
   *
   * @param name of the list, in the answer
   * @param none what is said when it is empty
   */
  void list(String path, String name, String none, BiConsumer<PrintWriter, JsonNode> each) {
    JsonNode answer = client().call("GET", path, null);
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      out.println(answer);
    } else if (answer.path(name).isEmpty()) {
      out.println(none);
    } else {
      answer.path(name).forEach(thing -> each.accept(out, thing));
    }
  }

  /**
   * Removes a thing of the server's, and says so.
   *
   * @param what such as {@code target nas}
   * @return the exit code
   */
  int remove(String path, String what) {
    JsonNode unused = client().call("DELETE", path, null);
    command.commandLine().getOut().println(json ? "{}" : "removed " + what);
    return 0;
  }

  private URI server() {
    try {
      URI uri = new URI(endpoint);
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // said below, as of everything else that is not a server's URL
    }
    throw new ParameterException(
        command.commandLine(),
        "--endpoint '" + endpoint + "' is not a URL such as http://127.0.0.1:9000");
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
