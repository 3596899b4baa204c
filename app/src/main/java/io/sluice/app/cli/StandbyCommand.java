package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.app.config.ByteSize;
import io.sluice.app.config.TimeSpan;
import io.sluice.storage.SpanText;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice standby}: a cluster that follows another, and takes its place. */
@Command(
    name = "standby",
    description = "A cluster that follows another by its backups, and takes its place.",
    mixinStandardHelpOptions = true,
    subcommands = LeaseCommand.class,
    synopsisSubcommandLabel = "(add | status | promote | demote | fail-back | lease | remove)")
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class StandbyCommand implements Runnable {
  private static final long POLL_MS = 200;
  private static final String ORDINARY = "ordinary";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "one of add, status, promote, demote, fail-back, lease, remove is needed");
  }

  /** What add and fail-back have in common. */
  static final class Terms {
    @Option(
        names = "--cluster-id",
        paramLabel = "ID",
        description = "Whose backups, where several clusters have some")
    @Nullable String clusterId;

    @Option(
        names = "--every",
        paramLabel = "SPAN",
        converter = TimeSpan.class,
        description = "How often to look for a newer backup. Default: 1s, which is a hot standby")
    @Nullable Duration every;

    @Option(
        names = "--primary",
        paramLabel = "URL",
        description = "Where the primary serves: promotion asks there whether it lives")
    @Nullable String primary;

    @Option(
        names = "--automatic",
        paramLabel = "SPAN",
        converter = TimeSpan.class,
        description =
            "Take over by itself when the primary has been silent for so long. It must hold a"
                + " lease")
    @Nullable Duration automatic;

    @Option(
        names = "--bandwidth",
        paramLabel = "SIZE",
        converter = ByteSize.Converter.class,
        description =
            "Read no more of objects than that a second, such as 100MiB. Default: no limit")
    @Nullable ByteSize bandwidth;

    Map<String, Object> body() {
      Map<String, Object> body = new LinkedHashMap<>();
      put(body, "clusterId", clusterId);
      put(body, "everyMs", every == null ? null : every.toMillis());
      put(body, "primary", primary);
      put(body, "bytesPerSecondMax", bandwidth == null ? null : bandwidth.bytes());
      put(body, "automaticMs", automatic == null ? null : automatic.toMillis());
      return body;
    }
  }

  private static void put(Map<String, Object> body, String name, @Nullable Object value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  @Command(
      name = "add",
      description = "Has this cluster follow another by the backups that it has at a place.",
      mixinStandardHelpOptions = true)
  int add(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "URL", description = "The place, as of sluice target add")
          String url,
      @Option(
              names = "--key-file",
              paramLabel = "FILE",
              description = "What the backups are encrypted with: a file of the server")
          @Nullable Path keyFile,
      @Option(
              names = "--credentials-file",
              paramLabel = "FILE",
              description = "Of an s3:// place: a file of the server")
          @Nullable Path credentialsFile,
      @Mixin Terms terms,
      @Option(
              names = "--overwrite",
              description = "Also where that deletes buckets and accounts of this cluster's own")
          boolean overwrite) {
    Map<String, Object> body = terms.body();
    body.put("url", url);
    put(body, "keyFile", keyFile == null ? null : keyFile.toString());
    put(body, "credentialsFile", credentialsFile == null ? null : credentialsFile.toString());
    body.put("overwrite", overwrite);
    return follows(admin, admin.client().call("POST", "/standby", body));
  }

  private int follows(AdminOptions admin, JsonNode role) {
    out()
        .println(
            admin.json()
                ? role
                : "follows cluster " + role.path("follows").path("cluster").asText());
    return 0;
  }

  @Command(
      name = "status",
      description = "What this cluster is to others, and how far it is.",
      mixinStandardHelpOptions = true)
  int status(@Mixin AdminOptions admin) {
    JsonNode role = admin.client().call("GET", "/standby", null);
    if (admin.json()) {
      out().println(role);
    } else {
      new StatusText(out()).print(role);
    }
    return 0;
  }

  @Command(
      name = "promote",
      description =
          "Makes this standby the primary: applies what is left, says so at the target, and waits"
              + " until the lease of the primary before is over.",
      mixinStandardHelpOptions = true)
  int promote(
      @Mixin AdminOptions admin,
      @Option(
              names = "--force",
              description =
                  "Also when the primary answers, or can't be asked: what it takes from here on is"
                      + " not in this cluster")
          boolean force)
      throws InterruptedException {
    AdminClient client = admin.client();
    JsonNode role = client.call("POST", "/standby/promote", Map.of("force", force));
    CountDownLatch never = new CountDownLatch(1);
    while (!role.path("role").asText().equals(ORDINARY)) {
      JsonNode promotion = role.path("promotion");
      if (promotion.path("state").asText().equals("given-up")) {
        throw new AdminClient.AdminException(
            "the promotion was given up: " + promotion.path("reason").asText());
      }
      boolean unused = never.await(POLL_MS, TimeUnit.MILLISECONDS);
      role = client.call("GET", "/standby", null);
    }
    out().println(admin.json() ? role : promoted(role));
    return 0;
  }

  /** A lease that nobody asked for here may stop writes one day: so it is told. */
  static String promoted(JsonNode role) {
    String primary = "this cluster is the primary, of epoch " + role.path("epoch").asLong();
    JsonNode lease = role.path("lease");
    return lease.isMissingNode()
        ? primary
        : "%s; the lease of the place goes along: while %s is out of reach for more than %s, no write is acknowledged; sluice standby lease TARGET none ends it"
            .formatted(
                primary,
                lease.path("url").asText(),
                SpanText.of(Duration.ofSeconds(lease.path("seconds").asLong())));
  }

  @Command(
      name = "demote",
      description =
          "Ends that this cluster takes writes, and makes a last backup: its standby can then be"
              + " promoted with nothing lost.",
      mixinStandardHelpOptions = true)
  int demote(
      @Mixin AdminOptions admin,
      @Parameters(
              arity = "0..1",
              paramLabel = "TARGET",
              description = "Where the standby looks. Default: the only target there is")
          @Nullable String target)
      throws InterruptedException {
    AdminClient client = admin.client();
    String name = target == null ? onlyTarget(client) : target;
    JsonNode role = demoted(client, name);
    out()
        .println(
            admin.json()
                ? role
                : "this cluster takes no writes any more; its last backup is "
                    + role.path("fence").path("lastSet").asText());
    return 0;
  }

  /** Asked again, it goes on: so an end of this command, or of the server, ends nothing. */
  private static JsonNode demoted(AdminClient client, String target) throws InterruptedException {
    JsonNode before = lastFailure(client, target);
    CountDownLatch never = new CountDownLatch(1);
    while (true) {
      JsonNode role = client.call("POST", "/standby/demote", Map.of("target", target));
      if (role.path("fence").has("lastSet")) {
        return role;
      }
      JsonNode failed = lastFailure(client, target);
      if (!failed.path("id").equals(before.path("id"))) {
        throw new AdminClient.AdminException(
            "this cluster takes no writes any more, and its last backup was given up: "
                + failed.path("message").asText()
                + "; run this again, or sluice standby remove");
      }
      boolean unused = never.await(POLL_MS, TimeUnit.MILLISECONDS);
    }
  }

  private static JsonNode lastFailure(AdminClient client, String target) {
    return client.call("GET", TargetCommand.path(target), null).path("lastFailure");
  }

  private static String onlyTarget(AdminClient client) {
    JsonNode targets = client.call("GET", "/targets", null).path("targets");
    if (targets.size() != 1) {
      throw new AdminClient.AdminException(
          targets.isEmpty() ? "this cluster has no target" : "which target? it has several");
    }
    return targets.get(0).path("name").asText();
  }

  @Command(
      name = "fail-back",
      description =
          "Has this cluster, which was the primary, follow the one that is: it fetches what"
              + " differs, and can then be promoted again.",
      mixinStandardHelpOptions = true)
  int failBack(
      @Mixin AdminOptions admin,
      @Parameters(
              arity = "0..1",
              paramLabel = "TARGET",
              description = "Where the primary's backups are. Default: the only target there is")
          @Nullable String target,
      @Mixin Terms terms) {
    Map<String, Object> body = terms.body();
    put(body, "target", target);
    return follows(admin, admin.client().call("POST", "/standby/fail-back", body));
  }

  @Command(
      name = "remove",
      description =
          "Ends that this cluster is a standby, or fenced: it is ordinary, with what it has.",
      mixinStandardHelpOptions = true)
  int remove(
      @Mixin AdminOptions admin,
      @Option(names = "--force", description = "Also when another cluster is the primary")
          boolean force) {
    JsonNode role = admin.client().call("DELETE", "/standby", Map.of("force", force));
    out().println(admin.json() ? role : "removed the role: this cluster is ordinary");
    return 0;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
