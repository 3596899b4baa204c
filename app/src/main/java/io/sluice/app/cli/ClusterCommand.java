package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice cluster}: the nodes of a cluster, and where its data lies. */
@Command(
    name = "cluster",
    description = "The nodes of a cluster, and where its data lies.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel =
        "(status | nodes | layout | drain | remove | rebalance | balance-policy)")
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class ClusterCommand implements Runnable {
  private static final String NODES = "/cluster/nodes/";

  private static final String FORCE_ZONES =
      "Also when there are fewer zones than copies, which then share zones";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "one of its subcommands is needed");
  }

  @Command(
      name = "status",
      description = "Shows nodes, copies that are missing or moving, and who leads.",
      mixinStandardHelpOptions = true)
  int status(
      @Mixin AdminOptions admin,
      @Option(names = "--watch", description = "Again and again, until interrupted") boolean watch)
      throws InterruptedException {
    AdminClient client = admin.client();
    Supplier<JsonNode> status = () -> client.call("GET", "/cluster", null);
    if (watch) {
      new ClusterWatch(status, out(), spec.commandLine().getErr())
          .run(ClusterWatch.form(admin.json()));
    } else if (admin.json()) {
      out().println(status.get());
    } else {
      new ClusterText(out()).status(status.get());
    }
    return 0;
  }

  @Command(name = "nodes", description = "Lists the nodes.", mixinStandardHelpOptions = true)
  int nodes(@Mixin AdminOptions admin) {
    JsonNode answer = admin.client().call("GET", "/cluster/nodes", null);
    if (admin.json()) {
      out().println(answer);
    } else {
      new ClusterText(out()).nodes(answer);
    }
    return 0;
  }

  @Command(
      name = "layout",
      description = "Shows how many copies there are and which disks hold them, or changes that.",
      mixinStandardHelpOptions = true)
  int layout(
      @Mixin AdminOptions admin,
      @Option(
              names = "--replicas",
              paramLabel = "N",
              description = "Copies of each chunk from now on; what is there is copied")
          @Nullable Integer replicas,
      @Option(names = "--force", description = FORCE_ZONES) boolean force) {
    if (replicas != null && replicas < 1) {
      throw new ParameterException(
          spec.subcommands().get("layout"), "--replicas must be at least 1, not " + replicas);
    }
    JsonNode answer =
        replicas == null
            ? admin.client().call("GET", "/cluster/layout", null)
            : admin
                .client()
                .call("POST", "/cluster/layout", Map.of("replicas", replicas, "force", force));
    return show(admin, answer);
  }

  @Command(
      name = "rebalance",
      description = "Spreads the data over all disks there are, new ones too.",
      mixinStandardHelpOptions = true)
  int rebalance(
      @Mixin AdminOptions admin,
      @Option(names = "--force", description = FORCE_ZONES) boolean force) {
    return show(admin, admin.client().call("POST", "/cluster/rebalance", Map.of("force", force)));
  }

  @Command(
      name = "drain",
      description = "Has a node's data moved to the others; it serves what it has meanwhile.",
      mixinStandardHelpOptions = true)
  int drain(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NODE") String node,
      @Option(names = "--undo", description = "It is to keep data after all") boolean undo) {
    return show(admin, post(admin, node, "drain", "undo", undo));
  }

  @Command(
      name = "remove",
      description = "Retires a node that was drained.",
      mixinStandardHelpOptions = true)
  int remove(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NODE") String node,
      @Option(names = "--force", description = "Also while it is running") boolean force) {
    return show(admin, post(admin, node, "remove", "force", force));
  }

  private static JsonNode post(
      AdminOptions admin, String node, String command, String flag, boolean value) {
    Map<String, Object> body = new HashMap<>();
    body.put(flag, value);
    String encoded = URLEncoder.encode(node, StandardCharsets.UTF_8).replace("+", "%20");
    return admin.client().call("POST", NODES + encoded + "/" + command, body);
  }

  @Command(
      name = "balance-policy",
      description = "Shows how disks are chosen, or changes it for the whole cluster.",
      mixinStandardHelpOptions = true)
  int balancePolicy(
      @Mixin AdminOptions admin,
      @Parameters(paramLabel = "NAME", arity = "0..1") @Nullable String name) {
    JsonNode answer =
        name == null
            ? admin.client().call("GET", "/cluster/balance-policy", null)
            : admin.client().call("POST", "/cluster/balance-policy", Map.of("policy", name));
    if (admin.json()) {
      out().println(answer);
    } else {
      out().println(answer.path("policy").asText());
    }
    return 0;
  }

  private int show(AdminOptions admin, JsonNode answer) {
    if (admin.json()) {
      out().println(answer);
    } else {
      new ClusterText(out()).fields(answer);
    }
    return 0;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
