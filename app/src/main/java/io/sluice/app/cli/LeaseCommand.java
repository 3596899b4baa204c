package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.storage.SpanText;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice standby lease}: by what right a primary acknowledges. */
@Command(
    name = "lease",
    description = {
      "Has this primary acknowledge writes only while it sees, at a target, that no standby took"
          + " over.",
      "Then a standby that takes over waits until that right has lapsed, and both never"
          + " acknowledge. Writes stop when the target is out of reach for that long."
    },
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class LeaseCommand implements Callable<Integer> {
  /** A shorter lease is claimed when the one before has lapsed: 10 minutes, and a margin. */
  private static final Duration TIMEOUT = Duration.ofMinutes(12);

  @Spec private CommandSpec spec;
  @Mixin private AdminOptions admin;

  @Parameters(index = "0", paramLabel = "TARGET", description = "Where standbys follow")
  private String target;

  @Parameters(
      index = "1",
      paramLabel = "SPAN",
      description = "5s to 10m, such as 15s; none ends it")
  private String span;

  @Option(
      names = "--force",
      description =
          "End it also when the target can't be told so; no standby must follow there then")
  private boolean force;

  @Override
  public Integer call() {
    JsonNode made =
        admin
            .client()
            .call(
                "POST",
                "/standby/lease",
                Map.of("target", target, "lease", span, "force", force),
                TIMEOUT);
    spec.commandLine().getOut().println(admin.json() ? made : text(made));
    return 0;
  }

  private String text(JsonNode made) {
    long seconds = made.path("leaseSeconds").asLong();
    long epoch = made.path("epoch").asLong();
    return seconds == 0
        ? "epoch %d, without a lease".formatted(epoch)
        : "epoch %d, with a lease of %s at %s"
            .formatted(epoch, SpanText.of(Duration.ofSeconds(seconds)), target);
  }
}
