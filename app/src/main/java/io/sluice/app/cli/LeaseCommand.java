package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice standby lease}: by what right a primary acknowledges. */
@Command(
    name = "lease",
    description = {
      "Has this primary acknowledge writes only while it sees, at a target, that no standby took over.",
      "Then a standby that takes over waits until that right has lapsed, and both never acknowledge."
          + " Writes stop when the target is out of reach for that long."
    },
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class LeaseCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private AdminOptions admin;

  @Parameters(index = "0", paramLabel = "TARGET", description = "Where standbys follow")
  private String target;

  @Parameters(index = "1", paramLabel = "SPAN", description = "5s to 10m, such as 15s")
  private String span;

  @Override
  public Integer call() {
    JsonNode made =
        admin.client().call("POST", "/standby/lease", Map.of("target", target, "lease", span));
    spec.commandLine()
        .getOut()
        .println(
            admin.json()
                ? made
                : "epoch %d, with a lease of %d s at %s"
                    .formatted(
                        made.path("epoch").asLong(), made.path("leaseSeconds").asLong(), target));
    return 0;
  }
}
