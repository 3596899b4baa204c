package io.sluice.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Background jobs that a person may look at and start: garbage collection and scrubbing. */
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
      throw new ParameterException(spec.commandLine(), "one of status, start is needed");
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
      return print(admin, admin.client().call("POST", path + "/start", null));
    }

    private int print(AdminOptions admin, JsonNode answer) {
      spec.commandLine()
          .getOut()
          .println(admin.json() ? answer.toString() : answer.toPrettyString());
      return 0;
    }
  }

  /** {@code sluice gc}. */
  @Command(
      name = "gc",
      description = "Garbage collection: space of deleted, replaced and abandoned data.",
      mixinStandardHelpOptions = true,
      synopsisSubcommandLabel = "(status | start)")
  static final class Gc extends Job {
    Gc() {
      super("/gc");
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
}
