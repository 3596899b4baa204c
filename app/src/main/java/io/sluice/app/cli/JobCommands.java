package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Background jobs that a person may look at and start. */
final class JobCommands {
  private JobCommands() {}

  /** What both commands do, at another path of the admin API each. */
  @SuppressWarnings("NullAway.Init") // picocli fills in the fields
  abstract static class Job implements Runnable {
    @Spec private CommandSpec spec;
    private final String path;

    Job(String path) {
      this.path = path;
    }

    @Override
    public void run() {
      throw new ParameterException(
          spec.commandLine(),
          "one of " + String.join(", ", spec.subcommands().keySet()) + " is needed");
    }

    @Command(
        name = "status",
        description = "Shows how far it is, and what it found.",
        mixinStandardHelpOptions = true)
    int status(@Mixin AdminOptions admin) {
      return print(admin, admin.client().call("GET", path, null));
    }

    @Command(name = "start", description = "Starts it now.", mixinStandardHelpOptions = true)
    int start(@Mixin AdminOptions admin) {
      return post(admin, "start");
    }

    /** Sends a command of the job. */
    final int post(AdminOptions admin, String command) {
      return print(admin, admin.client().call("POST", path + '/' + command, null));
    }

    private int print(AdminOptions admin, JsonNode answer) {
      PrintWriter out = spec.commandLine().getOut();
      if (admin.json()) {
        out.println(answer);
      } else {
        new StatusText(out).print(answer);
      }
      return 0;
    }
  }

  /** {@code sluice gc}. */
  @Command(
      name = "gc",
      description = "Garbage collection: space of deleted, replaced and abandoned data.",
      mixinStandardHelpOptions = true,
      synopsisSubcommandLabel = "(status | start | confirm-clock)")
  static final class Gc extends Job {
    Gc() {
      super("/gc");
    }

    @Command(
        name = "confirm-clock",
        description =
            "Says that the server's clock is right, although it jumped or is far past the last run.",
        mixinStandardHelpOptions = true)
    int confirmClock(@Mixin AdminOptions admin) {
      return post(admin, "confirm-clock");
    }
  }

  /** {@code sluice scrub}. */
  @Command(
      name = "scrub",
      description = "Scrubbing: reads everything that is stored, and checks it.",
      mixinStandardHelpOptions = true,
      synopsisSubcommandLabel = "(status | start)")
  static final class Scrub extends Job {
    Scrub() {
      super("/scrub");
    }
  }

  /** {@code sluice heal}. */
  @Command(
      name = "heal",
      description = "Healing: copies that are missing or damaged are fetched from other nodes.",
      mixinStandardHelpOptions = true,
      synopsisSubcommandLabel = "(status | start)")
  static final class Heal extends Job {
    Heal() {
      super("/heal");
    }
  }
}
