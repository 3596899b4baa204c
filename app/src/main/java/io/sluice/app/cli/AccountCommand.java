package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice account}: who owns buckets. */
@Command(
    name = "account",
    description = "Accounts own buckets, as in AWS.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(add | list | show | remove)")
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class AccountCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new picocli.CommandLine.ParameterException(
        spec.commandLine(), "one of add, list, show, remove is needed");
  }

  /** An access key and its secret: both or neither. */
  static final class Key {
    @Option(
        names = "--access-key",
        required = true,
        paramLabel = "K",
        description = "Its first access key. Default: made up")
    String accessKey;

    @Option(
        names = "--secret-key",
        required = true,
        paramLabel = "S",
        description = "The secret of --access-key")
    String secretKey;
  }

  @Command(
      name = "add",
      description = "Adds an account and prints its first key.",
      mixinStandardHelpOptions = true)
  int add(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", description = "What to call it in these commands")
          String name,
      @Option(names = "--display-name", paramLabel = "D", description = "A name for people to read")
          @Nullable String displayName,
      @Option(names = "--email", paramLabel = "E", description = "Its owner's address")
          @Nullable String email,
      @Option(
              names = "--canonical-id",
              paramLabel = "ID",
              description = "Its id as S3 shows it. Default: made up")
          @Nullable String canonicalId,
      @ArgGroup(exclusive = false) @Nullable Key key) {
    Map<String, String> account = new LinkedHashMap<>();
    account.put("name", name);
    putIfGiven(account, "displayName", displayName);
    putIfGiven(account, "email", email);
    putIfGiven(account, "canonicalId", canonicalId);
    if (key != null) {
      account.put("accessKey", key.accessKey);
      account.put("secretKey", key.secretKey);
    }
    JsonNode made = admin.client().call("POST", "/accounts", account);
    if (admin.json()) {
      out().println(made);
    } else {
      out().println("Account " + made.path("name").asText() + " was added. Its key, shown once:");
      out().println("  access key  " + made.path("accessKey").asText());
      out().println("  secret key  " + made.path("secretKey").asText());
    }
    return 0;
  }

  @Command(name = "list", description = "Lists the accounts.", mixinStandardHelpOptions = true)
  int list(@Mixin AdminOptions admin) {
    JsonNode answer = admin.client().call("GET", "/accounts", null);
    if (admin.json()) {
      out().println(answer);
      return 0;
    }
    for (JsonNode account : answer.path("accounts")) {
      out()
          .printf(
              "%-24s %s%n", account.path("name").asText(), account.path("canonicalId").asText());
    }
    return 0;
  }

  @Command(
      name = "show",
      description = "Shows an account; never its secrets.",
      mixinStandardHelpOptions = true)
  int show(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", description = "Which account") String name) {
    JsonNode account = admin.client().call("GET", path(name), null);
    if (admin.json()) {
      out().println(account);
    } else {
      account
          .properties()
          .forEach(field -> out().printf("%-14s %s%n", field.getKey(), text(field.getValue())));
    }
    return 0;
  }

  @Command(
      name = "remove",
      description = "Removes an account that owns no bucket.",
      mixinStandardHelpOptions = true)
  int remove(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", description = "Which account") String name) {
    return admin.remove(path(name), "account " + name);
  }

  private static String path(String name) {
    return AdminPath.of("/accounts", name);
  }

  private static String text(JsonNode value) {
    return value.isValueNode() ? value.asText() : value.toString();
  }

  private static void putIfGiven(Map<String, String> account, String name, @Nullable String value) {
    if (value != null) {
      account.put(name, value);
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
